"""
Statements judged by what their roles are for: compliant, a violation, or not to be told. Pure.

A field that speaks of nobody may be read by anybody. What speaks of a person may be read by a role
whose purposes the data is kept for, or that may read it by name, and by no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from enum import StrEnum
from logging import CRITICAL, getLogger
from typing import TYPE_CHECKING

import msgspec

from privacykit.errors import MissingExtraError
from privacykit.govern.datamap import DataMap
from privacykit.settings.duties.verify import RoleTable
from privacykit.verify.statements.entries import StatementEntry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privacykit.verify.statements.reads import StatementReader

MOST_KINDS = 500
DIALECTS = {"postgresql": "postgres", "mariadb": "mysql", "jsonl": "postgres"}
UNREAD = "a line of another format than the log was said to have"
UNKNOWN_ROLE = "the log does not say whose it is, or [verify.roles] does not name the role"


class StatementVerdict(StrEnum):
    """What a statement is found to be."""

    COMPLIANT = "compliant"
    VIOLATION = "violation"
    CANNOT_TELL = "cannot tell"


class StatementFinding(msgspec.Struct, frozen=True, order=True):
    """
    One kind of statement that is no good, or cannot be told. No text of a statement is in it.

    Attributes:
        verdict: What it is.
        role: Whose; empty where that is not known.
        what: The field of the map that was read, or why it cannot be told.
        count: How many statements.
        line: The line of the first.
    """

    verdict: StatementVerdict
    role: str
    what: str
    count: int
    line: int


class StatementReport(msgspec.Struct, frozen=True):
    """
    What a log came to.

    Attributes:
        compliant: Statements that read what they may.
        violations: Statements that read what they may not.
        cannot_tell: Statements of which it cannot be told.
        findings: What they were, by role and field.
    """

    compliant: int
    violations: int
    cannot_tell: int
    findings: tuple[StatementFinding, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to judge, which says nothing of anybody."""
        return not (self.compliant or self.violations or self.cannot_tell)


class StatementJudge:
    """
    Judges statements.

    Args:
        datamap: The data map.
        roles: What each role is for.
        log_format: Who wrote the log.

    Raises:
        MissingExtraError: The extra ``reports``, which brings the parser, is not installed.
    """

    def __init__(self, datamap: DataMap, roles: Mapping[str, RoleTable], log_format: str) -> None:
        self._roles = roles
        self._datamap = datamap
        self._where: dict[str, list[tuple[str, str]]] = {}
        free = set[str]()
        for dataset, table in datamap.datasets.items():
            free |= {name.lower() for name in table.excluded}
            for name in datamap.of(dataset):
                self._where.setdefault(name.lower(), []).append((dataset, name))
        self._reader = _reader(datamap, DIALECTS[log_format], frozenset(free))

    def judge(self, log: Iterable[StatementEntry]) -> StatementReport:
        """Judge every statement of *log*; nothing of a statement is kept."""
        counts: Counter[StatementVerdict] = Counter()
        kinds: Counter[tuple[StatementVerdict, str, str]] = Counter()
        lines: dict[tuple[StatementVerdict, str, str], int] = {}
        with _silent():
            for entry in log:
                verdict, told = self._of(entry)
                counts[verdict] += 1
                for what in told if verdict is not StatementVerdict.COMPLIANT else ():
                    role = entry.role if entry.role in self._roles else ""
                    key = (verdict, role, what)
                    if key in kinds or len(kinds) < MOST_KINDS:
                        lines.setdefault(key, entry.line)
                        kinds[key] += 1
        findings = (StatementFinding(*key, kinds[key], lines[key]) for key in kinds)
        return StatementReport(
            counts[StatementVerdict.COMPLIANT],
            counts[StatementVerdict.VIOLATION],
            counts[StatementVerdict.CANNOT_TELL],
            tuple(sorted(findings)),
        )

    def _of(self, entry: StatementEntry) -> tuple[StatementVerdict, list[str]]:
        if entry.sql is None:
            return StatementVerdict.CANNOT_TELL, [UNREAD]
        return self.one(entry.role, entry.sql)

    def one(self, role: str, sql: str) -> tuple[StatementVerdict, list[str]]:
        """Return what the statement *sql* of *role* is, and the fields or reasons it is that by."""
        reads = self._reader.reads(sql)
        known = self._roles.get(role)
        told = sorted(
            {
                f"{dataset}.{name}.{column}"
                for table, column in reads.fields
                for dataset, name in self._where.get(table, ())
                if self._speaks(dataset, name, column)
            }
        )
        if known is None:
            unsaid = [UNKNOWN_ROLE] if told or reads.unknown else []
            return (StatementVerdict.CANNOT_TELL if unsaid else StatementVerdict.COMPLIANT), unsaid
        if wrong := [place for place in told if not self._may(known, place)]:
            return StatementVerdict.VIOLATION, wrong
        if reads.unknown:
            return StatementVerdict.CANNOT_TELL, sorted(reads.unknown)
        return StatementVerdict.COMPLIANT, []

    def _speaks(self, dataset: str, collection: str, column: str) -> bool:
        """Tell whether a column speaks of a person; one that the map does not know may."""
        for name, field in self._datamap.of(dataset)[collection].fields.items():
            if name.partition(".")[0].lower() == column:
                return field.personal
        return True

    def _may(self, role: RoleTable, place: str) -> bool:
        if any(_covers(pattern, place) for pattern in role.never):
            return False
        if any(_covers(pattern, place) for pattern in role.reads):
            return True
        dataset, _, rest = place.partition(".")
        collection = rest.rpartition(".")[0]
        return not set(role.purposes).isdisjoint(self._datamap.purposes(dataset, collection))


def _covers(pattern: str, place: str) -> bool:
    """Tell whether *pattern*, such as ``shop.orders`` or ``shop.*.id``, covers *place*."""
    wanted, parts = pattern.split("."), place.split(".")
    if len(wanted) > len(parts):
        return False
    return all(one in {"*", part} for one, part in zip(wanted, parts, strict=False))


def _reader(datamap: DataMap, dialect: str, free: frozenset[str]) -> StatementReader:
    try:
        from privacykit.verify.statements.reads import StatementReader
    except ImportError:
        raise MissingExtraError("reports", "judging a statement log") from None
    tables: dict[str, tuple[str, ...]] = {}
    for dataset in datamap.datasets:
        for name, collection in datamap.of(dataset).items():
            columns = {field.partition(".")[0].lower() for field in collection.fields}
            tables[name.lower()] = tuple(sorted({*columns, *tables.get(name.lower(), ())}))
    return StatementReader(tables, dialect, free)


@contextmanager
def _silent() -> Iterator[None]:
    """Let the parser say nothing: it quotes what it does not understand."""
    logger = getLogger("sqlglot")
    level = logger.level
    logger.setLevel(CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)
