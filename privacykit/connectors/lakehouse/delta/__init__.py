"""Delta tables as the tables of a lake. Does I/O through `deltalake`."""
