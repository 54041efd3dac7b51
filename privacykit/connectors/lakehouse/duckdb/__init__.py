"""Tables of a DuckDB file, as those of a lake. Does I/O."""
