"""
Values of PostgreSQL that the driver does not read as the server compares them. Does I/O.

- ``infinity``, years before Christ or after 9999, and 24 o'clock are no dates of Python's, and
  somebody's data like any other: a row that could not be read could be neither given out nor
  erased. They are read as the server writes them.
- The blanks that fill up a ``char(n)`` say nothing, and are gone wherever one is cast to text.
"""

from __future__ import annotations

from functools import cache
from typing import Any

DATES = ("date", "time", "timetz", "timestamp", "timestamptz", "interval")


def read_as_compared(connection: Any) -> None:  # noqa: ANN401 - the driver's own
    """Have *connection* answer with text where a date is none of Python's, and without blanks."""
    for name in DATES:
        kind = connection.adapters.types[name]
        connection.adapters.register_loader(kind.oid, _lenient(kind.oid))
    connection.adapters.register_loader("bpchar", _unpadded())


@cache
def _lenient(oid: int) -> Any:  # noqa: ANN401 - a class of the driver's
    from psycopg import DataError, adapters
    from psycopg.adapt import Loader
    from psycopg.pq import Format

    plain: Any = adapters.get_loader(oid, Format.TEXT)

    class Lenient(Loader):
        """Reads what the driver's own loader reads, and what it does not as text."""

        def __init__(self, oid: int, context: Any = None) -> None:  # noqa: ANN401
            super().__init__(oid, context)
            self._plain = plain(oid, context)

        def load(self, data: Any) -> Any:  # noqa: ANN401 - what the type holds
            try:
                return self._plain.load(data)
            except DataError:
                return bytes(data).decode()

    return Lenient


@cache
def _unpadded() -> Any:  # noqa: ANN401 - a class of the driver's
    from psycopg.types.string import TextLoader

    class Unpadded(TextLoader):
        """Reads a ``char(n)`` without the blanks at its end."""

        def load(self, data: Any) -> Any:  # noqa: ANN401 - text, or bytes where it has no encoding
            read: Any = super().load(data)
            return read.rstrip(" ") if isinstance(read, str) else read.rstrip(b" ")

    return Unpadded
