"""The stamp of a published notice: its version, and a mark of each statement. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from privacykit.documents.statement import NoticeStatement

_STAMP = re.compile(r"privacykit-(notice|cookies) ([0-9a-f]{12})((?: [0-9a-f]{10}=[0-9a-f]{10})*)")


class NoticeStamp(msgspec.Struct, frozen=True):
    """
    What a published page says of itself.

    Attributes:
        version: Of the whole notice then.
        digests: By mark of each statement on the page.
        only_cookies: Whether it is the cookie declaration alone.
    """

    version: str
    digests: Mapping[str, str]
    only_cookies: bool = False


def stamp_of(
    version: str, statements: Iterable[NoticeStatement], *, only_cookies: bool = False
) -> str:
    """Return what machines find the version and the statements by; it says nothing by itself."""
    marks = sorted(f"{one.mark}={one.digest}" for one in statements)
    return " ".join([f"privacykit-{'cookies' if only_cookies else 'notice'}", version, *marks])


def read_stamp(text: str) -> NoticeStamp | None:
    """Return the stamp of a page that was published; ``None`` without any."""
    found = _STAMP.search(text)
    if found is None:
        return None
    pairs = (pair.partition("=") for pair in found[3].split())
    digests = {mark: digest for mark, _, digest in pairs}
    return NoticeStamp(found[2], digests, found[1] == "cookies")
