"""Pipelines, which take events and hand them on to places of their own, one a file. Pure."""
