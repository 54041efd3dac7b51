"""Flow 2: what we hold, released or removed. Pure."""
