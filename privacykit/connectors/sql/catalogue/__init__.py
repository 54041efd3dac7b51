"""The database's own catalogue: what is there, what points at what, what is enforced."""
