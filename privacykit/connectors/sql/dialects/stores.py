"""Purging by the ways of each kind of database: SQLite, PostgreSQL, MariaDB."""

from __future__ import annotations

from collections.abc import Mapping

from privacykit.connectors.sql.dialects import purge_mariadb, purge_postgresql, purge_sqlite
from privacykit.connectors.sql.dialects.partitions import Store

STORES: Mapping[str, Store] = {
    "sqlite": purge_sqlite.STORE,
    "postgresql": purge_postgresql.STORE,
    "mysql": purge_mariadb.STORE,
    "mariadb": purge_mariadb.STORE,
}
