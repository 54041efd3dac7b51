"""Readers of cookies: TCF, GPP, US Privacy, and banners by category. Pure."""
