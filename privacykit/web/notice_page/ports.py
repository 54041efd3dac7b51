"""The port of the notice: what its routes ask for, whoever writes it. Pure."""

from __future__ import annotations

from typing import Protocol

import msgspec


class NoticePlace(msgspec.Struct, frozen=True):
    """
    Where a page of the notice stands.

    Attributes:
        base: Path of our routes as the browser sees it.
        query: The query that keeps a language asked for; empty, or with its question mark.
        languages: HTML of the links to it in other languages; empty for none.
    """

    base: str
    query: str = ""
    languages: str = ""


class NoticeDesk(Protocol):
    """
    Gives the notice of an installation in each language.

    Attributes:
        security: The body of ``/.well-known/security.txt`` is served; without, it is not ours.
    """

    security: bool

    def page(self, language: str, policies: tuple[str, ...], place: NoticePlace) -> bytes:
        """
        Return the notice as HTML.

        Args:
            language: BCP 47 tag.
            policies: ``id@hash`` of those that apply to the visitor: their laws stand in front.
            place: Where it stands.
        """
        ...

    def document(self, language: str) -> bytes:
        """Return the notice as JSON."""
        ...

    def changes(self, language: str, place: NoticePlace) -> bytes:
        """Return the list of changes as HTML."""
        ...

    def in_force(self) -> str:
        """
        Return ``version@day`` of the notice that is served now, for records of consent.

        Raises:
            PrivacyKitError: It cannot be made.
        """
        ...

    def security_text(self) -> bytes:
        """Return ``security.txt`` (RFC 9116)."""
        ...

    @property
    def style(self) -> str:
        """The source that a content security policy must let through for the pages' style."""
        ...
