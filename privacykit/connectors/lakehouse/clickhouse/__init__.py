"""Tables of a database of ClickHouse, as those of a lake. Does I/O."""
