"""A site looked at from outside, as browsers see it: scanned, and held to its claims."""
