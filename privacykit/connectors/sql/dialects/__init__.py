"""Dialects: what one database says otherwise than the others. Does I/O."""
