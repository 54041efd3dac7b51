"""Our own stores, one kind per file."""
