"""The message by which a browser tells of a page change or a named event. Pure."""

from __future__ import annotations

import msgspec

from privacykit.web.preferences.http import PageRequest

MAX_MESSAGE_BYTES = 4096
MEDIA_TYPES = frozenset({"application/json", "text/plain"})
"""``text/plain`` is what ``fetch`` and ``sendBeacon`` call a text that nobody named a type for."""
Scalar = str | int | float | bool | None


class MessageError(Exception):
    """
    A message that tells of nothing.

    Attributes:
        status: The HTTP status that says so.
        words: What is wrong with it; nothing of what was sent.
    """

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


class BrowserMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    A page change, which has a *page*, or a named event, which has an *event*.

    There is no member for an identifier: what is unknown is refused. It never prints.

    Attributes:
        page: The path of the page, with its query if it has one.
        referrer: Where the visitor came from, as a URL; the site itself where it is empty.
        event: What happened: words, as ``emit`` takes them.
        purpose: One purpose of the configuration; that of page events by default.
        props: Scalars, as ``emit`` takes them.
    """

    page: str = ""
    referrer: str = ""
    event: str = ""
    purpose: str = ""
    props: dict[str, Scalar] = {}

    def __repr__(self) -> str:
        return "<BrowserMessage>"


_decode = msgspec.json.Decoder(BrowserMessage).decode


def read_message(request: PageRequest) -> BrowserMessage:
    """
    Read the message in the body of *request*.

    Raises:
        MessageError: It is of another type, broken off, too long, or tells of nothing.
    """
    if request.header(b"content-type").partition(";")[0].strip().lower() not in MEDIA_TYPES:
        raise MessageError(415, "the type is neither application/json nor text/plain")
    if request.body is None:
        raise MessageError(400, "the body broke off")
    if len(request.body) > MAX_MESSAGE_BYTES:
        raise MessageError(413, f"the body has more than {MAX_MESSAGE_BYTES} bytes")
    try:
        message = _decode(request.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise MessageError(400, "the body is no JSON of the members that there are") from None
    wrong = _wrong(message)
    if wrong:
        raise MessageError(400, wrong)
    return message


def _wrong(message: BrowserMessage) -> str:
    if bool(message.page) == bool(message.event):
        return "the body has either a page or an event"
    if message.event:
        return "an event has no referrer" if message.referrer else ""
    if not message.page.startswith("/"):
        return "a page is a path, which begins with a slash"
    if message.purpose or message.props:
        return "a page has neither purpose nor props"
    return ""
