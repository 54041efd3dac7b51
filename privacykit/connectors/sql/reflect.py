"""Read what a database really looks like. Does I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import Engine, MetaData, types
from sqlalchemy import Table as SqlTable
from sqlalchemy import event as on
from sqlalchemy.schema import UniqueConstraint

from privacykit.govern.schema import Column, ForeignKey, Kind, Table

KIND = "privacykit.kind"

_KINDS: tuple[tuple[type[types.TypeEngine[Any]], Kind], ...] = (
    (types.Boolean, "bool"),
    (types.Integer, "int"),
    (types.Numeric, "float"),
    (types.DateTime, "time"),
    (types.Date, "date"),
    (types.JSON, "json"),
    (types.LargeBinary, "bytes"),
    (types.String, "text"),
)


def reflect(engine: Engine, only: str | None = None) -> MetaData:
    """
    Read every table of the database.

    Args:
        engine: The database.

        only: The schema, where there are several.

    Returns:
        Tables whose columns carry their kind; on SQLite times and decimals are left as they
        stand in the file, for applications write them in many shapes.
    """
    metadata = MetaData()

    def noted(_: object, __: object, info: dict[str, Any]) -> None:
        declared = info["type"]
        info.setdefault("info", {})[KIND] = _kind(declared)
        if engine.dialect.name == "sqlite" and isinstance(
            declared, types.DateTime | types.Date | types.Time | types.Numeric
        ):
            info["type"] = types.NullType()

    on.listen(metadata, "column_reflect", noted)
    metadata.reflect(engine, schema=only, resolve_fks=True)
    return metadata


def _kind(declared: types.TypeEngine[Any]) -> Kind:
    if declared.__class__.__name__ == "TINYINT" and getattr(declared, "display_width", 0) == 1:
        return "bool"
    return next((kind for type_, kind in _KINDS if isinstance(declared, type_)), "other")


def describe(table: SqlTable) -> Table:
    """Put a reflected table into our own words."""
    primary = _plain(table.primary_key.columns)
    uniques = [
        _plain(item.columns) for item in table.constraints if isinstance(item, UniqueConstraint)
    ]
    uniques += [_plain(item.columns) for item in table.indexes if item.unique]
    indexes = [_plain(item.columns) for item in table.indexes]
    known = {name for name in (primary, *uniques, *indexes) if name}
    return Table(
        str(table.name),
        tuple(_column(column) for column in table.columns),
        primary,
        tuple(_key(item) for item in table.foreign_key_constraints),
        tuple(sorted(known)),
        tuple(sorted({name for name in (primary, *uniques) if name})),
    )


def _column(column: SqlColumn[Any]) -> Column:
    length = getattr(column.type, "length", None)
    return Column(
        str(column.name),
        column.info.get(KIND, "other"),
        bool(column.nullable),
        length if isinstance(length, int) else None,
    )


def _key(constraint: Any) -> ForeignKey:  # noqa: ANN401 - ForeignKeyConstraint, untyped columns
    return ForeignKey(
        _plain(constraint.columns),
        str(constraint.referred_table.name),
        _plain(element.column for element in constraint.elements),
    )


def _plain(columns: Iterable[Any]) -> tuple[str, ...]:
    """Return names as plain text: what SQLAlchemy reads from a database is a kind of its own."""
    return tuple(str(column.name) for column in columns)


def by_name(metadata: MetaData) -> Mapping[str, SqlTable]:
    """Return the tables by their bare name."""
    return {str(table.name): table for table in metadata.tables.values()}
