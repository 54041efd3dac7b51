"""Applications that show privacykit at work."""
