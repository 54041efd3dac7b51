"""Cookies as visitors read of them before choosing: name, whose, how long. Pure."""

from __future__ import annotations

import msgspec


class KeptCookie(msgspec.Struct, frozen=True):
    """
    A cookie, or what else is kept in a browser, as it is declared (CJEU C-673/17 *Planet49*).

    Attributes:
        name: Its name, or a glob over names.
        by: Who sets it; empty for the site itself.
        months: How long it is kept, calendar months.
        days: Days on top of the months; neither where nobody stated it.
        session: Whether it ends with the browser's session.
    """

    name: str
    by: str = ""
    months: int = 0
    days: int = 0
    session: bool = False
