"""What flow 1 reads of one HTTP request, once, at the border. Pure."""

from __future__ import annotations

import msgspec


class Facts(msgspec.Struct, frozen=True, gc=False):
    """
    The parts of a request that flow 1 uses; whatever else came in stays outside.

    It never prints: it holds the raw peer, user agent, referrer and query.

    Attributes:
        now: Unix seconds at which the request came in.
        peer: Address text of the socket's peer, ``None`` for a unix socket.
        headers: Header names (lower case) to values; repeated lines joined as RFC 9110 §5.3 says,
            cookies by ``; ``.
        query: The raw query string.
        cookie: The ``Cookie`` header, empty when there is none.
    """

    now: float
    peer: str | None
    headers: dict[bytes, bytes]
    query: bytes
    cookie: bytes = b""

    def __repr__(self) -> str:
        return "<Facts>"
