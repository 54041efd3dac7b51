"""
Statement logs of PostgreSQL and MariaDB, and JSON lines: who did what, by entries. Reads files.

What a log says of parameters and rows is not read. An entry in which no role is named has none.
No line is passed over because nobody knows it: it is an entry without a statement.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple, cast

import msgspec

from privacykit.errors import InputError

LONGEST_STATEMENT = 1 << 20
"""Characters of a statement that are kept; a longer one cannot be told."""
MOST_CONNECTIONS = 100_000

_PREFIX = re.compile(r"(?:^|[\s\[(=])(?P<role>[\w.$-]{1,63})@(?P<base>[\w.$-]{1,63})\b")
_PREFIX_USER = re.compile(r"\buser=(?P<role>[\w.$-]{1,63})")
_SEVERITY = re.compile(
    r"\b(?P<kind>LOG|DETAIL|ERROR|STATEMENT|HINT|WARNING|FATAL|CONTEXT|NOTICE):\s+"
)
_SAID = re.compile(
    r"(?:duration: [\d.]+ ms\s+)?(?:statement|(?:execute|parse|bind) [^:]{0,80}):\s+(?P<sql>.*)",
    re.DOTALL,
)
_GENERAL = re.compile(
    r"(?:\d{6}\s+\d{1,2}:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]+Z?|)\s*(?P<id>\d+)\s"
    r"(?P<verb>Connect|Query|Execute|Prepare|Quit|Init DB|Field List|Change user)\t?(?P<rest>.*)",
    re.DOTALL,
)
_CONNECT = re.compile(r"(?P<role>[^@\s]{1,80})@")
_BEGUN = re.compile(
    r".{0,200}, Version: .{1,200} started with:|Tcp port: .{0,200}"
    r"|Time\s{1,20}Id\s{1,20}Command\s{1,20}Argument"
)
"""What MariaDB writes of itself when it begins a general log."""
_AUDIT_COLUMNS = 10
_OPERATION = re.compile(r"[A-Z_]{3,20}")
_MESSAGE = 13
"""The column of PostgreSQL's messages, of 23 or more."""


class StatementEntry(NamedTuple):
    """
    A statement that was logged.

    Attributes:
        line: The line that it begins in, from 1.
        role: Who did it; empty where the log does not say.
        sql: The statement; ``None`` where the line is none of the log's format, so that nobody
            knows what it says.
    """

    line: int
    role: str
    sql: str | None

    def __repr__(self) -> str:
        return f"<StatementEntry {self.line}>"


def entries(path: Path, log_format: str) -> Iterator[StatementEntry]:
    """
    Yield the statements in the log at *path*, in constant memory; packed by gzip or not.

    Args:
        path: The log.
        log_format: ``postgresql`` (stderr, CSV or JSON), ``mariadb`` (general log or that of its
            audit plugin) or ``jsonl`` (members ``role`` and ``statement``).

    Raises:
        InputError: It cannot be read.
    """
    try:
        with _opened(path) as stream:
            yield from _READERS[log_format](_texts(stream))
    except (OSError, EOFError, csv.Error) as error:
        raise InputError(f"PK318 {path.name} cannot be read ({type(error).__name__})") from None


def _opened(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


Texts = Iterator[tuple[int, str]]


def _texts(stream: IO[bytes]) -> Texts:
    number = 0
    while raw := stream.readline(LONGEST_STATEMENT):
        number += 1
        yield number, raw.decode("utf-8", "replace").rstrip("\r\n")


def _postgresql(texts: Texts) -> Iterator[StatementEntry]:
    first = next(texts, None)
    if first is None:
        return
    rest = _and_then(first, texts)
    if first[1].startswith("{"):
        yield from _postgresql_json(rest)
    elif _PREFIXED_CSV.match(first[1]):
        yield from _postgresql_csv(rest)
    else:
        yield from _postgresql_text(rest)


_PREFIXED_CSV = re.compile(r"\d{4}-\d\d-\d\d [\d:.]+ [A-Z]{2,5},\"?[^\s]*")


def _and_then(first: tuple[int, str], texts: Texts) -> Texts:
    yield first
    yield from texts


def _postgresql_json(texts: Texts) -> Iterator[StatementEntry]:
    for number, text in texts:
        told = _json(text)
        said = _SAID.fullmatch(str(told.get("message", "")))
        if not told:
            yield from _unread(number, text)
        elif said:
            yield StatementEntry(number, str(told.get("user", "")), said["sql"])


def _postgresql_csv(texts: Texts) -> Iterator[StatementEntry]:
    """Read PostgreSQL's own columns: the second is the user, the fourteenth the message."""
    seen = [0]

    def lines() -> Iterator[str]:
        for number, text in texts:
            seen[0] = number
            yield f"{text}\n"

    for row in csv.reader(lines()):
        if len(row) <= _MESSAGE:
            yield from _unread(seen[0], "".join(row))
        elif said := _SAID.fullmatch(row[_MESSAGE]):
            yield StatementEntry(seen[0], row[1], said["sql"])


def _postgresql_text(texts: Texts) -> Iterator[StatementEntry]:
    """Read the log as it goes to stderr; a line that begins with a tab goes on with the last."""
    begun: list[str] = []
    head = (0, "")
    for number, text in texts:
        if text.startswith("\t"):
            if begun:
                begun.append(text[1:])
            continue
        if begun:
            yield StatementEntry(*head, "\n".join(begun)[:LONGEST_STATEMENT])
            begun = []
        kind = _SEVERITY.search(text)
        if kind is None:
            yield from _unread(number, text)
        said = _SAID.fullmatch(text[kind.end() :]) if kind and kind["kind"] == "LOG" else None
        if kind is not None and said is not None:
            prefix = text[: kind.start()]
            named = _PREFIX.search(prefix) or _PREFIX_USER.search(prefix)
            head, begun = (number, named["role"] if named else ""), [said["sql"]]
    if begun:
        yield StatementEntry(*head, "\n".join(begun)[:LONGEST_STATEMENT])


def _mariadb(texts: Texts) -> Iterator[StatementEntry]:
    texts = ((number, text) for number, text in texts if not _BEGUN.fullmatch(text.strip()))
    first = next(texts, None)
    if first is None:
        return
    rest = _and_then(first, texts)
    if first[1].count(",") >= _AUDIT_COLUMNS - 2 and "\t" not in first[1]:
        yield from _mariadb_audit(rest)
    else:
        yield from _mariadb_general(rest)


def _mariadb_general(texts: Texts) -> Iterator[StatementEntry]:
    """Read the general log: who connected is said once, by the number of the connection."""
    roles: OrderedDict[str, str] = OrderedDict()
    begun: list[str] = []
    head = (0, "")
    for number, text in texts:
        found = _GENERAL.fullmatch(text)
        if found is None:
            if begun:
                begun.append(text)
            else:
                yield from _unread(number, text)
            continue
        if begun:
            yield StatementEntry(*head, "\n".join(begun)[:LONGEST_STATEMENT])
            begun = []
        verb, id_, rest = found["verb"], found["id"], found["rest"]
        if verb in {"Connect", "Change user"} and (named := _CONNECT.match(rest)):
            roles[id_] = named["role"]
            if len(roles) > MOST_CONNECTIONS:
                roles.popitem(last=False)
        elif verb == "Quit":
            roles.pop(id_, None)
        elif verb in {"Query", "Execute"}:
            head, begun = (number, roles.get(id_, "")), [rest]
    if begun:
        yield StatementEntry(*head, "\n".join(begun)[:LONGEST_STATEMENT])


def _mariadb_audit(texts: Texts) -> Iterator[StatementEntry]:
    """Read the audit plugin's lines: time, server, user, host, ids, operation, base, statement."""
    for number, text in texts:
        columns = text.split(",", 8)
        if len(columns) < 9 or not _OPERATION.fullmatch(columns[6]):  # noqa: PLR2004 - as said above
            yield from _unread(number, text)
        elif columns[6] == "QUERY":
            quoted = columns[8].rpartition(",")[0].strip("'")
            yield StatementEntry(number, columns[2], re.sub(r"\\(.)", r"\1", quoted))


def _jsonl(texts: Texts) -> Iterator[StatementEntry]:
    for number, text in texts:
        told = _json(text)
        sql = told.get("statement")
        if isinstance(sql, str):
            yield StatementEntry(number, str(told.get("role", "")), sql)
        else:
            yield from _unread(number, text)


def _unread(number: int, text: str) -> Iterator[StatementEntry]:
    """Yield an entry without a statement for a line that is none of the format; blank ones not."""
    if text.strip():
        yield StatementEntry(number, "", None)


def _json(text: str) -> dict[str, object]:
    try:
        told = msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


_READERS: dict[str, Callable[[Texts], Iterator[StatementEntry]]] = {
    "postgresql": _postgresql,
    "mariadb": _mariadb,
    "jsonl": _jsonl,
}
