"""
Place from headers that a content delivery network sets in front of the application. Pure.

Whether a header may be believed is the caller's decision: only from a trusted peer, otherwise any
visitor chooses the law that applies to him. Headers that say where the *server* is
(``Fly-Region``) are not places of visitors and are not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from privacykit.geo.records import normalise
from privacykit.policy.place import UNKNOWN

LONGEST_VALUE = 64


@dataclass(frozen=True, slots=True)
class EdgeHeaders:
    """
    The headers one network sends, lower case.

    Attributes:
        country: Header with the ISO 3166-1 alpha-2 code.
        region: Header with the subdivision's code or name; empty when the network sends none.
    """

    country: bytes
    region: bytes = b""


EDGES: Mapping[str, EdgeHeaders] = {
    "appengine": EdgeHeaders(b"x-appengine-country", b"x-appengine-region"),
    "bunny": EdgeHeaders(b"cdn-requestcountrycode", b"cdn-requeststatecode"),
    "cloudflare": EdgeHeaders(b"cf-ipcountry", b"cf-region-code"),
    "cloudfront": EdgeHeaders(b"cloudfront-viewer-country", b"cloudfront-viewer-country-region"),
    "fastly": EdgeHeaders(b"fastly-geo-country-code", b"fastly-geo-region"),
    "vercel": EdgeHeaders(b"x-vercel-ip-country", b"x-vercel-ip-country-region"),
}
"""
Names for ``[geo] edge``.

``cloudflare`` sends the region when *Add visitor location headers* is on, ``cloudfront`` what the
origin request policy lists, ``fastly`` what a VCL snippet sets under these conventional names
(``client.geo.country_code``, ``client.geo.region``).
"""


def place_from_headers(headers: Mapping[bytes, bytes | None], edge: EdgeHeaders) -> str | None:
    """
    Return the place that the edge's headers name.

    Args:
        headers: Lower-case names to values, from a peer the caller trusts.
        edge: Which headers to read; one of :data:`EDGES` or the user's own.

    Returns:
        ``None`` when the country header is absent, so that the caller may ask a database.
        ``"ZZ"`` when it is there but says *unknown* (``XX``), *Tor* (``T1``) or nothing sensible:
        the edge saw the visitor and could not place him, so nothing else may.
    """
    country = headers.get(edge.country)
    if country is None:
        return None
    region = (headers.get(edge.region) if edge.region else None) or b""
    if len(country) > LONGEST_VALUE or len(region) > LONGEST_VALUE:
        return UNKNOWN
    return normalise(country.decode("latin-1"), region.decode("latin-1"))
