"""Predicates that keep a row: holds, laws, conditions. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import FromClause, and_, false, or_, true
from sqlalchemy import Table as SqlTable

from privacykit.connectors.sql.catalogue.reflect import KIND
from privacykit.connectors.sql.convert import ColumnConverter, Unfit
from privacykit.connectors.sql.ownership.exact import ExactText
from privacykit.connectors.sql.ownership.predicates import (
    Predicate,
    compared_as,
    exists_in,
    place,
    same,
)
from privacykit.connectors.sql.statement_cache import Binds
from privacykit.govern.datamap import DataMap, KeepRule
from privacykit.govern.datamap.duration import Duration
from privacykit.govern.erasure.ownership import Ownership
from privacykit.govern.erasure.ports.connector import Context, Subject
from privacykit.govern.records import RowCondition

_OPERATORS = {
    "=": "__eq__",
    "!=": "__ne__",
    "<": "__lt__",
    "<=": "__le__",
    ">": "__gt__",
    ">=": "__ge__",
}


class Reasons:
    """Predicates that say why a row may not go."""

    def __init__(
        self,
        datamap: DataMap,
        ownership: Ownership,
        tables: Mapping[str, SqlTable],
        fitting: ColumnConverter,
        binds: Binds,
        context: Context,
    ) -> None:
        self._datamap = datamap
        self._ownership = ownership
        self._tables = tables
        self._fitting = fitting
        self._binds = binds
        self._holds = [hold for hold in context.holds if hold.dataset == ownership.dataset]
        self._by_person = isinstance(context.selection, Subject)

    def held(self, name: str, rows: FromClause) -> Predicate:
        """Say that a hold lies on the row."""
        holds = [
            self.meets(name, rows, hold.where)
            for hold in self._holds
            if hold.collection in {name, "*"} and hold.released_at is None
        ]
        return or_(*holds) if holds else false()

    def kept(self, name: str, rows: FromClause) -> Iterator[tuple[str, Predicate]]:
        """Yield each reason to keep and the rows it keeps now."""
        if not self._by_person:
            return
        for number, rule in enumerate(self._ownership.collections[name].keep):
            terms = [self.meets(name, rows, rule.where)] if rule.where else []
            if rule.with_:
                terms.append(self._kept_with(name, rows, rule))
            duration = self._datamap.reasons[rule.reason].duration
            if rule.from_ and duration:
                terms.append(self._lasts(name, rows, rule.from_, duration, number))
            yield rule.reason, and_(*terms) if terms else true()

    def _lasts(
        self, name: str, rows: FromClause, column: str, duration: Duration, number: int
    ) -> Predicate:
        real = compared_as(self._tables[name], column)
        cut = self._binds.one(
            f"keep_{name}_{number}",
            lambda context: self._fitting.moment(real, duration.before(context.now)),
        )
        # Without a date nobody can say that the time is over.
        there = place(rows, column)
        return or_(there.is_(None), there > cut, ~self._fitting.dated(real, there))

    def _kept_with(self, name: str, rows: FromClause, rule: KeepRule) -> Predicate:
        keys = self._ownership.tables[name].foreign_keys
        key = next((item for item in keys if set(item.columns) == set(rule.with_)), None)
        if key is None or key.target not in self._ownership.collections or key.target == name:
            return true()
        other = self._tables[key.target].alias()
        reasons = [term for reason, term in self.kept(key.target, other) if reason == rule.reason]
        there = same(rows, key.columns, other, key.target_columns)
        return exists_in(other, there, or_(*reasons) if reasons else false())

    def meets(self, name: str, rows: FromClause, where: Sequence[RowCondition]) -> Predicate:
        """Say that the row meets every condition; a value that cannot be one meets none."""
        try:
            table = self._tables[name]
            return and_(true(), *(condition(table, rows, item, self._fitting) for item in where))
        except Unfit:
            return false()


def meets_exactly(
    table: SqlTable, rows: FromClause, item: RowCondition, fitting: ColumnConverter
) -> Predicate:
    """
    Say that *rows* of *table* meet one condition to the letter, as what says whose a row is must.

    A collation takes ``customer`` for ``Customer``: another class, whose ids are other people's.

    Raises:
        Unfit: Its value can be no value of the column.
    """
    met, real = condition(table, rows, item, fitting), compared_as(table, item.column)
    if item.op not in {"=", "in"} or real.info.get(KIND) != "text":
        return met
    values = item.value if item.op == "in" else [item.value]
    return and_(met, ExactText(place(rows, item.column)).in_([str(value) for value in values]))


def condition(
    table: SqlTable, rows: FromClause, item: RowCondition, fitting: ColumnConverter
) -> Predicate:
    """
    Say that *rows* of *table* meet one condition.

    Raises:
        Unfit: Its value can be no value of the column.
    """
    column, real = place(rows, item.column), compared_as(table, item.column)
    if item.op == "is null":
        return column.is_(None)
    if item.op == "is not null":
        return column.is_not(None)
    if item.op == "in":
        return column.in_([fitting(real, value) for value in item.value])
    compared: Predicate = getattr(column, _OPERATORS[item.op])(fitting(real, item.value))
    return compared
