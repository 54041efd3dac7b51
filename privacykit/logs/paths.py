"""
A request path for a log: no query, no parameters, no segment that looks like data.

It cannot know a name from a word: only the route template can (:func:`privacykit.logs.note_route`).
"""

from __future__ import annotations

import re

MASK = "*"
LONGEST_PATH = 512
LONGEST_SEGMENT = 100
MOST_SEEN = 1024

_END = re.compile(r"[?;#]")
_PLAIN = re.compile(r"(?:/(?:[a-z._-]{0,24}|[a-z._-]{0,5}\d{0,4}))*", re.ASCII)
"""Words and short numbers: most paths, recognised in one go; none of it is data below."""
_DATA = re.compile(
    r"@|%40|=|%3d|:|%3a"  # an address, a pair, a time or an IPv6 address
    r"|\d{5}"  # an id, a phone number, a card
    r"|\d{1,3}(?:\.\d{1,3}){3}"  # an IPv4 address
    r"|[a-z0-9]{25}"  # a token in one case
    r"|(?<![a-z0-9])(?=[a-z]*\d)[a-z0-9]{10}",  # a token with digits
    re.ASCII | re.IGNORECASE,
)
_LONG = 16
_seen: set[str] = set()
"""Plain paths met before. Nothing that is masked ever enters."""
_MIXED = re.compile(r"[a-z][A-Z].*[a-z][A-Z]|[A-Z].*\d|\d.*[A-Z]", re.ASCII)


def clean_path(path: str) -> str:
    """
    Return what of *path* may be logged: its words, with ``*`` for what looks like data.

    Cut off: query, fragment, parameters (``;jsessionid=…``). Masked: segments with an address, a
    number of five digits or more, a long token, or anything that does not print. Kept: words, short
    numbers, names of files. Work is bounded.

    Args:
        path: A path, percent-encoded or not, with or without a query.
    """
    path = path.partition("?")[0]
    if path in _seen:
        return path
    if len(path) > LONGEST_PATH:
        return MASK
    if _PLAIN.fullmatch(path) is not None:
        if len(_seen) < MOST_SEEN:
            _seen.add(path)
        return path
    path = _END.split(path, maxsplit=1)[0]
    return "/".join([MASK if _is_data(segment) else segment for segment in path.split("/")])


def _is_data(segment: str) -> bool:
    if len(segment) < _LONG and segment.isalpha():
        return False  # A short word, the most common segment.
    if _DATA.search(segment) is not None or not segment.isprintable():
        return True
    long = len(segment) >= _LONG and _MIXED.search(segment) is not None
    return long or len(segment) > LONGEST_SEGMENT
