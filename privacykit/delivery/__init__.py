"""Events on their way: the outbox writer, and the courier that is the last gate. Does I/O."""
