"""Sources of events: our own store, and files of any origin."""
