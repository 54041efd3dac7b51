"""A site in a real browser: visited in three phases, its banner answered."""
