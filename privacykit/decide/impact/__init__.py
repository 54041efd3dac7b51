"""Impacts of a change of policies: decisions under one set beside the other's. Pure."""
