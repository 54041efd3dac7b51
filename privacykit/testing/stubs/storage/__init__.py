"""Stand-ins for services that keep events."""
