"""The life of a cookie, read from a ``Set-Cookie`` line as browsers do (RFC 6265). Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime

DAYS_OF_YEAR, MONTHS_OF_YEAR, DAY_SECONDS = 365, 12, 86_400

_NUMBER = re.compile(rb"-?[0-9]+")
_DELIMITERS = re.compile(rb"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME = re.compile(rb"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D.*)?", re.DOTALL)
_DAY = re.compile(rb"(\d{1,2})(?:\D.*)?", re.DOTALL)
_YEAR = re.compile(rb"(\d{2,4})(?:\D.*)?", re.DOTALL)
_MONTHS = tuple(b"jan feb mar apr may jun jul aug sep oct nov dec".split())
_DIGITS = 16
"""Digits of a ``Max-Age`` that are read: so many are for ever."""
_FIRST_YEAR, _CENTURY, _ONE_CENTURY, _TWO_DIGITS_OLD = 1601, 1900, 100, 70


def seconds_of(months: float) -> int:
    """Return the seconds of *months* months, whole days, rounded down: 395 days for thirteen."""
    return int(months * DAYS_OF_YEAR // MONTHS_OF_YEAR) * DAY_SECONDS


def life_of(line: bytes, now: float) -> float | None:
    """
    Return how many seconds the cookie of a ``Set-Cookie`` *line* lives, at most 0 if it ends.

    ``Max-Age`` goes before ``Expires``, the last of each before others, and what cannot be read is
    as if it were not there (RFC 6265 §5.2, §5.3).

    Args:
        line: The value of the header.
        now: Unix seconds, for ``Expires``.

    Returns:
        ``None`` for a cookie that ends with the browser's session.
    """
    max_age: float | None = None
    expires: float | None = None
    for attribute in line.split(b";")[1:]:
        name, _, value = attribute.partition(b"=")
        word, text = name.strip().lower(), value.strip()
        if word == b"max-age" and _NUMBER.fullmatch(text):
            max_age = float(text[:_DIGITS])
        elif word == b"expires" and (at := moment(text)) is not None:
            expires = at - now
    return expires if max_age is None else max_age


def cut(line: bytes, seconds: int) -> bytes:
    """Return the ``Set-Cookie`` *line* with a life of *seconds*, whatever it said before."""
    first, *attributes = line.split(b";")
    kept = [each for each in attributes if _word(each) not in {b"max-age", b"expires"}]
    return b";".join([first, *kept, b" Max-Age=%d" % seconds])


def moment(text: bytes) -> float | None:
    """Return the Unix seconds of a cookie date (RFC 6265 §5.1.1), ``None`` if it is none."""
    clock: tuple[int, int, int] | None = None
    day = month = year = None
    for token in _DELIMITERS.split(text):
        if clock is None and (found := _TIME.fullmatch(token)):
            clock = int(found[1]), int(found[2]), int(found[3])
        elif day is None and (found := _DAY.fullmatch(token)):
            day = int(found[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (found := _YEAR.fullmatch(token)):
            year = int(found[1])
    if clock is None or day is None or month is None or year is None:
        return None
    hour, minute, second = clock
    if year < _ONE_CENTURY:
        year += _CENTURY if year >= _TWO_DIGITS_OLD else _CENTURY + _ONE_CENTURY
    if year < _FIRST_YEAR:
        return None
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _word(attribute: bytes) -> bytes:
    return attribute.partition(b"=")[0].strip().lower()
