"""The served notice: written when somebody asks, kept for the day. Reads files."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from privacykit.errors import PrivacyKitError
from privacykit.settings.model import Settings
from privacykit.settings.paths import Paths

if TYPE_CHECKING:
    from privacykit.documents.evidence import Disproved, Measured
    from privacykit.documents.model import DocumentModel
    from privacykit.settings.duties.changes import NoticeChangeTable
    from privacykit.web.notice_page.ports import NoticePlace

ReadDisproved = Callable[[Settings, Paths], "Disproved"]
"""Reads what the last verification came to."""
Evidence: TypeAlias = "tuple[Disproved, Measured]"
"""What the last verification disproved, and what was seen of the site."""
KEPT_PAGES = 64
"""Pages that are remembered: a language times the laws of a place; about 30 KB each."""
LOOK_SECONDS = 60
"""How old what is known of the last verification may be."""
SECURITY_DAYS = 90
"""How long a ``security.txt`` says that it holds: RFC 9116 recommends less than a year."""


class ServedNotice:
    """
    The notice of an installation, of the law of the present day.

    What it takes is imported when somebody first asks, so that a start costs nothing.

    Args:
        settings: The configuration, with ``[notice]``.
        paths: Where its files are.
        clock: Unix seconds.
        disproved: Reads what the last verification disproved; without it nothing is.

    Attributes:
        security: Whether there is a ``security.txt``.
    """

    def __init__(
        self,
        settings: Settings,
        paths: Paths,
        clock: Callable[[], float],
        disproved: ReadDisproved | None = None,
    ) -> None:
        self._disproved = disproved
        self._settings = settings
        self._paths = paths
        self._clock = clock
        notice = settings.notice
        self.security = notice is not None and notice.security_contact is not None
        self._written = lru_cache(KEPT_PAGES)(self._page)
        self._told = lru_cache(KEPT_PAGES)(self._document)
        self._made = lru_cache(1)(self._make)
        self._stated = lru_cache(1)(self._state)
        self._started = False
        self._read = lru_cache(1)(self._read_last)

    @property
    def style(self) -> str:
        """The hash of the pages' style sheet, as a content security policy takes it."""
        from privacykit.documents.pages.style import STYLE_HASH

        return f"'sha256-{STYLE_HASH}'"

    def page(self, language: str, policies: tuple[str, ...], place: NoticePlace) -> bytes:
        """Return the notice as HTML, the laws of *policies* in front."""
        from privacykit.documents.facts.laws import family_of_policy

        found = (family_of_policy(label.partition("@")[0]) for label in policies)
        families = tuple(sorted({family for family in found if family is not None}))
        return self._written(self._today(), self._last(), language, families, place)

    def document(self, language: str) -> bytes:
        """Return the notice as JSON."""
        return self._told(self._today(), self._last(), language)

    def changes(self, language: str, place: NoticePlace) -> bytes:
        """
        Return the list of changes as HTML.

        Raises:
            ConfigurationError: The file of changes is wrong.
        """
        from privacykit.documents.notice.changelog import changes_page
        from privacykit.documents.pages.html import html_page
        from privacykit.runtime.documents.inputs import writer_of

        writer = writer_of(self._settings, language)
        page = changes_page(self._changes(), writer, f"{place.base}/notice{place.query}")
        return html_page(page, top=place.languages).encode()

    def in_force(self) -> str:
        """
        Return ``version@day`` of the notice that is served now: the day it says that it holds from.

        Where it says none, the day whose law it is made by.

        Raises:
            PrivacyKitError: A file that it is made of is wrong.
        """
        return self._stated(self._today(), self._last())

    def look_ahead(self) -> None:
        """
        Make the notice of the day before a choice names it; nothing the first time: at the start.

        Raises:
            PrivacyKitError: A file that it is made of is wrong.
        """
        if self._started:
            self.in_force()
        self._started = True

    def security_text(self) -> bytes:
        """Return ``security.txt`` with the contact, and an end that lies weeks ahead."""
        notice = self._settings.notice
        contact = notice.security_contact if notice is not None else ""
        ends = self._today() + timedelta(days=SECURITY_DAYS)
        return f"Contact: {contact}\nExpires: {ends.isoformat()}T00:00:00Z\n".encode()

    def _today(self) -> date:
        return datetime.fromtimestamp(self._clock(), UTC).date()

    def _last(self) -> Evidence:
        """
        Return what is disproved and what was seen, looked at once a minute.

        A report that lies disproves everything, and shows nothing.
        """
        return self._read(int(self._clock() // LOOK_SECONDS))

    def _read_last(self, _minute: int) -> Evidence:
        from privacykit.documents.evidence import (
            NOTHING_CERTAIN,
            NOTHING_DISPROVED,
            NOTHING_MEASURED,
        )
        from privacykit.runtime.documents.inputs import seen_of

        disproved, seen = NOTHING_DISPROVED, NOTHING_MEASURED
        try:
            if self._disproved is not None:
                disproved = self._disproved(self._settings, self._paths)
        except PrivacyKitError:
            disproved = NOTHING_CERTAIN
        with suppress(PrivacyKitError):
            seen = seen_of(self._settings, self._paths)
        return disproved, seen

    def _make(self, on: date, last: Evidence) -> DocumentModel:
        from privacykit.documents.model import build_model
        from privacykit.runtime.documents.inputs import document_input

        return build_model(document_input(self._settings, self._paths, on, *last))

    def _state(self, on: date, last: Evidence) -> str:
        model = self._made(on, last)
        return f"{model.version}@{model.effective or on.isoformat()}"

    def _page(
        self,
        on: date,
        last: Evidence,
        language: str,
        families: tuple[str, ...],
        place: NoticePlace,
    ) -> bytes:
        from markupsafe import escape

        from privacykit.documents.notice.layout import notice_page
        from privacykit.documents.pages.html import html_page
        from privacykit.runtime.documents.inputs import writer_of

        model = self._made(on, last)
        writer = writer_of(self._settings, language)
        changes = f"{place.base}/notice/changes{place.query}"
        page = notice_page(model, writer, first=families, changes=changes)
        link = f'<link rel="privacy-policy" href="{escape(place.base)}/notice">\n'
        return html_page(page, link=link, top=place.languages).encode()

    def _document(self, on: date, last: Evidence, language: str) -> bytes:
        import msgspec

        from privacykit.documents.notice.public import public_document
        from privacykit.runtime.documents.inputs import writer_of

        model = self._made(on, last)
        return msgspec.json.encode(public_document(model, writer_of(self._settings, language)))

    def _changes(self) -> tuple[NoticeChangeTable, ...]:
        from privacykit.runtime.documents.inputs import changes_of

        return changes_of(self._settings, self._paths)
