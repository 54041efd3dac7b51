"""
Markers of cookies: which purpose was named for a cookie where it was set. Pure.

That has to be known when the browser sends the cookie, in whichever process and after whichever
restart: so a marker cookie, ``pk-for-NAME``, goes with it, for the same hosts and paths and just as
long. It holds purposes and nothing of a visitor's; being unsigned it can only deny, never allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

MARKER = b"pk-for-"
SEPARATOR = b"/"


def marked(cookies: Iterable[bytes]) -> Mapping[bytes, frozenset[bytes]]:
    """
    Return what markers among *cookies* say: purposes by cookie name, those of the markers with it.

    Args:
        cookies: Pieces of a ``Cookie`` header.
    """
    found: dict[bytes, frozenset[bytes]] = {}
    for cookie in cookies:
        marker, _, value = cookie.partition(b"=")
        marker = marker.strip()
        if marker.startswith(MARKER):
            said = frozenset(value.strip().split(SEPARATOR))
            for name in (marker, marker[len(MARKER) :]):
                found[name] = found.get(name, frozenset()) | said
    return found


def marker_of(line: bytes, purposes: Iterable[str]) -> bytes:
    """
    Return the ``Set-Cookie`` line of the marker for the cookie that *line* sets.

    Args:
        line: The value of the header; all its attributes are the marker's too.
        purposes: Those that were named for it.
    """
    pair, _, attributes = line.partition(b";")
    said = SEPARATOR.join(purpose.encode() for purpose in sorted(purposes))
    marker = MARKER + pair.partition(b"=")[0].strip() + b"=" + said
    return marker + b";" + attributes if attributes else marker
