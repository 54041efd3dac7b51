"""Requests of many people, carried out together where a store is scanned."""
