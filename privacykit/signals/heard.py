"""
The memory of what consent managers' cookies said, by digests of them. Pure.

A header is read once and then known by sixteen bytes, and so is each string in it, because other
cookies change from one request to the next. Strings, which are personal data, are in no memory;
the memory is bounded, whatever strangers send.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from urllib.parse import unquote_to_bytes

from privacykit.signals.cookie_values import LONGEST_COOKIES, are_too_many, cookie_values
from privacykit.signals.read import (
    NOTHING_HEARD,
    CookieReader,
    Heard,
    Voice,
    all_of,
    joined,
)

MOST_KNOWN = 4096
"""Headers that are remembered, and strings; each takes about two hundred bytes."""
_DIGEST_BYTES = 16


class HeardCookies:
    """
    What the cookies of consent managers say, for one site on one day.

    Args:
        readers: At least one.
        until: Unix seconds of the day's end, by which ages are told: a string that grows too old
            in the course of the day is so from its beginning.
        fold: Makes one of all masks that mean the same.
        restricts: Whether only what they refuse counts: anybody can write the link to a page.

    Attributes:
        names: The cookies that are read.
    """

    __slots__ = (
        "_fold",
        "_known",
        "_marks",
        "_old",
        "_readers",
        "_restricts",
        "_seen",
        "_until",
        "names",
    )

    def __init__(
        self,
        readers: Sequence[CookieReader],
        until: float,
        fold: Callable[[int], int],
        *,
        restricts: bool = False,
    ) -> None:
        self._restricts = restricts
        self._readers = tuple(readers)
        self.names = tuple(name for reader in readers for name in reader.names)
        self._marks = tuple(name + b"=" for name in self.names)
        self._until = until
        self._fold = fold
        self._seen: dict[bytes, tuple[int, int]] = {}
        self._known: dict[bytes, Heard] = {}
        self._old: dict[bytes, Heard] = {}

    def __repr__(self) -> str:
        return f"<HeardCookies of {len(self._known)}>"

    def join_query(self, mask: int, query: bytes) -> int:
        """
        Return *mask* with what *query*, the raw query of an address, says besides.

        Its parameters are looked at as cookies are, percent escapes decoded (RFC 3986 2.1).
        """
        return self.join(mask, _as_cookies(query))

    def join(self, mask: int, cookie: bytes) -> int:
        """
        Return *mask* with what *cookie*, a ``Cookie`` header, says besides.

        Args:
            mask: Of our own choice.
            cookie: The header.
        """
        for mark in self._marks:
            if mark in cookie:
                break
        else:
            return mask
        key = blake2b(cookie, digest_size=_DIGEST_BYTES).digest()
        seen = self._seen.get(key)
        if seen is not None and seen[0] == mask:
            return seen[1]
        found = self._fold(joined(mask, self._read(cookie)))
        if len(self._seen) >= MOST_KNOWN:
            self._seen = {}  # the strings are known still
        self._seen[key] = mask, found
        return found

    def voices(self, cookie: bytes) -> tuple[Voice, ...]:
        """Return what each in *cookie*, a ``Cookie`` header, says, by the first cookie of it."""
        if not any(mark in cookie for mark in self._marks):
            return ()
        return tuple(
            [
                Voice(
                    "address" if self._restricts else reader.kind,
                    next(n for n, v in zip(reader.names, values, strict=True) if v).decode(),
                    self._heard(place, reader, values),
                )
                for place, reader, values in self._spoken(cookie)
            ]
        )

    def voices_in_query(self, query: bytes) -> tuple[Voice, ...]:
        """Return what each in *query*, the raw query of an address, says."""
        return self.voices(_as_cookies(query))

    def _read(self, cookie: bytes) -> Heard:
        heard = [self._heard(*spoken) for spoken in self._spoken(cookie)]
        if not heard:
            return NOTHING_HEARD
        found = all_of(heard)
        return Heard(refused=found.refused, gpc=found.gpc) if self._restricts else found

    def _spoken(self, cookie: bytes) -> Iterator[tuple[int, CookieReader, list[list[bytes]]]]:
        for place, reader in enumerate(self._readers):
            values = [list(cookie_values(cookie, name)) for name in reader.names]
            if any(values):  # not just the end of another cookie's name
                yield place, reader, values

    def _heard(self, place: int, reader: CookieReader, values: list[list[bytes]]) -> Heard:
        # No value holds a semicolon, so that nothing is taken for something else.
        written = b";".join(b"%d;%b" % (len(listed), b";".join(listed)) for listed in values)
        key = blake2b(b"%d;%b" % (place, written), digest_size=_DIGEST_BYTES).digest()
        known = self._known.get(key)
        if known is None:
            known = self._old[key] if key in self._old else _careful(reader, values, self._until)
            if len(self._known) >= MOST_KNOWN // 2:
                self._old, self._known = self._known, {}
            self._known[key] = known
        return known


def _as_cookies(query: bytes) -> bytes:
    """Return the raw *query* of an address, as a ``Cookie`` header would have its parameters."""
    return unquote_to_bytes(query[:LONGEST_COOKIES]).replace(b"&", b"; ")


def _careful(reader: CookieReader, values: list[list[bytes]], until: float) -> Heard:
    """Return what *values* say; an emptied cookie voids grants, and too many refuse everything."""
    said = reader.heard(values, until)
    if any(map(are_too_many, values)):
        return Heard(refused=said.refused | reader.everything, gpc=said.gpc)
    if any(b"" in listed for listed in values):
        return Heard(refused=said.refused, gpc=said.gpc)
    return said
