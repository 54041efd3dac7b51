"""
Ports of the request form: what somebody asks, and the desk that sends, files and answers. Pure.

Laws, held by ``tests/web/requests/test_form.py``:

- until the link in a mail is used, nothing is written: the link itself carries what was asked;
- the answer to a form is the same whoever is asked about, and however often;
- of a token only a keyed hash is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

RequestRelation = Literal["self", "agent", "parent"]
"""For whom somebody asks: themselves, somebody who authorised them, a child in their care."""
RELATIONS: tuple[RequestRelation, ...] = ("self", "agent", "parent")
RequestProgress = Literal["open", "proof", "working", "done", "part", "refused", "cancelled"]
"""How a request stands, as its person reads it."""


class AskedRequest(msgspec.Struct, frozen=True, array_like=True):
    """
    What somebody asks by the form. It never prints.

    Attributes:
        right: The request type's value.
        email: Of whoever asks.
        relation: For whom.
        about: The e-mail address of the person concerned: *email* where it is oneself.
        place: Where they are, ``ZZ`` when unknown: whose deadline applies.
        asked_at: Unix seconds.
        token: Random, for the page that shows how it stands; 256 bits, url-safe base64.
    """

    right: str
    email: str
    relation: RequestRelation
    about: str
    place: str
    asked_at: int
    token: str

    def __repr__(self) -> str:
        return "<AskedRequest>"


class ConfirmationMail(msgspec.Struct, frozen=True):
    """
    A message with the link that confirms a request. It never prints.

    Attributes:
        to: The address.
        subject: One line.
        text: The body, plain text.
        language: BCP 47 tag of both.
    """

    to: str
    subject: str
    text: str
    language: str

    def __repr__(self) -> str:
        return "<ConfirmationMail>"


class RequestView(msgspec.Struct, frozen=True):
    """
    How a request stands, for the page of its person.

    Attributes:
        right: What is asked.
        relation: For whom.
        progress: How it stands.
        due: Unix seconds by which it is answered, as far as a law says.
        can_cancel: Whether it may be taken back.
    """

    right: str
    relation: RequestRelation
    progress: RequestProgress
    due: float | None
    can_cancel: bool


class RequestDesk(Protocol):
    """What answers the form. Synchronous: called in threads."""

    @property
    def rights(self) -> tuple[str, ...]:
        """What the form offers, request types' values."""
        ...

    @property
    def relations(self) -> tuple[RequestRelation, ...]:
        """For whom one may ask."""
        ...

    @property
    def days(self) -> int:
        """How long a link works, days."""
        ...

    def origin(self, site: str) -> str:
        """Return scheme and host of *site*'s pages: what a request names is not believed."""
        ...

    def names_somebody(self, asked: AskedRequest) -> bool:
        """Tell whether its address could be one person's: of a placeholder nothing is filed."""
        ...

    def seal(self, asked: AskedRequest) -> str:
        """Return *asked* as the text of a link, which nobody but we can read or change."""
        ...

    def opened(self, text: str) -> AskedRequest | None:
        """Return what :meth:`seal` sealed; ``None`` where it is none, or too old."""
        ...

    def send(self, mail: ConfirmationMail, failed: Callable[[Exception], object]) -> None:
        """Send *mail* soon; *failed* is told what fails, as nobody waits for it."""
        ...

    def file(self, asked: AskedRequest) -> RequestView:
        """
        File what was confirmed, once.

        Raises:
            InputError: It names nobody.
            BackendError: A store does not answer: it is not filed.
        """
        ...

    def look(self, token: str) -> RequestView | None:
        """
        Return how the request of *token* stands; ``None`` where there is none.

        Raises:
            BackendError: A store does not answer.
        """
        ...

    def cancel(self, token: str) -> RequestView:
        """
        Take it back.

        Raises:
            InputError: It is past that.
            BackendError: A store does not answer.
        """
        ...
