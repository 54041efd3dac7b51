"""Flow 1: request to event. Pure."""
