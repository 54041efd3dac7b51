"""
The canary: markers that go in wherever a visitor can put something, and the search for them. Pure.

P1 says that nothing finer than the policy allows comes out of what privacykit writes or sends.
Hatch a canary, let it visit, and search every byte that came out, in every spelling we can think
of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from urllib.parse import quote

from privacykit.connectors.spellings import FOLDED, spellings_of, spellings_of_address

_ALPHABET = "bcdfghjkmnpqrstvwxz"
"""Letters that make no words: a marker is found nowhere by chance."""


@dataclass(frozen=True, slots=True)
class CanaryFinding:
    """
    A marker found where it must not be.

    Attributes:
        what: Which marker, e.g. ``ipv4``.
        how: In which spelling.
        where: In which file or output.
    """

    what: str
    how: str
    where: str = ""


def _marker(seed: str, what: str) -> str:
    digest = sha256(f"{seed}/{what}".encode()).digest()
    word = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:14])
    return f"{word[:5]}7{word[5:9]}42{word[9:]}" if what == "token" else word


@dataclass(frozen=True, slots=True)
class Canary:
    """
    One visitor made of markers; make it with :meth:`hatch`.

    Attributes:
        ipv4: Its address.
        ipv6: Its other address, inside a subnet of its own.
        words: A word for each place a visitor can write to.
        secrets: Bytes that must not come out either: salts, keys.
    """

    ipv4: IPv4Address
    ipv6: IPv6Address
    words: Mapping[str, str]
    secrets: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @classmethod
    def hatch(cls, ipv4: str, ipv6: str, *, seed: str = "canary") -> Canary:
        """
        Return a canary.

        Args:
            ipv4: An address whose last byte is not zero.
            ipv6: An address whose fourth group is none of its neighbours', e.g. a /64 of its own.
            seed: Another one makes other words.
        """
        places = ("agent", "email", "token", "referrer", "cookie", "user", "form", "path", "query")
        words = {place: _marker(seed, place) for place in places}
        return cls(IPv4Address(ipv4), IPv6Address(ipv6), words)

    def keeping(self, **secrets: bytes) -> Canary:
        """Return the same canary, which looks for *secrets* too."""
        return Canary(self.ipv4, self.ipv6, self.words, {**self.secrets, **secrets})

    @property
    def email(self) -> str:
        """An e-mail address of the visitor's."""
        return f"{self.words['email']}@mail.example"

    @property
    def user_agent(self) -> str:
        """The visitor's browser: a known one, and a word."""
        version = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
        return f"{version} {self.words['agent']}/7.7"

    def path(self, *before: str) -> str:
        """
        Return the path of a page below *before*, with a word, an e-mail address, and a query.

        A word looks like part of the site: only a route template keeps it out of access logs.
        """
        words = self.words
        parts = "/".join(["", *before, words["path"], self.email])
        query = f"?q={words['query']}&mail={quote(self.email)}&token={words['token']}&gclid=1"
        return parts + query

    def headers(self, *, ipv6: bool = False) -> list[tuple[str, str]]:
        """
        Return what its browser and a proxy in front of us send; every forwarding header there is.

        Args:
            ipv6: Which of its addresses it comes from.
        """
        address = str(self.ipv6 if ipv6 else self.ipv4)
        bracketed = f'"[{address}]:4711"' if ipv6 else address
        word = self.words
        return [
            ("x-forwarded-for", address),
            ("forwarded", f"for={bracketed};proto=https;host=shop.example"),
            *(
                (name, address)
                for name in (
                    "x-real-ip",
                    "true-client-ip",
                    "cf-connecting-ip",
                    "fastly-client-ip",
                    "x-client-ip",
                    "x-cluster-client-ip",
                )
            ),
            ("user-agent", self.user_agent),
            ("referer", f"https://elsewhere.example/{word['referrer']}?mail={self.email}"),
            ("cookie", f"session={word['cookie']}; _ga={word['cookie']}; {word['cookie']}=1"),
            ("authorization", f"Bearer {word['token']}"),
            ("x-token", word["token"]),
        ]

    def search(self, haystack: bytes | str, where: str = "") -> list[CanaryFinding]:
        """Return every marker in *haystack*, in whichever spelling."""
        raw = haystack.encode("utf-8", "surrogateescape") if isinstance(haystack, str) else haystack
        lower = raw.lower()
        return [
            CanaryFinding(what, how, where)
            for what, how, needle in self.needles()
            if needle in (lower if how in FOLDED else raw)
        ]

    def search_files(
        self, folder: str | Path, *, skip: Sequence[str] = ("*.mmdb", "privacykit.keys")
    ) -> list[CanaryFinding]:
        """
        Search every file below *folder*: databases, their logs and journals, archives, logs.

        Args:
            folder: Where to look.
            skip: Patterns of file names that are not outputs: databases and keys that were put in.
        """
        found: list[CanaryFinding] = []
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file() and not any(path.match(pattern) for pattern in skip):
                found += self.search(path.read_bytes(), str(path.relative_to(folder)))
        return found

    def needles(self) -> Iterator[tuple[str, str, bytes]]:
        """Yield which marker, which spelling, and the bytes to look for."""
        for what, word in self.words.items():
            for how, needle in spellings_of(word.encode()):
                yield what, how, needle
        for address in (self.ipv4, self.ipv6):
            for how, needle in spellings_of_address(address):
                yield f"ipv{address.version}", how, needle
        for what, secret in self.secrets.items():
            for how, needle in (*spellings_of(secret), ("raw", secret)):
                yield what, how, needle
