"""Clients of protocols: parties that we call, bounded and believed no further than signed."""
