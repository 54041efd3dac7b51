"""
Carriers: request headers that hold a client's address, certificate or exact place. Pure.

Networks invent names faster than a list grows, so a header goes by what it is: its name has the
shape of a carrier (``Incap-Client-IP``, ``X_Forwarded_For``), or its value is an address, or a list
with one in it. What frameworks need for URLs, caches and choices never goes by its value.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from urllib.parse import unquote_to_bytes

import msgspec

from privacykit.collect.facts import HeaderShape, shape_of
from privacykit.collect.memo import Memo
from privacykit.pseudonym.addresses.address import parse
from privacykit.web.carrier_names import is_carrier
from privacykit.web.headers import Headers

FORWARDED = b"forwarded"

_KEPT_BY_NAME = re.compile(
    r"(?:sec|access-control|accept|if|content)-.*|accept|host|.*-host|origin|connection|keep-alive"
    r"|user-agent|referer|cookie|authorization|proxy-authorization|upgrade"
    r"|upgrade-insecure-requests|cache-control|pragma|range|te|trailer|transfer-encoding|expect"
    r"|date|dnt|x-requested-with"
).fullmatch
"""Headers that a browser sends or a framework reads: their values are not looked at."""
_VERSION = frozenset({"version", "ver", "release", "build", "revision", "rev"})
"""Words of a name after which ``1.2.3.4`` is four numbers, no address."""

_MAY_BE_ADDRESS = re.compile(
    rb"(?:^|[,;=]|[:\[{]\s*[\"'])[\s\"']*(\[?(?:\d{1,3}\.\d{1,3}\.|[0-9a-fA-F]{0,4}:[0-9a-fA-F.]{0,4}:))"
).finditer
_ELEMENTS = re.compile(rb"[,;\"']").split
MOST_ELEMENTS, LONGEST_ELEMENT = 8, 256
"""Elements of values in one request that nearly are addresses and are looked at, and of each how
many bytes; a value with further ones goes."""
MOST_NAMES = 64
"""Names of one request whose sequence is remembered; of more each line is looked at."""
MOST_UNSEEN = 16
"""Names in one request that were not seen before and are looked at, or nothing would bound what a
request costs; lines with further ones go. Browsers and networks send some twenty in all."""
_COMMON = (
    b"accept accept-encoding accept-language authorization cache-control cdn-loop connection"
    b" content-length content-type cookie dnt forwarded host if-modified-since if-none-match origin"
    b" pragma priority range referer sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform sec-fetch-dest"
    b" sec-fetch-mode sec-fetch-site sec-fetch-user sec-gpc te traceparent tracestate"
    b" upgrade-insecure-requests user-agent via x-forwarded-for x-forwarded-host x-forwarded-port"
    b" x-forwarded-proto x-real-ip x-request-id x-requested-with"
).split()
"""Names that are no news in a first request."""
LONGEST_NAME = 80
"""Characters of a name that is looked at; a longer one goes."""
_KEPT_OF_FORWARDED = (b"proto=", b"host=")
_GROUPS_AND_PORT = 9
_DOTS, _COLONS = 3, 2


class HeaderHandling(msgspec.Struct, frozen=True):
    """
    What becomes of header lines with certain names, in their order.

    Attributes:
        places: Where lines stand that go, the last first, each with whether it surely does; else it
            goes if its value is an address.
        shape: Where lines stand that are read; ``None`` where each line has to be looked at, since
            a name is repeated, oddly written or ``Forwarded``, or too many are new.
    """

    places: tuple[tuple[int, bool], ...] = ()
    shape: HeaderShape | None = None


EACH = HeaderHandling()
"""Each line has to be looked at."""


class Carriers:
    """
    Takes what carries addresses out of requests.

    Args:
        client: The header by which trusted proxies name the client; it goes.
        more: Names of further headers that do: those that were configured.

    Attributes:
        of: What becomes of lines, by the sequence of their names.
    """

    __slots__ = ("_client", "_more", "_watched", "of")

    def __init__(self, client: str = "X-Forwarded-For", more: Iterable[str] = ()) -> None:
        self._client = client.lower().encode("ascii", "replace")
        self._more = frozenset(_spelt(name) for name in (client, *more))
        self._watched: Memo[bytes, bool | None] = Memo(self._kind)
        for name in _COMMON:
            self._watched[name]
        # Clients send few sequences of names, and a look-up costs half of a look at each name.
        self.of: Memo[tuple[bytes, ...], HeaderHandling] = Memo(self._handling)

    def without(self, lines: Headers, handling: HeaderHandling = EACH) -> Headers:
        """
        Return *lines* without those that carry addresses, certificates or exact places.

        ``Forwarded`` (RFC 7239) keeps its ``proto`` and ``host``, which frameworks need for URLs.

        Args:
            lines: The headers of a request, names lower case.
            handling: What :attr:`of` answers for their names; :data:`EACH` where one is repeated.
        """
        if handling.shape is None:
            return self._each(lines)
        kept = lines.copy()
        look: _Look | None = None
        for at, surely in handling.places:
            if not surely:
                look = look or _Look()
                if not look.holds_address(lines[at][1]):
                    continue
            del kept[at]
        return kept

    def shape(self, headers: Collection[bytes]) -> HeaderShape:
        """Return where *headers*, lower case and no name twice, stand."""
        return shape_of(headers, self._client)

    def _each(self, lines: Headers) -> Headers:
        kinds = self._kinds(dict(lines))  # each name once, in their order
        if FORWARDED in kinds:
            lines = _reduced(lines)
            kinds[FORWARDED] = False
        holds_address = _Look().holds_address
        return [
            line
            for line in lines
            if (goes := kinds[line[0]]) is False or (goes is None and not holds_address(line[1]))
        ]

    def _kinds(self, names: Iterable[bytes]) -> dict[bytes, bool | None]:
        """Return whether headers of these *names*, each once, go; too many new ones do."""
        kinds, unseen = {}, 0
        for name in names:
            is_new = name not in self._watched
            unseen += is_new
            kinds[name] = (is_new and unseen > MOST_UNSEEN) or self._watched[name]
        return kinds

    def _handling(self, names: tuple[bytes, ...]) -> HeaderHandling:
        if sum(name not in self._watched for name in names) > MOST_UNSEEN:
            return EACH
        once = {name.lower() for name in names}
        if FORWARDED in once or len(once) < len(names) or once != set(names):
            return EACH
        kinds = [self._watched[name] for name in names]
        places = range(len(names) - 1, -1, -1)
        return HeaderHandling(
            tuple((at, bool(kinds[at])) for at in places if kinds[at] is not False),
            self.shape(names),
        )

    def _kind(self, name: bytes) -> bool | None:
        """Return whether the header *name* goes; ``None`` where its value tells."""
        if len(name) > LONGEST_NAME:
            return True
        spelt = _spelt(name.decode("latin-1"))
        if spelt in self._more or is_carrier(spelt):
            return True
        return False if _KEPT_BY_NAME(spelt) or _says_version(spelt) else None


def holds_address(value: bytes) -> bool:
    """
    Tell whether *value*, or an element of the list that it is, is an IP address.

    With or without quotes, brackets, port, zone, prefix length, percent signs or a key before it
    (``for=``, ``{"ip": "…"}``). Of
    more than :data:`MOST_ELEMENTS` that nearly are addresses, it is said without a further look.
    """
    return _Look().holds_address(value)


class _Look:
    """A look at the values of one request, which ends when it has cost enough."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MOST_ELEMENTS

    def holds_address(self, value: bytes) -> bool:
        if b"%" in value:
            value = unquote_to_bytes(value)
        # Counting is a tenth of searching; most values have neither three dots nor two colons.
        if value.count(b".") < _DOTS and value.count(b":") < _COLONS:
            return False
        if not self._left:
            return True
        for found in _MAY_BE_ADDRESS(value):
            if not self._left:
                return True
            self._left -= 1
            rest = value[found.start(1) : found.start(1) + LONGEST_ELEMENT]
            if _is_address(_ELEMENTS(rest, 1)[0]):
                return True
        return False


def _is_address(element: bytes) -> bool:
    words = [word.strip("\"'").partition("/")[0] for word in element.decode("latin-1").split()]
    return bool(words) and all(map(_spells_address, words))


def _spells_address(word: str) -> bool:
    if parse(word) is not None:
        return True
    # IPv6 with a port and no brackets: eight groups and one more.
    head, _, port = word.rpartition(":")
    return word.count(":") == _GROUPS_AND_PORT - 1 and port.isdecimal() and parse(head) is not None


def _spelt(name: str) -> str:
    return name.lower().replace("_", "-")


def _says_version(name: str) -> bool:
    return not _VERSION.isdisjoint(re.split(r"[^a-z]+", name))


def _reduced(lines: Headers) -> Headers:
    """Return *lines* with what may stay of ``Forwarded``."""
    left = [(n, _reduced_forwarded(v)) if n == FORWARDED else (n, v) for n, v in lines]
    return [line for line in left if line != (FORWARDED, b"")]


def _reduced_forwarded(value: bytes) -> bytes:
    first = value.partition(b",")[0]
    parts = [part.strip() for part in first.split(b";")]
    return b";".join(part for part in parts if part.lower().startswith(_KEPT_OF_FORWARDED))
