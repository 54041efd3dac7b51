"""What the visitor said. Pure."""
