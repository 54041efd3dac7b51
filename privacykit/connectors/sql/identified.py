"""Identities in rows: written out, hashed, of several columns. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from hashlib import md5, sha1, sha256
from typing import Any

from sqlalchemy import FromClause, and_, func, or_
from sqlalchemy import Table as SqlTable

from privacykit.connectors.sql.binds import Binds
from privacykit.connectors.sql.digest import HexDigest
from privacykit.connectors.sql.logic import Predicate, untrue
from privacykit.connectors.sql.values import Fitting, Unfit
from privacykit.govern.connector import Context, Subject
from privacykit.govern.datamap import Field
from privacykit.govern.ownership import Ownership
from privacykit.govern.records import Identity

_HASHES = {"sha256": sha256, "sha1": sha1, "md5": md5}


def identities_of(context: Context) -> tuple[Identity, ...]:
    """Return what the person is known by; a predicate knows nobody."""
    return context.selection.identities if isinstance(context.selection, Subject) else ()


class Identified:
    """Predicates that say whether an identity of the person stands in a row."""

    def __init__(
        self,
        ownership: Ownership,
        tables: Mapping[str, SqlTable],
        fitting: Fitting,
        binds: Binds,
        context: Context,
    ) -> None:
        self._ownership = ownership
        self._tables = tables
        self._fitting = fitting
        self._binds = binds
        self._known = identities_of(context)

    def in_row(self, name: str, rows: FromClause) -> Predicate | None:
        """Say that an identity of the person stands in the row; ``None`` if none can."""
        ways: list[Predicate] = []
        for column, field in self._ownership.identity_fields(name).items():
            ways += self._match(name, column, field, rows)
        for composite in self._ownership.collections[name].identities:
            for identity in self._known:
                if identity.type == composite.type:
                    ways += self._composite(name, composite.parts, identity, rows)
        return or_(*ways) if ways else None

    def in_column(self, name: str, column: str, rows: FromClause) -> Predicate | None:
        """Say that an identity of the person stands in *column*; ``None`` if none can."""
        field = self._ownership.identity_fields(name)[column]
        ways = list(self._match(name, column, field, rows))
        return or_(*ways) if ways else None

    def somebody(self, name: str, rows: FromClause) -> Predicate:
        """Say that any identity at all stands in the row."""
        columns = list(self._ownership.identity_fields(name))
        columns += [
            column
            for composite in self._ownership.collections[name].identities
            for column in composite.parts.values()
        ]
        return or_(*(rows.c[column].is_not(None) for column in columns))

    def strangers(self, name: str, rows: FromClause) -> Iterator[Predicate]:
        """Say, column by column, that somebody else's identity stands there."""
        for column in self._ownership.identity_fields(name):
            match = self.in_column(name, column, rows)
            if match is not None:
                yield and_(rows.c[column].is_not(None), untrue(match))

    def _match(self, name: str, column: str, field: Field, rows: FromClause) -> Iterator[Predicate]:
        formats = {item.format for item in self._known if item.type == field.identity}
        if formats & {"raw", field.format}:
            lower = field.match == "ignore-case"
            values = self._binds.many(
                f"id_{name}_{column}", self._values(name, column, field, lower=lower)
            )
            yield (func.lower(rows.c[column]) if lower else rows.c[column]).in_(values)
        if field.format == "raw":
            for algorithm in sorted(formats - {"raw"}):
                hashed = self._binds.many(
                    f"id_{name}_{column}_{algorithm}", _hashed(field, algorithm)
                )
                yield HexDigest(rows.c[column], algorithm).in_(hashed)

    def _values(
        self, name: str, column: str, field: Field, *, lower: bool
    ) -> Callable[[Context], list[Any]]:
        real = self._tables[name].c[column]

        def values(context: Context) -> list[Any]:
            found: dict[Any, None] = {}
            for identity in identities_of(context):
                if identity.type != field.identity:
                    continue
                for variant in _variants(identity, field):
                    try:
                        found[self._fitting(real, variant.lower() if lower else variant)] = None
                    except Unfit:
                        continue
            return list(found)

        return values

    def _composite(
        self, name: str, parts: Mapping[str, str], identity: Identity, rows: FromClause
    ) -> Iterator[Predicate]:
        given = dict(identity.parts)
        if given.keys() != parts.keys():
            return
        table = self._tables[name]
        try:
            yield and_(
                *(
                    rows.c[column] == self._fitting(table.c[column], given[part])
                    for part, column in parts.items()
                )
            )
        except Unfit:
            return


def _variants(identity: Identity, field: Field) -> dict[str, None]:
    """As given and in lower case: the two ways addresses are stored."""
    variants = dict.fromkeys((identity.value, identity.value.strip().lower()))
    if identity.format == field.format:
        return variants
    if identity.format != "raw":
        return {}
    return dict.fromkeys(_HASHES[field.format](v.encode()).hexdigest() for v in variants)


def _hashed(field: Field, algorithm: str) -> Callable[[Context], list[str]]:
    def values(context: Context) -> list[str]:
        return [
            identity.value.lower()
            for identity in identities_of(context)
            if identity.type == field.identity and identity.format == algorithm
        ]

    return values
