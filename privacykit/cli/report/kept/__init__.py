"""Figures that outlive the events of our own store: kept before they go, and shown afterwards."""
