"""Places that may hold what made-up people left: read, searched, erased."""
