"""Our own stores in people's rights: events, exports, the map of them, proofs of consent."""
