"""Kinds of sinks that keep events: objects and files, DuckDB, ClickHouse."""
