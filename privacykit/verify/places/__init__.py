"""Places that hold data, read row by row in constant memory. Does I/O."""
