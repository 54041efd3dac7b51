"""A small shop, wrapped, and the traffic that tries it."""
