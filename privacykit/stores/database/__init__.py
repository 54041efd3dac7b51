"""Database parts of every SQL store: engines, versions, bulk writes, leases. Does I/O."""
