"""Consent records as they are stored, chained, read and counted. Does I/O."""
