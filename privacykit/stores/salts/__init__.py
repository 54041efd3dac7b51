"""The salt store: rotating salts and the proof that they are gone. Does I/O."""
