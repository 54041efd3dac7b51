"""Consent as the configuration tells it to those who get a receipt."""
