"""Documents of an installation: what they are made of is read here. Reads files."""
