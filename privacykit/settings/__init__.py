"""From privacykit.toml to a Runtime: the only place that knows all edges."""
