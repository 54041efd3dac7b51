"""Where an address is, from a file of the user's."""
