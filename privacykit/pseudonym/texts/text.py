"""
Scrub free text and properties of events. Pure.

URLs in a text are scrubbed as URLs; the rest goes through the detectors. Time is bounded: a text
is cut to a window first, and a finding that begins inside it never leaves in halves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import unquote

from privacykit.pseudonym.texts.decoding import decode
from privacykit.pseudonym.texts.detectors import PASSES, find
from privacykit.pseudonym.texts.names import is_name
from privacykit.pseudonym.texts.sensitive import is_sensitive
from privacykit.pseudonym.url.paths import place_tells, scrub_path
from privacykit.pseudonym.url.referrer import LEVELS, Level, host_of, reduce_referrer
from privacykit.pseudonym.url.urls import scrub_query, scrub_url

__all__ = [
    "LEVELS",
    "Level",
    "host_of",
    "reduce_referrer",
    "scrub_in_place",
    "scrub_path",
    "scrub_props",
    "scrub_query",
    "scrub_text",
    "scrub_url",
]

LONGEST_TEXT = 1000
"""Characters kept of a text."""
OVERLAP = 512
"""Characters read beyond, so that what is cut through is still recognised."""
MOST_PROPS = 30
"""After Plausible, which drops the same kinds of values."""
MOST_DIGITS, MOST_DECIMALS = 8, 4
"""Of any number: nine digits are a telephone number, five decimals of a degree a house."""
LARGEST = 10**MOST_DIGITS
MOST_HARMLESS = 1024
LONGEST_HARMLESS = 64

_URL = re.compile(
    r"(?:https?|wss?|ftp|android-app)://[^\s<>\"']+"
    r"|(?<![^\s\"'(\[{=,<])/[^\s<>\"'?]{0,1024}+\?[^\s<>\"']+"
    r"|(?:(?<![^\s\"'`(\[{=,<])|(?<=:)(?=/[^/]))(?![^\s\"]*+\", line \d)"
    r"/[^\s<>\"'`?]{0,1024}[^\s<>\"'`?.,;:!)]",
    re.IGNORECASE,
)
"""
With an origin, or a path with its query as request lines and redirects have it, or without one: but
for the file of a frame, whose name is the program's.
"""

_plain_keys: set[str] = set()
_harmless: set[str] = set()
"""Short texts met before that hold nothing: what is scrubbed or dropped never enters."""

Scalar = str | int | float | bool


def scrub_text(text: str, *, limit: int = LONGEST_TEXT) -> str:
    """
    Return *text*, decoded, with what is personal or secret replaced by its kind: ``[email]``.

    Args:
        text: Anything somebody typed or a program put together.
        limit: Characters kept; the rest is dropped.

    Returns:
        Text in which no detector finds anything, also when it is scrubbed again. What has no form
        a machine can tell (names, streets) stays: see ``docs/limitations.md``.
    """
    window = text[: limit + OVERLAP]
    decoded = decode(window)
    if decoded is None:
        return "[encoded]"
    scrubbed = _scrub_once(decoded, limit)
    return scrubbed if scrubbed == decoded else _again(scrubbed, PASSES)


def scrub_in_place(text: str, *, limit: int = LONGEST_TEXT) -> str:
    """
    Return *text* as :func:`scrub_text` does, but what holds nothing as it was written.

    Args:
        text: As there.
        limit: As there.

    Returns:
        Text of which :func:`scrub_text` leaves all, once its encodings are undone.
    """
    written = _scrub_once(text[: limit + OVERLAP], limit)
    decoded = decode(written)
    if decoded is not None and _scrub_once(decoded, len(decoded)) == decoded:
        return written
    return scrub_text(text, limit=limit)


def _again(text: str, passes: int) -> str:
    # What stood beside a finding may be one without it.
    scrubbed = _scrub_once(text, len(text))
    return scrubbed if scrubbed == text or not passes else _again(scrubbed, passes - 1)


def _scrub_once(decoded: str, limit: int) -> str:
    parts: list[str] = []
    kept = 0
    for start, end, replacement in _replacements(decoded):
        if start >= limit:
            break
        parts += decoded[kept:start], replacement
        kept = end
    return "".join(parts) + decoded[kept : max(limit, kept)]


def _replacements(text: str) -> list[tuple[int, int, str]]:
    found = [(start, end, f"[{label}]") for start, end, label in find(text)]
    for url in _URL.finditer(text) if "/" in text else ():
        path = url[0].startswith("/") and "?" not in url[0]
        if path and not place_tells(url[0]):
            continue  # it stays as it was spelt, but for what detectors find
        scrubbed = scrub_path(url[0]) if path else scrub_url(url[0]) or "[url]"
        if path and unquote(scrubbed) == url[0]:
            continue
        # What reaches beyond the URL keeps its label there; inside, the URL's own rules hold.
        found = [part for span in found for part in _outside(span, url.start(), url.end())]
        found.append((url.start(), url.end(), scrubbed))
    return sorted(found)


def _outside(span: tuple[int, int, str], start: int, end: int) -> list[tuple[int, int, str]]:
    first, last, label = span
    parts = ((first, min(last, start), label), (max(first, end), last, label))
    return [part for part in parts if part[0] < part[1]]


def scrub_props(props: Mapping[str, object]) -> dict[str, Scalar]:
    """
    Return the properties of an event that may be kept.

    Args:
        props: What the application gave.

    Returns:
        At most 30: texts (scrubbed), booleans and numbers below 100 million, whose fractions are
        rounded to eight digits in all and at most four, under keys that are names
        (:func:`.is_name`) without blanks. Lists, maps, ``None``, longer
        numbers, and whatever stands under a sensitive key are dropped.
    """
    kept: dict[str, Scalar] = {}
    for key, value in props.items():
        if (key in _plain_keys or _is_plain(key)) and (
            scrubbed := _scrub_scalar(value)
        ) is not None:
            kept[key] = scrubbed
            if len(kept) == MOST_PROPS:
                break
    return kept


def _is_plain(key: str) -> bool:
    plain = type(key) is str and " " not in key and is_name(key) and not is_sensitive(key)
    if plain:
        _remember(key, _plain_keys)
    return plain


def _scrub_scalar(value: object) -> Scalar | None:
    if type(value) is str:
        return value if value in _harmless else _scrub_new(value)
    if isinstance(value, str):
        return scrub_text(value)
    return value if isinstance(value, bool) else _shortened(value)


def _shortened(value: object) -> int | float | None:
    """Return a number of at most eight digits: what it has before the point decides."""
    if isinstance(value, int):
        return int(value) if -LARGEST < value < LARGEST else None
    if isinstance(value, Decimal):
        value = float(value) if value.is_finite() else None
    if not isinstance(value, float) or not -LARGEST < value < LARGEST:
        return None
    whole = len(str(abs(int(value)))) if abs(value) >= 1 else 0
    return round(value, min(MOST_DECIMALS, MOST_DIGITS - whole))


def _scrub_new(text: str) -> str:
    scrubbed = scrub_text(text)
    if scrubbed == text:
        _remember(text, _harmless)
    return scrubbed


def _remember(text: str, met: set[str]) -> None:
    # Plain sets: a set of our own class takes twice as long to ask.
    if len(text) <= LONGEST_HARMLESS:
        if len(met) >= MOST_HARMLESS:
            met.clear()
        met.add(text)
