"""OpenDSR 2.0: a processor and a controller speak about one request. Pure."""
