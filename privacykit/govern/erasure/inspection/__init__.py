"""The inspection of a data map against what a dataset holds: fields, rows, people."""
