"""Every identity that stands in mapped columns, streamed. Does I/O on a connection it is lent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, select
from sqlalchemy import Table as SqlTable

from privacykit.connectors.sql.convert import plain
from privacykit.connectors.sql.ownership.predicates import place
from privacykit.govern.erasure.ownership import Ownership
from privacykit.govern.identity.equality import text_of
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
            value = place(table, column)
            query = select(value).where(value.is_not(None)).distinct()
            for found in connection.execute(query).scalars():
                if (written := text_of(found)) is not None:
                    yield name, Identity(field.identity, written)
        for composite in collection.identities:
            columns = [place(table, column) for column in composite.parts.values()]
            query = select(*columns).where(*(c.is_not(None) for c in columns)).distinct()
            for row in connection.execute(query):
                pairs = zip(composite.parts, row, strict=True)
                parts = tuple((part, str(plain(value))) for part, value in pairs)
                yield name, Identity(composite.type, "", parts=parts)
