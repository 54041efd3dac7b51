"""The event store: the periods that events live in. Does I/O."""
