"""Consent receipts on the pages: offered to whoever holds the grant cookie, and to nobody else."""
