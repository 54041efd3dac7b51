"""Places of addresses, from a file of the user's."""
