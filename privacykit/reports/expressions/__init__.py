"""Expressions over the report table, the same for every engine: built with Ibis, run elsewhere."""
