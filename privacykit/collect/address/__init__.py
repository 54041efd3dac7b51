"""The client address of a request, and why it is that one. Pure."""
