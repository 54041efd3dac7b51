"""Consent as it was asked for and as it is proved: texts shown, receipts, signatures. Pure."""
