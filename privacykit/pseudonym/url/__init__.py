"""URLs, paths and referrers without persons and credentials. Pure."""
