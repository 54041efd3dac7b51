"""Contracts of sinks: of every one, of those over HTTP, of brokers, of mappings."""
