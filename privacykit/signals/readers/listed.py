"""
Consent strings in ``FCCDCF``, the cookie of Google's own banner: a JSON list that holds them. Pure.

Where in the list they stand is nowhere promised, so every text in it is looked at; lists within
it and one level of JSON in a text too.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

import msgspec

DEEPEST = 6
MOST_TEXTS = 64
_OPENS = ("[", "%5B", "%5b")


def is_list(value: str) -> bool:
    """Say whether a cookie's *value* is to be read as a list."""
    return value.startswith(_OPENS)


def texts_in(value: str, start: str | tuple[str, ...]) -> list[str]:
    """
    Return the texts beginning with *start* that the cookie's *value* holds.

    A value that is no list is itself the one text; so is a list that cannot be read, which then
    says what any string says that cannot.

    Args:
        value: Of the cookie.
        start: How strings of the kind begin: ``C`` of TCF, ``DB`` of GPP, ``1~`` or ``2~`` of AC.
    """
    if not is_list(value):
        return [value]
    try:
        found = msgspec.json.decode(unquote(value) if value[0] == "%" else value)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return [value]
    texts = [text for text, _ in zip(_texts(found, DEEPEST), range(MOST_TEXTS), strict=False)]
    return [text for text in texts if text.startswith(start)]


def _texts(found: object, deepest: int) -> Iterator[str]:
    if isinstance(found, list) and deepest:
        for each in found:
            yield from _texts(each, deepest - 1)
    elif isinstance(found, str) and found.startswith("[") and deepest:
        try:
            yield from _texts(msgspec.json.decode(found), 1)
        except (msgspec.DecodeError, RecursionError):
            return
    elif isinstance(found, str):
        yield found
