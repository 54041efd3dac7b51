"""The connector for directories of JSON lines, CSV and Parquet files. Does I/O."""

from privacykit.connectors.files.connector import FilesConnector

__all__ = ["FilesConnector"]
