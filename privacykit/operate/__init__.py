"""Work of operators and of the worker: requests, retention, upkeep. Does I/O."""
