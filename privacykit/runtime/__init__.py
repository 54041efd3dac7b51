"""The process that serves: built from settings, refreshed, measured. Does I/O."""
