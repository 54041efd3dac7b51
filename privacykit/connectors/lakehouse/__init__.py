"""Connectors of tables that are scanned, not looked up: Parquet, Delta, Iceberg. Do I/O."""
