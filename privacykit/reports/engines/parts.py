"""
SQL of a question, each part of it written once: Ibis writes a part where it is used. Pure.

A funnel cuts visits to count them and to look through them. Written twice, they are cut twice:
DuckDB and PostgreSQL find what is alike only where it has a name (SQL: ``WITH``).
"""

from __future__ import annotations

from typing import Any


def writing_parts_once(compiler: Any) -> Any:
    """
    Return what writes the SQL that *compiler* of Ibis writes, each part of it once.

    Raises:
        ImportError: The extra ``reports`` is not installed.
    """
    from sqlglot.optimizer.eliminate_subqueries import eliminate_subqueries

    class PartsOnce(type(compiler)):  # type: ignore[misc]
        """Has what the compiler has, and names what it nests."""

        __slots__ = ()

        def to_sqlglot(self, *args: Any, **kwargs: Any) -> Any:
            return eliminate_subqueries(super().to_sqlglot(*args, **kwargs))

    return PartsOnce()
