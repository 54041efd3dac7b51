"""Consent records as operators read, seal and prove them. Does I/O."""
