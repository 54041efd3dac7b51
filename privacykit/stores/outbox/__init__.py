"""The outbox in a database: events acknowledged and not yet settled. Does I/O."""
