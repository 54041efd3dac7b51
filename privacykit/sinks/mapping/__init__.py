"""Mappings from an event to what a backend takes, as data: sources, shapes, targets. Pure."""
