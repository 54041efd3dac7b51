"""Devices, as user agents name them."""
