"""Bits: how the consent strings of the IAB are packed, read without expanding anything. Pure."""
