"""Expressions of the kinds of reports that count visits, events and steps."""
