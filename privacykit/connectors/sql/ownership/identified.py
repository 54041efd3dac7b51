"""Identities in rows: written out, hashed, of several columns. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, func, not_, or_
from sqlalchemy import Table as SqlTable

from privacykit.connectors.sql.catalogue.reflect import KIND
from privacykit.connectors.sql.convert import ColumnConverter
from privacykit.connectors.sql.digest import HexDigest
from privacykit.connectors.sql.ownership.exact import ExactText, Trimmed
from privacykit.connectors.sql.ownership.identity_column import (
    candidates,
    decided_by_text,
    exact_texts,
)
from privacykit.connectors.sql.ownership.predicates import Predicate, compared_as, place, untrue
from privacykit.connectors.sql.statement_cache import Binds
from privacykit.govern.datamap import Field
from privacykit.govern.erasure.ownership import Ownership
from privacykit.govern.erasure.ports.connector import Context, Subject
from privacykit.govern.identity.equality import any_spelling, folded, written_as
from privacykit.govern.identity.spelling import capitals
from privacykit.govern.records import Identity

_NOBODY = ("", "-", "--", ".", "0", "n/a", "na", "none", "null", "unknown", "x")
"""What often stands where nobody does. What is missed is taken for somebody, and the row stays."""

_Known = Callable[[Context], tuple[Identity, ...]]


def identities_of(context: Context) -> tuple[Identity, ...]:
    """Return what the person is known by; a predicate knows nobody."""
    return context.selection.identities if isinstance(context.selection, Subject) else ()


def known_of(context: Context) -> tuple[Identity, ...]:
    """Return all that is the person's, what finds nobody included."""
    selection = context.selection
    return (*selection.identities, *selection.known) if isinstance(selection, Subject) else ()


class Identified:
    """Predicates that say whether an identity of the person stands in a row."""

    def __init__(
        self,
        ownership: Ownership,
        tables: Mapping[str, SqlTable],
        fitting: ColumnConverter,
        binds: Binds,
        context: Context,
    ) -> None:
        self._ownership = ownership
        self._tables = tables
        self._fitting = fitting
        self._binds = binds
        self._context = context
        self._finds: dict[str, bool] = {}

    def finds(self, name: str) -> bool:
        """Say whether an identity of the person can find a row of the collection."""
        if name not in self._finds:
            self._finds[name] = self.in_row(name, self._tables[name]) is not None
        return self._finds[name]

    def in_row(self, name: str, rows: FromClause) -> Predicate | None:
        """Say that an identity which finds the person stands in the row; ``None`` if none can."""
        ways: list[Predicate] = []
        for column in self._ownership.identity_fields(name):
            ways += self._match(name, column, rows, identities_of)
        for composite in self._ownership.collections[name].identities:
            for number, identity in enumerate(identities_of(self._context)):
                if identity.type == composite.type and identity.parts:
                    ways += self._composite(name, composite.parts, number, identity, rows)
        return or_(*ways) if ways else None

    def in_column(self, name: str, column: str, rows: FromClause) -> Predicate | None:
        """Say that a value of the person stands in *column*; ``None`` if none can."""
        ways = list(self._match(name, column, rows, known_of))
        return or_(*ways) if ways else None

    def found_by(self, name: str, column: str, rows: FromClause) -> Predicate | None:
        """Say that an identity which finds the person stands in *column*; ``None`` if none can."""
        ways = list(self._match(name, column, rows, identities_of))
        return or_(*ways) if ways else None

    def theirs(self, name: str, rows: FromClause) -> Predicate | None:
        """Say that a value of the person stands in the row; ``None`` if none can."""
        columns = self._ownership.identity_fields(name)
        ways = [self.in_column(name, column, rows) for column in columns]
        whole = [way for way in (*ways, self.in_row(name, rows)) if way is not None]
        return or_(*whole) if whole else None

    def somebody(self, name: str, rows: FromClause) -> Predicate:
        """Say that any identity at all stands in the row."""
        return or_(*(self._named(name, column, rows) for column in self.columns(name)))

    def columns(self, name: str) -> list[str]:
        """Return the columns in which identities stand, parts of composite ones included."""
        composites = self._ownership.collections[name].identities
        parts = [column for composite in composites for column in composite.parts.values()]
        return [*self._ownership.identity_fields(name), *parts]

    def strangers(self, name: str, rows: FromClause) -> Iterator[Predicate]:
        """Say, column by column, that somebody else's identity stands there."""
        for column in self._ownership.identity_fields(name):
            match = self.in_column(name, column, rows)
            if match is not None:
                yield and_(untrue(match), self._named(name, column, rows))

    def _named(self, name: str, column: str, rows: FromClause) -> Predicate:
        """Say that something stands in *column* which is no placeholder."""
        value = place(rows, column)
        if compared_as(self._tables[name], column).info.get(KIND) != "text":
            return value.is_not(None)
        return and_(value.is_not(None), not_(ExactText(func.lower(func.trim(value))).in_(_NOBODY)))

    def _match(
        self, name: str, column: str, rows: FromClause, known: _Known
    ) -> Iterator[Predicate]:
        field = self._ownership.identity_fields(name)[column]
        mine = [item for item in known(self._context) if item.type == field.identity]
        formats = {item.format for item in mine if not item.parts}
        word = f"{known.__name__}_{name}_{column}"
        if formats & {"raw", field.format}:
            yield self._written(name, column, field, rows, known, word)
        if field.format == "raw":
            for algorithm in sorted(formats - {"raw"}):
                hashed = self._binds.many(f"{word}_{algorithm}", _hashed(field, algorithm, known))
                yield HexDigest(place(rows, column), algorithm).in_(hashed)

    def _written(
        self, name: str, column: str, field: Field, rows: FromClause, known: _Known, word: str
    ) -> Predicate:
        real, fold = compared_as(self._tables[name], column), field.match != "exact"
        value: ColumnElement[Any] = place(rows, column)
        if fold:
            value = func.lower(Trimmed(value) if any_spelling(field) else value)

        def texts(context: Context) -> list[str]:
            given = [i for i in known(context) if i.type == field.identity and not i.parts]
            found = dict.fromkeys(text for i in given for text in written_as(i, field.format))
            if not fold:
                return list(found)
            small = dict.fromkeys(folded(field, text) for text in found)
            return [way for text in small for way in capitals(text)]

        near = self._binds.many(word, lambda c: candidates(self._fitting, real, texts(c)))
        if not decided_by_text(real):
            return value.in_(near)
        same = self._binds.many(f"{word}_exact", lambda c: exact_texts(real, texts(c)))
        return and_(value.in_(near), ExactText(value).in_(same))

    def _composite(
        self,
        name: str,
        parts: Mapping[str, str],
        number: int,
        identity: Identity,
        rows: FromClause,
    ) -> Iterator[Predicate]:
        given = dict(identity.parts)
        if given.keys() != parts.keys():
            return
        terms: list[Predicate] = []
        for part, column in parts.items():
            real = compared_as(self._tables[name], column)
            near = candidates(self._fitting, real, [given[part]])
            if not near:
                return
            word = f"part_{name}_{number}_{column}"
            terms.append(place(rows, column).in_(self._binds.many(word, _kept(near))))
            if decided_by_text(real):
                same = self._binds.many(f"{word}_exact", _kept(exact_texts(real, [given[part]])))
                terms.append(ExactText(place(rows, column)).in_(same))
        yield and_(*terms)


def _kept(values: list[Any]) -> Callable[[Context], list[Any]]:
    """Return what a statement for these very parts is always filled with."""
    return lambda _: values


def _hashed(field: Field, algorithm: str, known: _Known) -> Callable[[Context], list[str]]:
    def values(context: Context) -> list[str]:
        return [
            identity.value.strip().lower()
            for identity in known(context)
            if identity.type == field.identity and identity.format == algorithm
        ]

    return values
