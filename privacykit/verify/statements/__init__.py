"""Statements of a database's log, held against what roles may read. Pure."""
