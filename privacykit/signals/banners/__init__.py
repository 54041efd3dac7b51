"""Cookies of other banners, one file each. Pure; each is as good as an unsigned cookie."""
