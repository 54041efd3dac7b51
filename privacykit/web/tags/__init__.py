"""Tags of others in a site's pages: when they may start, and what they are told was decided."""
