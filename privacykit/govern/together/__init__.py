"""One pass over a scanned store for the requests of many people. Pure."""
