"""The lists of DROP: downloaded, matched, answered, corrected. Does I/O."""
