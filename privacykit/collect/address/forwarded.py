"""
The ``Forwarded`` header (RFC 7239), read from the right. Pure.

Proxies append: what stands right was written by ours, what stands left may be a visitor's
invention, such as an opened quote that would swallow all that follows. So the reader takes, from
the right, the shortest tail that is a whole element. Within a well-formed header that is never
wrong, since a tail that begins inside a quoted string has a quote too few.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_TAIL = 2048
"""Bytes of a forwarding header that are looked at; hostile ones are longer."""

MAX_ELEMENTS = 64
"""Elements that are looked at; no chain of proxies is longer."""

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - of the grammar, not of a login
_QUOTED = r'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'
"""With obs-text, bytes above ASCII (RFC 7230 section 3.2.6), read as Latin-1."""
# Unquoted IPv6 is against the grammar and sent by real proxies; brackets and colons do no harm.
_PAIR = rf"({_TOKEN})=([!#$%&'*+.^_`|~0-9A-Za-z:\[\]-]+|{_QUOTED})"
_find_pair = re.compile(_PAIR, re.ASCII).match
_SPACE = " \t"
_SKIPPED = " \t;"

Element = dict[str, str]
"""Parameter names in lower case to values without quotes."""


def parse_element(text: str) -> Element | None:
    """
    Read one element, such as ``for=192.0.2.43;proto=https``.

    Args:
        text: What stands between two commas.

    Returns:
        Its parameters, or ``None`` when it is malformed, empty, or names one twice.
    """
    element: Element = {}
    at, end = 0, len(text)
    while at < end:
        if text[at] in _SKIPPED:
            at += 1
            continue
        pair = _find_pair(text, at)
        if pair is None:
            return None
        name, value = pair[1].lower(), pair[2]
        if name in element:
            return None
        element[name] = re.sub(r"\\(.)", r"\1", value[1:-1]) if value[0] == '"' else value
        at = _after_separator(text, pair.end())
        if at < 0:
            return None
    return element or None


def _after_separator(text: str, at: int) -> int:
    # Only a semicolon or the end follows a pair; white space about them is forgiven.
    rest = text[at:].lstrip(_SPACE)
    if not rest:
        return len(text)
    return len(text) - len(rest) + 1 if rest[0] == ";" else -1


def elements_from_right(value: str) -> Iterator[Element | None]:
    """
    Yield the elements of a ``Forwarded`` value, the last one first.

    Args:
        value: The header's lines in order, joined by commas.

    Yields:
        Each element; ``None`` for what can't be read, and then no more.
    """
    rest = value[-MAX_TAIL:]
    whole = len(rest) == len(value)
    for _ in range(MAX_ELEMENTS):
        element, comma = _last_element(rest)
        if element is None or (comma < 0 and not whole):
            yield None
            return
        yield element
        if comma < 0:
            return
        rest = rest[:comma]
    yield None


def _last_element(text: str) -> tuple[Element | None, int]:
    comma = len(text)
    for _ in range(MAX_ELEMENTS):
        comma = text.rfind(",", 0, comma)
        element = parse_element(text[comma + 1 :])
        if element is not None or comma < 0:
            return element, comma
    return None, -1


def parse_forwarded(value: str) -> list[Element | None]:
    """
    Return the elements of a ``Forwarded`` value in the order of the hops, first hop first.

    Args:
        value: The header's lines in order, joined by commas.

    Returns:
        Each element; a leading ``None`` stands for all that can't be read.
    """
    return list(elements_from_right(value))[::-1]
