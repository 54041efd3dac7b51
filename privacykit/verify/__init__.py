"""Verification of what is claimed: each claim tested against what is stored, sent and answered."""
