"""A person's rows: found, shown, searched for. Does I/O on a connection it is lent."""
