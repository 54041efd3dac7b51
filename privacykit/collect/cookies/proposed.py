"""Proposed rules for cookies: a purpose for each that a project sets. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

NECESSARY = "necessary"
STATISTICS = "statistics"
ADVERTISING = "advertising"

_BY_NAME: Mapping[str, tuple[str, ...]] = {
    STATISTICS: (
        "_ga*", "_gid", "_gat*", "__utm*", "_pk_*", "mtm_*", "_hj*", "ph_*", "mp_*", "ajs_*",
        "amp_*", "amplitude_*", "_clck", "_clsk", "plausible_*", "_sp_id*", "_sp_ses*",
    ),
    ADVERTISING: (
        "_fbp", "_fbc", "_gcl_*", "_gac_*", "_uet*", "_tt*", "_ttp", "_pin_unauth", "_scid*",
        "li_fat_id", "_rdt_uuid", "hubspotutk", "__hs*",
    ),
    NECESSARY: (
        "*sess*", "sid", "*_sid", "*csrf*", "*xsrf*", "*auth*", "*token*", "*login*", "*remember*",
        "*basket*", "*cart*", "*checkout*", "*consent*", "lang", "language", "*locale*",
        "*language*", "theme", "messages", "*flash*", "ds_*", "*jwt*",
    ),
}  # fmt: skip
"""
By what cookies are called. Necessary is what a visitor asked for: to stay signed in, to keep a
basket, to be safe from forged forms (Art. 29 Working Party, Opinion 04/2012). First match counts.
"""


def purpose_of(name: str) -> str | None:
    """
    Return the purpose that a cookie's *name* speaks for, ``None`` where it says nothing.

    It is a guess that somebody has to read: a name promises, and code keeps or not.
    """
    lower = name.lower()
    for purpose, globs in _BY_NAME.items():
        if any(fnmatchcase(lower, glob) for glob in globs):
            return purpose
    return None
