"""
Take persons and credentials out of URLs: host, query, and URLs inside queries. Pure.

Gone in every case: user and password, fragment, path parameters (``;jsessionid=``), parameters
that are not on the allow-list, values under sensitive names, tokens and numbers in paths. What
cannot be parsed becomes the empty string, never itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from privacykit.pseudonym.texts.decoding import decode
from privacykit.pseudonym.texts.detectors import find, mask
from privacykit.pseudonym.texts.names import is_name
from privacykit.pseudonym.texts.sensitive import is_sensitive
from privacykit.pseudonym.url.paths import scrub_path

LONGEST_URL = 4096
LONGEST_QUERY = 2048
MOST_PARAMETERS = 40
LONGEST_VALUE = 200
NESTING = 3
"""How deep URLs inside parameters of URLs are followed; deeper ones are dropped."""
SCHEMES = frozenset({"http", "https", "android-app"})

_HOST = re.compile(
    r"[a-z0-9_](?:[a-z0-9_-]{0,62}[a-z0-9])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62}[a-z0-9])?)*"
)
_LONGEST_HOST = 253
SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "ne", "net", "or", "org"})
"""Labels that stand before a country's domain where names are registered below them."""
_SPREAD_ADDRESS = re.compile(
    r"(?:.*\.)?(?:(?:\d{1,3}\.){2,}\d{1,3}|(?:[0-9a-f]\.){7,}[0-9a-f])(?=\.|\Z)"
)
"""Labels of a host that are an address, or three parts of one and more (``10.0.0.7.nip.io``)."""
_PORT = re.compile(r"\d{0,5}")
_PARTED = re.compile(r"&(?:amp;|#0{0,2}38;|#x0{0,2}26;)?|;", re.IGNORECASE)
_ENCODED_EQUALS = re.compile("%3d", re.IGNORECASE)


class Parts(NamedTuple):
    """
    A URL taken apart, without user, password and fragment.

    Attributes:
        scheme: In lower case; empty for a URL without a host.
        host: In lower case, fit to be kept; empty for a URL without a host.
        port: With its colon; empty when it is the scheme's own.
        path: As it came.
        query: As it came.
    """

    scheme: str
    host: str
    port: str
    path: str
    query: str

    def __repr__(self) -> str:
        return "<Parts>"

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://{self.host}{self.port}" if self.host else ""


def split(url: str) -> Parts | None:
    """Return the parts of *url*, ``None`` for what is no web address of a named host."""
    url = url.strip()
    if "://" not in url[:16] and "%3a" in url[:32].lower():
        url = decode(url) or ""
    if len(url) > LONGEST_URL:
        # Only the host is certain to be whole.
        url = re.split(r"[?#]", url[:LONGEST_URL], maxsplit=1)[0].rsplit("/", 1)[0]
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if url.startswith("/") and not parts.netloc and not url.startswith("//"):
        return Parts("", "", "", parts.path, parts.query)
    host, _, port = parts.netloc.rpartition("@")[2].partition(":")
    host = tidy_host(host)
    if parts.scheme not in SCHEMES or not host or not _PORT.fullmatch(port):
        return None
    known = port in {"", {"http": "80", "https": "443"}.get(parts.scheme)}
    return Parts(parts.scheme, host, "" if known else f":{port}", parts.path, parts.query)


def tidy_host(host: str) -> str:
    """
    Return *host* fit to be kept.

    Returns:
        Lower case; IDNA for other letters; without labels that look like tokens, or that are an
        address together, and all that stands left of them. Empty for addresses, for names without a
        dot (``localhost``, intranets) and for what is no host name.
    """
    host = host.lower().rstrip(".")
    if not host.isascii():
        try:
            host = host[:_LONGEST_HOST].encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    if len(host) > _LONGEST_HOST or not _HOST.fullmatch(host):
        return ""
    labels = host.split(".")
    if len(labels) < 2 or labels[-1].isdecimal():  # noqa: PLR2004 - "localhost"; an IPv4 address
        return ""
    registered = 3 if len(labels) > 2 and labels[-2] in SECOND_LEVEL else 2  # noqa: PLR2004
    if spread := _SPREAD_ADDRESS.match(".".join(labels[:-registered])):
        labels = labels[spread[0].count(".") + 1 :]
    for number in range(len(labels) - registered - 1, -1, -1):
        label = labels[number]
        if find(label) and not label.startswith("xn--"):
            return ".".join(labels[number + 1 :])
    return ".".join(labels)


def scrub_url(url: str, allow: frozenset[str] = frozenset(), *, depth: int = NESTING) -> str:
    """
    Return *url* without what may name a person or open a door.

    Args:
        url: An absolute URL, or a path that begins with a slash.
        allow: Names of the parameters to keep, as :func:`scrub_query` takes them.
        depth: How deep nested URLs are followed.

    Returns:
        Origin, scrubbed path and allowed query; empty for what is no web address.
    """
    parts = split(url)
    if parts is None:
        return ""
    query = scrub_query(parts.query, allow, depth=depth)
    return parts.origin + scrub_path(parts.path) + (f"?{query}" if query else "")


def read_query(query: bytes | str) -> list[tuple[str, str | None]]:
    """
    Return the parameters of *query* in their order: the one reading of a query there is.

    Parameters are parted by ``&``, by ``;``, and by ``&amp;`` where a page wrote it twice. A plus
    is a blank, in names too; escapes are undone as :func:`.decode`
    does, and broken ones stay. Where all of a query is one escape of another, it is undone first.

    Args:
        query: The raw query, without its question mark.

    Returns:
        Names, in lower case and without brackets (``q[]``) or blanks about them, never empty, and
        values, decoded, ``None`` where they are encoded too deeply. At most 40, of the first 4,096
        characters: what is cut through is left out, since half a telephone number looks like none.
    """
    text = query.decode("utf-8", "replace") if isinstance(query, bytes) else query
    if "=" not in text and _ENCODED_EQUALS.search(text, 0, LONGEST_URL):
        text = unquote(text[:LONGEST_URL], errors="replace")
    pairs = _PARTED.split(text[: LONGEST_URL + 1], maxsplit=MOST_PARAMETERS)
    if len(text) > LONGEST_URL or len(pairs) > MOST_PARAMETERS:
        del pairs[-1]
    read: list[tuple[str, str | None]] = []
    for pair in pairs:
        raw_name, _, raw_value = pair.replace("+", " ").partition("=")
        name = (decode(raw_name) or "").partition("[")[0].strip().lower()
        if name:
            read.append((name, decode(raw_value)))
    return read


def scrub_query(
    query: bytes | str,
    allow: frozenset[str] = frozenset(),
    *,
    depth: int = NESTING,
    known: Callable[[str, str], bool] | None = None,
) -> str:
    """
    Return the parameters of *query* that are on the allow-list, their values scrubbed.

    Args:
        query: The raw query, without its question mark.
        allow: Names to keep, lower case; one that ends in ``*`` stands for all that begin so.
            A name of :func:`~privacykit.pseudonym.texts.sensitive.is_sensitive` is never kept.
        depth: How deep URLs in values are followed.
        known: Whether everybody knows the value under that name, which is then kept as it is.

    Returns:
        ``name=value`` pairs in their order, percent-encoded; names in lower case.
    """
    if not query or not allow or depth <= 0:
        return ""
    kept: list[str] = []
    length = 0
    for name, value in read_query(query):
        if is_sensitive(name) or not allowed(name, allow):
            continue
        plain = known is not None and value is not None and known(name, value)
        scrubbed = value if plain else scrub_value(value, allow, depth=depth)
        quoted = f"{name}={quote(scrubbed or '', safe='[]/:,')}"
        length += len(quoted) + 1
        if length <= LONGEST_QUERY:
            kept.append(quoted)
    return "&".join(kept)


def allowed(name: str, allow: frozenset[str]) -> bool:
    """
    Return whether *name*, in lower case, is on the list *allow*.

    Of a name that only begins like an entry the visitor chose the rest: it must be a name.
    """
    return name in allow or (
        any(entry.endswith("*") and name.startswith(entry[:-1]) for entry in allow)
        and is_name(name)
    )


def scrub_value(
    value: str | None, allow: frozenset[str] = frozenset(), *, depth: int = NESTING
) -> str:
    """Return the value of a parameter, decoded, without findings; a URL in it is scrubbed too."""
    decoded = None if value is None else decode(value[:LONGEST_URL])
    if decoded is None:
        return "[encoded]"
    if "://" in decoded or decoded.startswith("/"):
        return scrub_url(decoded, allow, depth=depth - 1)
    return mask(decoded.partition("?")[0].partition("#")[0])[:LONGEST_VALUE]
