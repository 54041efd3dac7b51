"""The files of DROP: names and lines of lists, lines of answers. Pure."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from enum import IntEnum

import msgspec

from privacykit.errors import InputError
from privacykit.recipients.protocols.drop.standardise import LISTS, DropList

HASH_BYTES = 32
DAYS_BETWEEN = 45
"""How often a broker has to look at the least (Cal. Civ. Code § 1798.99.86(c))."""
ANSWER_HEADER = "Id,Status"
LONGEST_LINE = 512
_FILE = re.compile(
    r"(?P<day>\d{8})_(?P<broker>[A-Za-z0-9-]{1,64})_(?P<list>[A-Za-z]{1,16})"
    r"(?P<suffix>(_[A-Za-z0-9-]{1,32})*)\.csv"
)
_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,127}")
"""Ids are opaque; one that a spreadsheet would calculate with is none."""


class DropStatus(IntEnum):
    """What is answered about one item; 0 and 1 are unused."""

    EXEMPTED = 2
    DELETED = 3
    OPTED_OUT = 4
    NOT_FOUND = 5


class ListFile(msgspec.Struct, frozen=True):
    """
    A file of an archive, by its name.

    Attributes:
        list: Which list it is of; ``None`` where the lines say so.
        removed: Whether it names those who took their request back.
        day: Of which day it is, as ``YYYYMMDD``.
    """

    list: DropList | None
    removed: bool
    day: str = ""


class ListLine(msgspec.Struct, frozen=True):
    """
    A line of a list. Its ``repr`` names nobody.

    Attributes:
        id: The item's, opaque; empty where a removal names none: it is of the whole hash.
        hash: 32 bytes.
        list: Which list it is of.
    """

    id: str
    hash: bytes
    list: DropList

    def __repr__(self) -> str:
        return f"<ListLine {self.list}>"


def read_file_name(text: str) -> ListFile:
    """
    Read the name of a file in an archive.

    Raises:
        InputError: It is none of DROP's: a path, another ending, a list that nobody knows.
    """
    found = _FILE.fullmatch(text)
    if found is None:
        raise InputError("PK376 the archive holds a file that is no list of DROP")
    removed = found["suffix"].lower().endswith("_removed") or found["list"].lower() == "removed"
    named = next((it for it in LISTS if it.lower() == found["list"].lower()), None)
    if named is None and not removed:
        raise InputError("PK376 the archive holds a list that is not known")
    return ListFile(named, removed, found["day"])


def read_lines(lines: Iterable[str], file: ListFile) -> Iterator[ListLine]:
    """
    Read the lines of a list, one after another.

    Raises:
        InputError: The header or a line is none, with its number; nothing of its content.
    """
    rows = iter(lines)
    header = next(rows, "").strip().lstrip("\ufeff").replace('"', "")
    if not header.lower().startswith("id,hash"):
        raise InputError("PK376 a list does not begin with ID,Hash")
    for number, row in enumerate(rows, 2):
        text = row.strip()
        if text:
            yield _line(text, number, file)


def _line(text: str, number: int, file: ListFile) -> ListLine:
    parts = [it.strip().strip('"') for it in text.split(",")]
    problem = InputError(f"PK376 line {number} of a list cannot be read")
    if len(text) > LONGEST_LINE or len(parts) < 2:  # noqa: PLR2004 - id and hash
        raise problem
    if not _ID.fullmatch(parts[0]) and not (file.removed and not parts[0]):
        raise problem
    which = file.list
    if len(parts) > 2:  # noqa: PLR2004 - id, hash and the list's name
        which = next((it for it in LISTS if it.lower() == parts[2].lower()), which)
    try:
        hashed = b64decode(parts[1], validate=True)
    except ValueError:
        raise problem from None
    if which is None or len(hashed) != HASH_BYTES:
        raise problem
    return ListLine(parts[0], hashed, which)


def answer_lines(statuses: Iterable[tuple[str, int]]) -> Iterator[str]:
    """Yield the lines of an answer, the header first."""
    yield f"{ANSWER_HEADER}\r\n"
    for id_, status in statuses:
        yield f"{id_},{status}\r\n"


class UploadOutcome(msgspec.Struct, frozen=True):
    """
    What became of an upload.

    Attributes:
        accepted: How many were taken.
        rejected: Ids that were not.
    """

    accepted: int
    rejected: frozenset[str]


def read_outcome(body: bytes) -> UploadOutcome:
    """
    Read the answer to an upload: counts and lists, however they are spelled.

    The reference names counts and lists of accepted and rejected items without a schema; so any
    member that begins so is read, a number as the count, a list as the ids.
    """
    try:
        told = msgspec.json.decode(body, type=dict[str, object])
    except msgspec.MsgspecError:
        return UploadOutcome(0, frozenset())
    accepted, rejected = 0, set[str]()
    for name, value in told.items():
        word = name.lower()
        if word.startswith("accepted"):
            accepted = max(accepted, value if isinstance(value, int) else _size(value))
        elif word.startswith("rejected") and isinstance(value, list):
            rejected |= {_id_of(it) for it in value}
    return UploadOutcome(accepted, frozenset(rejected))


def _size(value: object) -> int:
    return len(value) if isinstance(value, list) else 0


def _id_of(told: object) -> str:
    if isinstance(told, dict):
        return str(next((it for name, it in told.items() if str(name).lower() == "id"), ""))
    return str(told)
