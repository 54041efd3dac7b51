"""Tables about duties of openness: incidents."""
