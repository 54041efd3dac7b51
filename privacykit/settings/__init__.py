"""The file `privacykit.toml` and what it names: policies, data map, stores. Does I/O."""
