"""
W3C extended logs: IIS and CloudFront. Columns are those of the latest ``#Fields`` line. Pure.

The columns of the format stand in https://www.w3.org/TR/WD-logfile, CloudFront's and those of IIS
in their manuals.
"""

from __future__ import annotations

import re

from privacykit.logs.files.fields import Field, LogFields
from privacykit.logs.files.shape import rewritten

_BY_NAME = {
    "address": "c-ip s-ip cs-ip x-forwarded-for s-computername",
    "agent": "cs(user-agent)",
    "host": "cs-host cs(host) x-host-header cs-sip s-dns",
    "number": "sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken s-port"
    " time-to-first-byte sc-content-len sc-range-start sc-range-end",
    "port": "c-port",
    "query": "cs-uri-query",
    "referrer": "cs(referer)",
    "target": "cs-uri-stem cs-uri",
    "text": "cs-method s-sitename cs-version cs-protocol x-edge-location x-edge-result-type"
    " x-edge-response-result-type x-edge-detailed-result-type sc-content-type ssl-protocol"
    " ssl-cipher cs-protocol-version",
    "time": "date time date-local time-local date-utc time-utc",
}
_KINDS = {name: kind for kind, names in _BY_NAME.items() for name in names.split()}
_FIELDS = re.compile(
    rb"#Fields:[ \t]*([A-Za-z0-9()_-]{1,60}(?:[ \t]+[A-Za-z0-9()_-]{1,60}){0,99})\s*"
)
_KEPT = re.compile(rb"#(?:Version: \d\.\d|(?:Start-|End-)?Date: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")
_SOFTWARE = b"#Software: Microsoft Internet Information Services"
NAME = "w3c"
EXAMPLE = (
    b"#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip"
    b" cs(User-Agent) cs(Referer) sc-status time-taken\n"
    b"2026-11-28 12:37:20 198.51.100.1 GET /a email=ann@example.org 443 ann 203.0.113.7"
    b" Mozilla/5.0+(X11) https://www.example.com/?q=secret 200 15"
)


class W3C:
    """Lines of one log; remembers the columns that its latest ``#Fields`` line names."""

    def __init__(self, fields: LogFields) -> None:
        self._fields = fields
        self._plan: list[Field] = []

    def forget(self) -> None:
        """Begin a new log."""
        self._plan = []

    def line(self, raw: bytes) -> bytes | None:
        """Return *raw* weakened, ``None`` where it has not the columns that were named."""
        if raw[:1] == b"#":
            return self._directive(raw)
        if b'"' in raw and self._plan:
            return rewritten(raw, self._plan, self._fields)
        separator = b"\t" if b"\t" in raw else b" "
        columns = raw.split(separator)
        if not self._plan or len(columns) != len(self._plan):
            return None
        pairs = zip(self._plan, columns, strict=True)
        return separator.join([weaken(column) for weaken, column in pairs])

    def _directive(self, raw: bytes) -> bytes | None:
        found = _FIELDS.fullmatch(raw)
        if found is not None:
            self._plan = [self._of(name) for name in found[1].lower().split()]
            return raw
        if _KEPT.fullmatch(raw) or raw.startswith(_SOFTWARE):
            return raw if len(raw) < len(_SOFTWARE) + 10 else None
        name, colon, text = raw.partition(b":")
        if colon and name[1:].replace(b"-", b"").isalpha() and len(name) < 20:  # noqa: PLR2004
            return name + colon + self._fields.of("text")(text)
        return None

    def _of(self, name: bytes) -> Field:
        kind = _KINDS.get(name.decode("ascii"), "other")
        return self._fields.of(kind)
