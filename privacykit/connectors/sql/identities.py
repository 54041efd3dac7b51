"""Every identity that stands in mapped columns, streamed. Does I/O on a connection it is lent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, select
from sqlalchemy import Table as SqlTable

from privacykit.connectors.sql.values import plain
from privacykit.govern.ownership import Ownership
from privacykit.govern.records import Identity


def known(
    connection: Connection, ownership: Ownership, tables: Mapping[str, SqlTable]
) -> Iterator[tuple[str, Identity]]:
    """
    Yield collection and identity, each value of a column once; nothing is kept in memory.

    Columns that hold hashes are left out: what a keyed hash was made of is not in them.
    """
    for name, collection in ownership.collections.items():
        table = tables.get(name)
        if table is None:
            continue
        for column, field in ownership.identity_fields(name).items():
            if field.format != "raw" or field.identity is None:
                continue
            place = table.c[column]
            query = select(place).where(place.is_not(None)).distinct()
            for value in connection.execute(query).scalars():
                yield name, Identity(field.identity, str(plain(value)))
        for composite in collection.identities:
            columns = [table.c[column] for column in composite.parts.values()]
            query = select(*columns).where(*(c.is_not(None) for c in columns)).distinct()
            for row in connection.execute(query):
                pairs = zip(composite.parts, row, strict=True)
                parts = tuple((part, str(plain(value))) for part, value in pairs)
                yield name, Identity(composite.type, "", parts=parts)


def hashed_columns(ownership: Ownership) -> list[str]:
    """Return the identity columns that hold hashes."""
    return [
        f"{ownership.dataset}.{name}.{column}"
        for name in ownership.collections
        for column, field in ownership.identity_fields(name).items()
        if field.format != "raw"
    ]
