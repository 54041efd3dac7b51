"""Connectors to where personal data lives, one kind of store in each room."""
