"""May this happen? One question put to the law of a place, and its answer with reasons. Pure."""
