"""Iceberg tables as the tables of a lake. Does I/O through `pyiceberg`."""
