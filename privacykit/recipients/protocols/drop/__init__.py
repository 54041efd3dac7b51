"""California's DROP: lists of hashes of people who want to be deleted. Pure."""
