"""
The path of a URL without persons and credentials: in events, logs and structured logs alike. Pure.

Laws of this file:

- Encodings are undone first; what comes out is percent-encoded and prints on one line.
- What stands where persons, numbers or secrets stand is replaced whatever it looks like; elsewhere
  the detectors decide.
- A path that was scrubbed is not changed again.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from privacykit.pseudonym.texts.decoding import decode
from privacykit.pseudonym.texts.detectors import MANY_DIGITS, mask
from privacykit.pseudonym.texts.sensitive import is_sensitive, words_of

LONGEST_PATH, LONGEST_READ = 1024, 4096
MOST_SEGMENTS = 32
MOST_HARMLESS = 1024
LONGEST_HARMLESS = 256

_ENDS = re.compile(r"[;?#]")
_NUMERIC_ID = re.compile(r"\d{5,}")
_PLACES = re.compile(r"(?:^|/)(?:[@~]|\d{5,}(?=/|$)|\d+/\d)")
"""A handle, a number that is an id, and numbers in a row."""
_DATE = re.compile(r"(?:19|20)\d\d/(?:0?[1-9]|1[0-2])(?:/(?:0?[1-9]|[12]\d|3[01]))?(?=/|$)")
_LABEL = re.compile(r"\[[a-z]+\]|\{[A-Za-z][A-Za-z_]{0,40}\}")
"""What stands for a segment: a label of ours, or a parameter of a route's template."""
_WORDS_ONLY = re.compile(r"[a-z]+(?:[-_.][a-z]+)*")
_BEFORE_SECRETS = """
activate activation auth confirm confirmation d dl download invitation invite join key login magic
onetime otp password passwd pay pwd recover recovery reset s secret session share shared signin sso
subscribe token unlock unsubscribe validate validation verification verify
"""
_BEFORE_PERSONS = """
account author client contact customer guest member patient people person profile student
subscriber u user
"""
_SECRET_FOLLOWS = frozenset(_BEFORE_SECRETS.split())
_PERSON_FOLLOWS = frozenset(_BEFORE_PERSONS.split())
_WHOLE = frozenset({"d", "dl", "s", "u"})
"""Short forms that stand for themselves only as a whole segment."""
_ID, _TOKEN = "[id]", "[token]"

_harmless: set[str] = set()
"""Paths met before that hold nothing: what is scrubbed never enters."""


def scrub_path(path: str) -> str:
    """
    Return *path* with personal segments replaced by labels such as ``[token]`` or ``[id]``.

    Replaced are segments in which a detector finds something, numbers of five digits and more,
    numbers parted by slashes that are as long together as a telephone number, names after ``@`` or
    ``~``, whatever follows a segment like ``users``, what is no word after a sensitive name, and
    whatever follows one like ``reset`` or ``invite`` until words come again. Words and slugs stay;
    query, fragment and path parameters go.
    """
    path = path.partition("?")[0]
    if path in _harmless:
        return path
    decoded = decode(path[:LONGEST_READ])
    if decoded is None:
        return "/[encoded]"
    scrubbed = _bounded(_scrubbed(decoded.split("/")[:MOST_SEGMENTS]))
    if scrubbed == path and len(path) <= LONGEST_HARMLESS:
        if len(_harmless) >= MOST_HARMLESS:
            _harmless.clear()
        _harmless.add(path)
    return scrubbed


def place_tells(path: str) -> bool:
    """Tell whether a segment of *path* may be somebody's by its place, whatever is found in it."""
    return _PLACES.search(path) is not None or any(
        _leads(each) for each in path.split("/")[:MOST_SEGMENTS] if each
    )


def _leads(segment: str) -> bool:
    return _is_of_persons(segment) or _opens_a_door(segment) or is_sensitive(segment)


def _is_of_persons(segment: str) -> bool:
    lower = segment.lower()
    return lower in _PERSON_FOLLOWS or lower.removesuffix("s") in _PERSON_FOLLOWS


def _scrubbed(raw: list[str]) -> list[str]:
    segments = [_ENDS.split(segment, maxsplit=1)[0] for segment in raw]
    numbers = _parted_numbers(segments)
    kept: list[str] = []
    before, secret = "", False
    for index, segment in enumerate(segments):
        secret = _opens_a_door(before) or (secret and kept[-1] == _TOKEN)
        kept.append(_ID if index in numbers else _segment(segment, before, secret=secret))
        before = "" if _LABEL.fullmatch(segment) else segment or before
    return kept


def _segment(segment: str, before: str, *, secret: bool) -> str:
    if not segment or _LABEL.fullmatch(segment):
        return segment
    if secret and not _stays_after_secrets(segment, before):
        return _TOKEN
    if _is_somebodys(segment, before) or _NUMERIC_ID.fullmatch(segment):
        return _ID
    return mask(segment)


def _stays_after_secrets(segment: str, before: str) -> bool:
    """Tell whether *segment* is itself such a word, or a word after the secret that went before."""
    if _opens_a_door(before):
        return _opens_a_door(segment)
    return _WORDS_ONLY.fullmatch(segment) is not None and mask(segment) == segment


def _opens_a_door(segment: str) -> bool:
    lower = segment.lower()
    if lower in _WHOLE:
        return lower in _SECRET_FOLLOWS
    return not _SECRET_FOLLOWS.isdisjoint(words_of(segment) - _WHOLE)


def _is_somebodys(segment: str, before: str) -> bool:
    """Tell whether *segment* stands where persons stand: after ``users``, or ``ssn`` if no word."""
    if segment[0] in "@~" or _is_of_persons(before):
        return True
    return is_sensitive(before) and _WORDS_ONLY.fullmatch(segment) is None


def _parted_numbers(segments: list[str]) -> set[int]:
    """Return which *segments* are parts of a long number; a date at its beginning is none."""
    found: set[int] = set()
    start = 0
    while start < len(segments):
        end = start
        while end < len(segments) and segments[end].isdigit():
            end += 1
        run = "/".join(segments[start:end])
        date = _DATE.match(run)
        first = start + (date[0].count("/") + 1 if date else 0)
        if sum(map(len, segments[first:end])) >= MANY_DIGITS and end - first > 1:
            found.update(range(first, end))
        start = end + 1
    return found


def _bounded(segments: list[str]) -> str:
    kept: list[str] = []
    length = 0
    for segment in segments:
        is_label = _LABEL.fullmatch(segment)
        quoted = segment if is_label else quote(segment, safe="[]~:@!$&'()*+,=")
        length += len(quoted) + 1
        if length > LONGEST_PATH:
            break
        kept.append(quoted)
    return "/".join(kept)
