"""The site in containers."""
