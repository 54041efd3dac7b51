"""Header rules of the edge: what carries addresses, what caches must know. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from privacykit.collect.memo import Memo

Headers = list[tuple[bytes, bytes]]

ADDRESS_CARRIERS = frozenset(
    (
        b"x-forwarded-for",
        b"x-original-forwarded-for",
        b"x-forwarded",
        b"forwarded-for",
        b"x-real-ip",
        b"x-client-ip",
        b"x-cluster-client-ip",
        b"x-originating-ip",
        b"x-remote-ip",
        b"x-remote-addr",
        b"client-ip",
        b"true-client-ip",
        b"cf-connecting-ip",
        b"cf-connecting-ipv6",
        b"cf-pseudo-ipv4",
        b"fly-client-ip",
        b"fastly-client-ip",
        b"do-connecting-ip",
        b"x-azure-clientip",
        b"x-azure-socketip",
        b"x-appengine-user-ip",
        b"x-envoy-external-address",
        b"x-nf-client-connection-ip",
        b"x-vercel-forwarded-for",
        b"x-vercel-proxied-for",
        b"cloudfront-viewer-address",
        b"x-sucuri-clientip",
        b"ali-cdn-real-ip",
        b"cdn-src-ip",
        b"wl-proxy-client-ip",
        b"proxy-client-ip",
        b"via",
        b"forwarded",
    )
)
"""Headers that name a client or the hops before it; nothing else is taken from the application."""

FORWARDED = b"forwarded"
_KEPT_OF_FORWARDED = (b"proto=", b"host=")


def joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return *headers* as a dictionary, repeated lines joined (RFC 9110 §5.3; cookies by ``;``)."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in found:
            found[name] += (b"; " if name == b"cookie" else b", ") + value
        else:
            found[name] = value
    return found


class Carriers:
    """
    Takes what carries addresses out of requests.

    Args:
        more: Names of further headers that do, lower case: the one that was configured.

    Attributes:
        names: All of them.
    """

    __slots__ = ("_places", "names")

    def __init__(self, *more: bytes) -> None:
        names = self.names = ADDRESS_CARRIERS.union(more)

        def places(found: tuple[bytes, ...]) -> tuple[int, ...] | None:
            if FORWARDED in found:
                return None
            return tuple(at for at in reversed(range(len(found))) if found[at] in names)

        # Clients send few sequences of names, and a look-up costs half of a look at each name.
        self._places: Memo[tuple[bytes, ...], tuple[int, ...] | None] = Memo(places, 2048)

    def without(self, lines: Headers, names: tuple[bytes, ...] | None = None) -> Headers:
        """
        Return *lines* without those that carry addresses.

        ``Forwarded`` (RFC 7239) keeps its ``proto`` and ``host``, which frameworks need for URLs.

        Args:
            lines: The headers of a request.
            names: Their names in order, if none of them is repeated.
        """
        places = None if names is None else self._places[names]
        if places is not None:
            kept = [*lines]
            for at in places:
                del kept[at]
            return kept
        kept = [pair for pair in lines if pair[0] not in self.names]
        reduced = [(name, _reduced_forwarded(value)) for name, value in lines if name == FORWARDED]
        return kept + [pair for pair in reduced if pair[1]]


def _reduced_forwarded(value: bytes) -> bytes:
    first = value.partition(b",")[0]
    parts = [part.strip() for part in first.split(b";")]
    return b";".join(part for part in parts if part.lower().startswith(_KEPT_OF_FORWARDED))


def private(headers: Headers) -> Headers:
    """Return response *headers* that no shared cache may keep (RFC 9111 §5.2.2.7)."""
    kept = [pair for pair in headers if pair[0].lower() != b"cache-control"]
    directives = [
        directive.strip()
        for name, value in headers
        if name.lower() == b"cache-control"
        for directive in value.split(b",")
        if directive.strip()
        and not directive.strip().lower().startswith((b"public", b"s-maxage", b"private"))
    ]
    if b"no-store" not in directives:
        directives.insert(0, b"private")
    return [*kept, (b"cache-control", b", ".join(directives))]


def varying(headers: Headers, names: tuple[bytes, ...]) -> Headers:
    """Return response *headers* whose ``Vary`` names *names* too."""
    present = b", ".join(value for name, value in headers if name.lower() == b"vary")
    if present.strip() == b"*":
        return headers
    have = {name.strip().lower() for name in present.split(b",")}
    missing = [name for name in names if name.lower() not in have]
    if not missing:
        return headers
    kept = [pair for pair in headers if pair[0].lower() != b"vary"]
    return [*kept, (b"vary", b", ".join([present, *missing] if present else missing))]
