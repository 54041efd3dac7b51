"""
Hex digests computed by the database, to find raw values by a hashed identity. Pure.

A request may come with the hash only (OpenDSR, California's DROP). Then every row is hashed, which
reads the whole table: the price is in the plan.
"""

from __future__ import annotations

import hashlib
import sqlite3
from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from privacykit.errors import StoreError


class HexDigest(FunctionElement[str]):
    """The hex digest of a column's value, trimmed and in lower case."""

    name = "privacykit_digest"
    type = String()
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], algorithm: str) -> None:
        super().__init__(column, algorithm)


def _value(element: HexDigest, compiler: Any, **settings: Any) -> tuple[str, str]:  # noqa: ANN401
    column, algorithm = element.clauses
    return f"lower(trim({compiler.process(column, **settings)}))", algorithm.value


@compiles(HexDigest, "sqlite")
def _sqlite(element: HexDigest, compiler: Any, **settings: Any) -> str:  # noqa: ANN401
    value, algorithm = _value(element, compiler, **settings)
    return f"privacykit_{algorithm}({value})"


@compiles(HexDigest, "postgresql")
def _postgresql(element: HexDigest, compiler: Any, **settings: Any) -> str:  # noqa: ANN401
    value, algorithm = _value(element, compiler, **settings)
    if algorithm == "md5":
        return f"md5({value})"
    if algorithm == "sha256":
        return f"encode(sha256(convert_to({value}, 'UTF8')), 'hex')"
    raise StoreError("PostgreSQL has no sha1: a request hashed so cannot be matched there")


@compiles(HexDigest, "mysql")
@compiles(HexDigest, "mariadb")
def _mariadb(element: HexDigest, compiler: Any, **settings: Any) -> str:  # noqa: ANN401
    column, algorithm = element.clauses
    inner = compiler.process(column, **settings)
    # Hashed are the bytes of UTF-8, whatever the column is stored in.
    value, algorithm = f"lower(trim(convert({inner} using utf8mb4)))", algorithm.value
    return f"sha2({value}, 256)" if algorithm == "sha256" else f"{algorithm}({value})"


def add_digests(connection: sqlite3.Connection) -> None:
    """Teach a SQLite connection the digests it has not."""
    for name in ("md5", "sha1", "sha256"):

        def digest(value: object, name: str = name) -> str | None:
            if value is None:
                return None
            # The algorithm is the requester's choice; nothing is protected by it.
            return hashlib.new(name, str(value).encode(), usedforsecurity=False).hexdigest()

        connection.create_function(f"privacykit_{name}", 1, digest, deterministic=True)
