"""``privacykit drop``: the lists of California's DROP, answered."""
