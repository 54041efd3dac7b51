"""
Take persons and credentials out of URLs: host, path, query, and URLs inside queries. Pure.

Gone in every case: user and password, fragment, path parameters (``;jsessionid=``), parameters
that are not on the allow-list, values under sensitive names, tokens and numbers in paths. What
cannot be parsed becomes the empty string, never itself.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from privacykit.pseudonym.decoding import decode
from privacykit.pseudonym.detectors import find, mask
from privacykit.pseudonym.sensitive import is_sensitive

LONGEST_URL = 4096
LONGEST_PATH, LONGEST_QUERY = 1024, 2048
MOST_SEGMENTS = 32
MOST_PARAMETERS = 100
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
_PORT = re.compile(r"\d{0,5}")
_NUMERIC_ID = re.compile(r"\d{5,}")
_BEFORE_SECRETS = """
activate activation auth confirm confirmation download invitation invite join key login magic
password pay recover recovery reset secret session share signin sso subscribe
token tokens unlock unsubscribe validate verification verify
"""
_BEFORE_PERSONS = """
account accounts author authors client clients customer customers member members patient
patients people person profile profiles subscriber subscribers u user users
"""
_SECRET_FOLLOWS = frozenset(_BEFORE_SECRETS.split())
_PERSON_FOLLOWS = frozenset(_BEFORE_PERSONS.split())


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
        Lower case; IDNA for other letters; without labels that look like tokens and all that stands
        left of them. Empty for addresses, for names without a dot (``localhost``, intranets) and
        for what is no host name.
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
    for number in range(len(labels) - registered - 1, -1, -1):
        label = labels[number]
        if find(label) and not label.startswith("xn--"):
            return ".".join(labels[number + 1 :])
    return host


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


def scrub_path(path: str) -> str:
    """
    Return *path* with personal segments replaced by labels such as ``[token]`` or ``[id]``.

    Replaced are segments in which a detector finds something, numbers of five digits and more,
    names after ``@`` or ``~``, whatever follows a segment like ``users``, and whatever follows one
    like ``reset`` or ``invite``. Words and slugs stay.
    """
    decoded = decode(path[:LONGEST_URL])
    if decoded is None:
        return "/[encoded]"
    kept: list[str] = []
    length = 0
    before = ""
    for raw in decoded.split("/")[:MOST_SEGMENTS]:
        segment = raw.partition(";")[0].partition("?")[0].partition("#")[0]
        quoted = quote(_segment(segment, before), safe="[]~:@!$&'()*+,=")
        length += len(quoted) + 1
        if length > LONGEST_PATH:
            break
        kept.append(quoted)
        before = segment.lower()
    return "/".join(kept)


def _segment(segment: str, before: str) -> str:
    if not segment:
        return ""
    if segment[0] in "@~" or before in _PERSON_FOLLOWS:
        return "[id]"
    if _words(before) & _SECRET_FOLLOWS and not _words(segment.lower()) & _SECRET_FOLLOWS:
        return "[token]"
    if _NUMERIC_ID.fullmatch(segment):
        return "[id]"
    return mask(segment)


def _words(segment: str) -> set[str]:
    return set(re.split(r"[^a-z]+", segment))


def scrub_query(
    query: bytes | str, allow: frozenset[str] = frozenset(), *, depth: int = NESTING
) -> str:
    """
    Return the parameters of *query* that are on the allow-list, their values scrubbed.

    Args:
        query: The raw query, without its question mark.

        allow: Names to keep, lower case; one that ends in ``*`` stands for all that begin so.
            A name of :func:`~privacykit.pseudonym.sensitive.is_sensitive` is never kept.

        depth: How deep URLs in values are followed.

    Returns:
        ``name=value`` pairs in their order, percent-encoded; names in lower case.
    """
    if not query or not allow or depth <= 0:
        return ""
    text = query.decode("utf-8", "replace") if isinstance(query, bytes) else query
    kept: list[str] = []
    length = 0
    for pair in re.split("[&;]", text[:LONGEST_URL])[:MOST_PARAMETERS]:
        raw_name, _, raw_value = pair.partition("=")
        name = _name(raw_name)
        if not name or is_sensitive(name) or not allowed(name, allow):
            continue
        value = scrub_value(raw_value.replace("+", " "), allow, depth=depth)
        quoted = f"{name}={quote(value, safe='[]/:,')}"
        length += len(quoted) + 1
        if length <= LONGEST_QUERY:
            kept.append(quoted)
    return "&".join(kept)


def allowed(name: str, allow: frozenset[str]) -> bool:
    """Return whether *name*, in lower case, is on the list *allow*."""
    return name in allow or any(
        entry.endswith("*") and name.startswith(entry[:-1]) for entry in allow
    )


def scrub_value(value: str, allow: frozenset[str] = frozenset(), *, depth: int = NESTING) -> str:
    """Return the value of a parameter, decoded, without findings; a URL in it is scrubbed too."""
    decoded = decode(value[:LONGEST_URL])
    if decoded is None:
        return "[encoded]"
    if "://" in decoded or decoded.startswith("/"):
        return scrub_url(decoded, allow, depth=depth - 1)
    return mask(decoded.partition("?")[0].partition("#")[0])[:LONGEST_VALUE]


def _name(raw: str) -> str:
    decoded = decode(raw.replace("+", " ")) or ""
    return decoded.partition("[")[0].strip().lower()
