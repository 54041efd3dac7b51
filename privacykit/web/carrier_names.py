"""
Names of headers that hold a client's address, certificate or exact place, by their shape. Pure.

Networks invent names faster than a list grows; the pieces between the dashes tell what each is.
"""

from __future__ import annotations

import re
from itertools import pairwise

NAMED = frozenset(
    {
        "via",
        "x-forwarded",
        "x-cluster-client",
        "x-envoy-peer-metadata",
        "x-bluecoat-via",
        "cip",
        "x-akamai-edgescape",
    }
)
"""Carriers whose names do not show it."""

_WHO = (
    "client|real|remote|forwarded|forward|proxied|proxy|connecting|connection|peer|source|src"
    "|originating|original|orig|origin|true|user|viewer|visitor|socket|cluster|external|caller"
    "|sender|requester|end|edge|cdn|nat|egress|hop|incoming|inbound|wan|public"
)
_ADDRESS = r"(?:ip(?:v?[46])?|addr(?:ess)?)(?:e?s)?"
_PIECE = re.compile(
    rf"x?(?P<who>(?:{_WHO})*)"
    rf"(?:(?P<ip>ip(?:v?[46])?s?(?:{_ADDRESS})?\d*)|(?P<address>(?:{_ADDRESS})+\d*|for)"
    r"|(?P<certificate>certs?|certificates?))?"
).fullmatch
_PIECES = re.compile(r"[a-z0-9]+").findall
_MAY_BE_CARRIER = re.compile(
    r"ip|addr|for|host|cert|dn|s[sa][ln]|tls|subject|issuer|serial|fingerprint"
    r"|lat|lon|lng|coord|geo|city|post|zip|metro|dma"
).search
"""What is in every name that is a carrier's, for the quickest no."""
_NAMES_DIRECTLY = frozenset({"dn", "sdn"})
_DISTINGUISHED = frozenset({"dn", "sdn", "subject", "issuer", "serial", "fingerprint", "san"})
_TLS = frozenset({"ssl", "tls", "mtls"})
_HOST_OF = frozenset({"remote", "client", "peer", "viewer", "visitor"})
_COARSE = frozenset(
    {
        "country", "countrycode", "continent", "region", "regioncode", "subdivision", "version",
        "proto", "protocol", "scheme", "asn",
    }
)  # fmt: skip
"""At the end of a name they say that it holds something about the address, none itself."""

_IS_EXACT_PLACE = re.compile(
    r"(?:ip|geo|geoip|city|user|client|viewer)?"
    r"(?:latitude|longitude|latlong|latlng|latlon|lat|lon|lng|long|coordinates?|geolocation|city"
    r"|cityname|postal|postalcode|postcode|zip|zipcode|metro|metrocode|dma)"
).fullmatch
_WHOLE_PLACE = frozenset({"geo", "geoip", "geodata", "geoinfo", "geojson"})
"""At the end of a name they say that it holds all that an edge knows of the place."""
_OF_EDGES = re.compile(
    f"x|code|name|country|region|geo|geoip|ip|cf|cloudfront|vercel|appengine|fastly|akamai|azure|bunny"
    f"|netlify|nf|fly|gcp|aws|maxmind|location|request|{_WHO}"
).fullmatch

MOST_PIECES = 8
"""Pieces between the dashes of a name that is looked at; one with more goes."""


def is_carrier(name: str) -> bool:
    """
    Tell whether a header called *name* holds an address, a certificate or an exact place.

    Args:
        name: The name, lower case, with dashes.
    """
    if name in NAMED:
        return True
    pieces = _PIECES(name)
    if not _MAY_BE_CARRIER("".join(pieces)):
        return False
    return len(pieces) > MOST_PIECES or _names_client(pieces) or _names_place(pieces)


def _names_client(pieces: list[str]) -> bool:
    """Tell whether it is the address or the certificate of whoever sent the request."""
    if not _TLS.isdisjoint(pieces) and not _DISTINGUISHED.isdisjoint(pieces):
        return True
    if "client" in pieces and not _NAMES_DIRECTLY.isdisjoint(pieces):
        return True
    found = [match for piece in pieces if (match := _PIECE(piece))]
    what = {match.lastgroup for match in found}
    about = any(match["who"] and match.lastgroup == "who" for match in found)
    if any(match["certificate"] and (about or match["who"]) for match in found):
        return True
    if pieces[-1] in _COARSE:
        return False
    if "ip" in what or (pieces[-1] == "host" and not _HOST_OF.isdisjoint(pieces)):
        return True
    return any(match["address"] and (about or match["who"]) for match in found)


def _names_place(pieces: list[str]) -> bool:
    exact = {piece for piece in pieces if _IS_EXACT_PLACE(piece)}
    for pair in pairwise(pieces):
        if _IS_EXACT_PLACE("".join(pair)):
            exact.update(pair)
    if not exact and pieces[-1] not in _WHOLE_PLACE:
        return False
    # With a word of the application's own (X-Shop-City) it is the application's.
    return all(piece in exact or piece in _WHOLE_PLACE or _OF_EDGES(piece) for piece in pieces)
