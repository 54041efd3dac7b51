"""A shop's events for the walk through the reports, of nobody."""
