"""Tables about duties: what is stated, tested, watched and told when something went wrong."""
