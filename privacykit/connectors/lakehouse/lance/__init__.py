"""Lance datasets, as LanceDB keeps them, as the tables of a lake. Does I/O through `lance`."""
