"""Engines that answer reports: each opens a connection of Ibis, in a file of its own."""
