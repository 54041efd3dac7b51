"""Connectors of tables that are scanned, not looked up: Parquet, Delta, Iceberg, DuckDB. Do I/O."""
