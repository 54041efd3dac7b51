"""The ports of flow 2: what it asks of a place that holds personal data. Pure."""
