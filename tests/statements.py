"""
What SQLAlchemy compiled, kept for all engines of a process. Changes how engines of tests work.

A command opens its databases anew, and a process of tests runs thousands of commands: each would
compile the same few hundred statements for its own engines.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.util import LRUCache

MOST = 2000
ALIKE = ("sqlite", "postgresql")
"""What two engines of one of these kinds compile is the same; of MariaDB's, settings decide."""


class StatementsOfAll:
    """What was compiled, by the kind of the engine's dialect instead of by the engine's own."""

    def __init__(self) -> None:
        self._kept: Any = LRUCache(MOST)

    def get(self, key: tuple[Any, ...]) -> Any:
        """Return what was compiled under *key*, ``None`` where nothing was."""
        return self._kept.get((type(key[0]), *key[1:]))

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        self._kept[type(key[0]), *key[1:]] = compiled


_OF_ALL: Any = StatementsOfAll()


@event.listens_for(Engine, "engine_connect")
def lend(connection: Connection) -> None:
    """Lend what others compiled to the engine of *connection*."""
    if connection.dialect.name in ALIKE:
        connection.engine._compiled_cache = _OF_ALL
