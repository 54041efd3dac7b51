"""The connector for SQL databases: SQLite, PostgreSQL, MariaDB. Does I/O."""

from privacykit.connectors.sql.connector import SqlConnector

__all__ = ["SqlConnector"]
