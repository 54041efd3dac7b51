"""Where personal data lives, one backend per file."""
