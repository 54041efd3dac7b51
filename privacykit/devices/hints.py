"""
Parse the three low-entropy client hints of Chromium browsers (User-Agent Client Hints). Pure.

``Sec-CH-UA`` is a structured list of brands with major versions, one of them made up on purpose;
``-Mobile`` is ``?1`` or ``?0``; ``-Platform`` a quoted name. What is malformed says nothing.
"""

from __future__ import annotations

import re

import msgspec

from privacykit.devices.families import BRANDS, PLATFORMS

_BRAND = re.compile(r'"([^"\\]{1,40})";v="(\d{1,4})"')


class Hints(msgspec.Struct, frozen=True):
    """
    What the hints say, in our words; empty where they say nothing.

    Attributes:
        browser: Family from the closed list.
        major: Its major version, digits.
        system: System from the closed list.
        mobile: Whether the browser prefers a mobile page; ``None`` when it does not say.
    """

    browser: str = ""
    major: str = ""
    system: str = ""
    mobile: bool | None = None

    def sort(self, guess: str, system: str) -> str:
        """Return the class of device, given the user agent's *guess* and *system*."""
        if self.mobile and guess in {"desktop", "other"}:
            return "mobile"
        if self.mobile is False and guess == "other":
            tablet = "Android" in {self.system, system}
            return "tablet" if tablet else "desktop"
        return guess


def parse_hints(raw: tuple[bytes, ...] | None) -> Hints | None:
    """
    Return what *raw* says.

    Args:
        raw: Values of ``Sec-CH-UA``, ``Sec-CH-UA-Mobile``, ``Sec-CH-UA-Platform``; shorter is fine.

    Returns:
        ``None`` when they say nothing, or nothing that is well-formed.
    """
    if raw is None:
        return None
    brands, mobile, platform = (*raw, b"", b"", b"")[:3]
    browser, major = _brand(brands)
    hints = Hints(
        browser,
        major,
        PLATFORMS.get(platform.decode("latin-1").strip('"'), ""),
        {b"?1": True, b"?0": False}.get(mobile),
    )
    return None if hints == Hints() else hints


def _brand(raw: bytes) -> tuple[str, str]:
    for name, major in _BRAND.findall(raw.decode("latin-1")):
        if name in BRANDS:
            return BRANDS[name], major
    return "", ""
