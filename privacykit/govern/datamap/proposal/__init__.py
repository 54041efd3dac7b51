"""Proposal of a data map from a schema: what a scan writes, and why it leaves a table out."""
