"""
The fields of a line in a log file, each weakened by its kind with the code that events go through.

Pure. Laws of this file:

- a kind gives what is certain to be harmless, or ``-``: nothing passes because nobody knew it;
- weakening twice changes nothing;
- what holds nothing keeps its bytes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from privacykit.logs.addresses import Weaken, truncate_logged
from privacykit.logs.request_line import method_of
from privacykit.logs.weakener import CALLERS, LONGEST_LOGGED, Weakener
from privacykit.pseudonym.texts.text import scrub_in_place
from privacykit.pseudonym.url.paths import scrub_path
from privacykit.pseudonym.url.referrer import Level, reduce_referrer
from privacykit.pseudonym.url.urls import scrub_query, scrub_url, tidy_host

Field = Callable[[bytes], bytes]
NOTHING = b"-"
DROPPED = frozenset({"agent", "drop", "user"})
"""Kinds of which nothing is left, whatever they hold."""
MOST_REMEMBERED = 1 << 15
LONGEST_REMEMBERED = 256

_VERSION = re.compile(r"HTTP/\d(?:\.\d)?")
_NUMBER = re.compile(rb"[+-]?\d{1,12}(?:\.\d{1,9})?(?:ms|s|us)?|-?\d{1,3}(?:/[+-]?\d{1,12}){1,5}")
TIME = (
    rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
    rb"|\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d(?:\.\d{1,6})?(?: [+-]\d{4})?"
    rb"|\d{4}[-/]\d\d[-/]\d\d|\d\d:\d\d:\d\d(?:\.\d{1,6})?"
)
"""Points in time as servers write them; none of them can hold anything else."""
_TIME = re.compile(TIME)
_RESOURCE = re.compile(
    rb"(?:arn:aws[a-z-]{0,10}:elasticloadbalancing:[a-z0-9-]{5,20}:\d{12}:targetgroup"
    rb"|app|net)/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}"
)
"""Load balancers and groups of targets, as AWS names them."""
_AUTHORITY = re.compile(rb"https?://[A-Za-z0-9.:-]{1,200}/")
_PORT = re.compile(rb"(.*?)(:\d{1,5})")
_PARTED = re.compile(rb"( ?[,|] ?)")
_ESCAPES = re.compile(r"\\x([0-9A-Fa-f]{2})|\\([\"\\])")

_BY_NAME = {
    "address": "remote_ip client_ip remote_addr client_addr clientaddr clienthost remote_address"
    " x_forwarded_for xff x_real_ip realip_remote_addr proxy_protocol_addr upstream_addr"
    " true_client_ip cf_connecting_ip client remote ip peer forwarded_for"
    " proxy_add_x_forwarded_for",
    "agent": "user_agent http_user_agent agent useragent",
    "drop": f"{' '.join(CALLERS)} user_id _cmdline _uid syslog_raw http_cookie"
    " cookie set_cookie authorization client_common_name client_serial body request_body",
    "host": "host http_host requesthost requestaddr server_name vhost",
    "message": "log msg message",
    "port": "remote_port client_port clientport",
    "query": "args query query_string",
    "referrer": "referer referrer http_referer http_referrer",
    "request": "request request_line requestline",
    "target": "uri request_uri requestpath request_path path url location document_uri",
    "time": "time timestamp ts @timestamp time_local time_iso8601 startutc startlocal",
}
_KINDS = {name: kind for kind, names in _BY_NAME.items() for name in names.split()}
OF_HEADERS = ("request_", "origin_", "downstream_", "http_", "sent_http_", "upstream_http_")


def kind_of(name: str) -> str:
    """Return the kind of what programs write under *name*; empty where the name says nothing."""
    plain = name.lower().replace("-", "_")
    kind = _KINDS.get(plain)
    if kind is None:
        before = next((each for each in OF_HEADERS if plain.startswith(each)), "")
        kind = _KINDS.get(plain.removeprefix(before), "")
    return kind


class LogFields:
    """
    Weakens fields by kind: :meth:`of` gives the function of a kind.

    Args:
        weaken: Address text to what may be logged of it; by default as the filter of ``logging``.
        query_keep: Names of parameters to keep, as :func:`.scrub_query` takes them.
        referrer: What is left of referrers.
    """

    def __init__(
        self,
        weaken: Weaken | None = None,
        query_keep: frozenset[str] = frozenset(),
        referrer: Level = "origin",
    ) -> None:
        self._weaken = weaken or truncate_logged
        self._keep = query_keep
        self._level = referrer
        self.weakener = Weakener(weaken)
        self._changed: Counter[str] = Counter()
        self._tallies: dict[str, list[int]] = {}
        self._kinds: dict[str, Field] = {
            "address": self._addresses,
            "agent": lambda _: NOTHING,
            "drop": lambda _: NOTHING,
            "host": self._host,
            "number": lambda raw: raw if _NUMBER.fullmatch(raw) else self._other(raw),
            "other": self._other,
            "port": lambda _: b"0",
            "query": self._query,
            "referrer": self._referrer,
            "request": self._request,
            "resource": self._resource,
            "target": self._target,
            "text": self._text,
            "time": lambda raw: raw if _TIME.fullmatch(raw.strip(b"[]")) else self._other(raw),
            "user": lambda _: NOTHING,
        }
        # What is dropped whatever it is need not be remembered with the rest.
        self._shortened: dict[str, Field] = {}
        if not query_keep:
            self._shortened["request"] = _without_query
        if referrer in {"none", "host", "origin"}:
            self._shortened["referrer"] = _authority
        self._known = {kind: self._remembering(kind) for kind in self._kinds}

    def __repr__(self) -> str:
        return "<LogFields>"

    @property
    def changed(self) -> Counter[str]:
        """How many fields of each kind were weakened; no values."""
        told = Counter({kind: tally[0] for kind, tally in self._tallies.items() if tally[0]})
        return told + self._changed

    def count(self, kind: str) -> None:
        """Count a field that was weakened elsewhere."""
        self._changed[kind] += 1

    def kinds(self) -> list[str]:
        """Return the names of all kinds."""
        return sorted(self._kinds)

    def of(self, kind: str) -> Field:
        """Return what weakens fields of *kind*: raw bytes to bytes, counted, never raising."""
        return self._known[kind]

    def _remembering(self, kind: str) -> Field:
        weakened = self._kinds[kind]
        tally = self._tallies[kind] = [0]
        if kind in DROPPED:
            return _dropping(tally)
        shorten = self._shortened.get(kind)
        met: dict[bytes, bytes] = {}
        shorts: dict[bytes, bytes] = {} if shorten else met

        def first(raw: bytes) -> bytes:
            short = shorten(raw) if shorten else raw
            out = shorts.get(short)
            if out is None:
                try:
                    out = weakened(short)
                except Exception:  # noqa: BLE001 - P2: what cannot be weakened is not passed
                    out = NOTHING
                _remember(shorts, short, out)
            _remember(met, raw, out)
            return out

        def field(raw: bytes) -> bytes:
            out = met.get(raw)
            if out is None:
                out = raw if raw == NOTHING or not raw else first(raw)
            if out != raw:
                tally[0] += 1
            return out

        return field

    def _addresses(self, raw: bytes) -> bytes:
        if b"," not in raw and b"|" not in raw:
            return self._address(raw) or NOTHING
        parts = _PARTED.split(raw)
        parts[::2] = [self._address(part) or NOTHING for part in parts[::2]]
        return b"".join(parts)

    def _address(self, raw: bytes) -> bytes:
        """Return the address *raw* is, weakened, in brackets and with port 0 where it had them."""
        if raw[:1] == b"[":
            inner, closed, port = raw[1:].partition(b"]")
            inside = self._weaken(inner.decode("latin-1"))
            ported = b":0" if port else b""
            return b"[%b]%b" % (inside.encode(), ported) if inside and closed else b""
        has_port = raw.count(b":") == 1
        weakened = None if has_port else self._weaken(raw.decode("latin-1"))
        if weakened is None and (parted := _PORT.fullmatch(raw)):
            weakened = self._weaken(parted[1].decode("latin-1"))
            return f"{weakened}:0".encode() if weakened else b""
        return (weakened or "").encode()

    def _resource(self, raw: bytes) -> bytes:
        return raw if _RESOURCE.fullmatch(raw) else self._text(raw)

    def _other(self, raw: bytes) -> bytes:
        """Weaken what may hold anything: addresses stay as such, nothing else does."""
        parts = _PARTED.split(raw)
        shown = [self._address(part) for part in parts[::2]]
        return self._addresses(raw) if all(shown) else NOTHING

    def _host(self, raw: bytes) -> bytes:
        host, colon, port = raw.partition(b":")
        tidied = tidy_host(host.decode("latin-1")).encode()
        if tidied and (not colon or (port.isdigit() and len(port) <= 5)):  # noqa: PLR2004 - a port
            return raw if tidied == host else tidied + colon + port
        return self._address(raw) or NOTHING

    def _referrer(self, raw: bytes) -> bytes:
        return reduce_referrer(_unescaped(raw), self._level, self._keep).encode() or NOTHING

    def _request(self, raw: bytes) -> bytes:
        method, _, rest = raw.partition(b" ")
        target, _, version = rest.rpartition(b" ")
        if not target and version[:1] in {b"/", b"*"}:
            target, version = version, b""  # HTTP/0.9
        elif _VERSION.fullmatch(version.decode("latin-1")) is None:
            return NOTHING
        shown = method_of(method.decode("latin-1")).encode()
        return b" ".join((shown, self._target(target), version)).rstrip()

    def _target(self, raw: bytes) -> bytes:
        text = _unescaped(raw)
        if "://" in text[:16]:
            return scrub_url(text, self._keep).encode() or NOTHING
        if text[:1] != "/":
            return raw if raw == b"*" else NOTHING
        path, _, query = text.partition("?")
        kept = scrub_query(query, self._keep)
        return f"{scrub_path(path)}{'?' * bool(kept)}{kept}".encode()

    def _query(self, raw: bytes) -> bytes:
        return scrub_query(_unescaped(raw), self._keep).encode() or NOTHING

    def _text(self, raw: bytes) -> bytes:
        address = self._address(raw)
        if address:
            return address
        text = raw.decode("utf-8", "surrogateescape")
        return scrub_in_place(text, limit=LONGEST_LOGGED).encode("utf-8", "surrogateescape")


def _dropping(tally: list[int]) -> Field:
    def field(raw: bytes) -> bytes:
        if raw == NOTHING or not raw:
            return raw
        tally[0] += 1
        return NOTHING

    return field


def _remember(met: dict[bytes, bytes], raw: bytes, out: bytes) -> None:
    if len(raw) <= LONGEST_REMEMBERED:
        if len(met) >= MOST_REMEMBERED:
            met.clear()
        met[raw] = out


def _without_query(raw: bytes) -> bytes:
    if b"?" not in raw:
        return raw
    head, _, query = raw.partition(b"?")
    _, blank, version = query.rpartition(b" ")
    return head + blank + version if blank else head  # HTTP/0.9 ends with the query


def _authority(raw: bytes) -> bytes:
    found = _AUTHORITY.match(raw)
    return found[0] if found else raw


def _unescaped(raw: bytes) -> str:
    """Undo what servers do to quotes, backslashes and bytes that are no ASCII."""
    text = raw.decode("utf-8", "replace")
    if "\\" not in text:
        return text
    plain = _ESCAPES.sub(lambda it: chr(int(it[1], 16)) if it[1] else it[2], text)
    return plain.encode("latin-1", "replace").decode("utf-8", "replace")
