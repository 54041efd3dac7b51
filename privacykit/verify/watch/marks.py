"""
Marks: words and addresses of one made-up person, and the search for them in bytes. Pure.

A mark is made anew for each person and run, so that what is found says whose visit left it there
and when. The words are letters that make no word of any language, and are found nowhere by chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

from privacykit.connectors.spellings import FOLDED, spellings_of, spellings_of_address

_ALPHABET = "bcdfghjkmnpqrstvwxz"
_LENGTH = 14
PLACES = ("agent", "query", "mail", "referrer", "cookie", "path")
"""Where a visitor puts a word."""

NO_LANGUAGE = "zxx"
"""The language of no linguistic content (ISO 639-2): no browser of anybody asks for it."""
HOME = "canary.example"
"""The host that made-up people come from, which is nobody's (RFC 2606)."""
FIRST_VERSION, PEOPLE_AT_MOST, VERSIONS = 900, 8, 96
"""Versions of Firefox that nobody will have for decades: each person of a run has one."""


class MarkFound(NamedTuple):
    """
    A mark that was found.

    Attributes:
        mark: Which: ``address``, ``query``, …
        spelling: How it was spelled.
    """

    mark: str
    spelling: str


class WatchMarks:
    """
    The marks of one person in one run.

    Args:
        seed: Random bytes of this run and person.
        version: The browser's version.
        address: The address that proxies are told.

    Attributes:
        words: A word for each of :data:`PLACES`.
        browser: What events say of the browser.
    """

    def __init__(self, seed: bytes, version: int, address: str) -> None:
        self.words: Mapping[str, str] = {place: _word(seed, place) for place in PLACES}
        self._version = version
        self.address: IPv4Address | IPv6Address = ip_address(address)
        self.browser = f"Firefox {version}"
        self._folded: list[tuple[str, str, bytes]] = []
        self._exact: list[tuple[str, str, bytes]] = []
        for what, how, needle in self._needles():
            (self._folded if how in FOLDED else self._exact).append((what, how, needle))

    def __repr__(self) -> str:
        return "<WatchMarks>"

    @property
    def user_agent(self) -> str:
        """What the browser calls itself, with a word in it."""
        version = self._version
        start = f"Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101"
        return f"{start} Firefox/{version}.0 {self.words['agent']}/7.7"

    @property
    def email(self) -> str:
        """An e-mail address in a domain that is nobody's (RFC 2606)."""
        return f"{self.words['mail']}@{HOME}"

    @property
    def query(self) -> str:
        """The query of each page."""
        return f"q={self.words['query']}&email={self.email.replace('@', '%40')}"

    @property
    def referrer(self) -> str:
        """Where each visit comes from."""
        return f"https://{HOME}/{self.words['referrer']}?to={self.email}"

    def search(self, raw: bytes) -> list[MarkFound]:
        """Return each mark in *raw* once, in the first spelling that is found."""
        lower = raw.lower()
        found: dict[str, MarkFound] = {}
        for haystack, needles in ((lower, self._folded), (raw, self._exact)):
            for what, how, needle in needles:
                if what not in found and needle in haystack:
                    found[what] = MarkFound(what, how)
        return sorted(found.values())

    def _needles(self) -> Iterator[tuple[str, str, bytes]]:
        for place, word in self.words.items():
            for how, needle in spellings_of(word.encode()):
                yield place, how, needle
        for how, needle in spellings_of_address(self.address):
            if how not in {"number", "packed", "hex"}:
                # Few bytes are found by chance in a database of millions of rows.
                yield "address", how, needle


def _word(seed: bytes, place: str) -> str:
    digest = sha256(seed + place.encode()).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:_LENGTH])
