"""
Lines that are JSON objects: nginx, Caddy, Traefik, journald, Docker and what applications write.

Pure. A value is weakened by the name it stands under, whatever the object is called, and by what it
looks like; all else keeps its bytes: order, blanks, escapes and numbers as they were written.
"""

from __future__ import annotations

import re

import msgspec

from privacykit.logs.files.fields import TIME, Field, LogFields
from privacykit.logs.files.shape import Line

_TOKEN = re.compile(
    rb'"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?'
    rb"|[{}\[\],:]|true|false|null|[ \t\r\n]+"
)
_BY_NAME = {
    "address": "remote_ip client_ip remote_addr client_addr clientaddr clienthost remote_address"
    " x_forwarded_for xff x_real_ip realip_remote_addr proxy_protocol_addr upstream_addr"
    " true_client_ip cf_connecting_ip client remote ip peer forwarded_for"
    " proxy_add_x_forwarded_for",
    "agent": "user_agent http_user_agent ua agent useragent",
    "drop": "user_id remote_user clientusername user username _cmdline _uid syslog_raw http_cookie"
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
_OF_HEADERS = ("request_", "origin_", "downstream_", "http_", "sent_http_", "upstream_http_")
_HEADERS = frozenset({"headers", "resp_headers", "request_headers", "response_headers"})
_TIME = re.compile(TIME)
_TIMES = frozenset({"ts", "time", "timestamp", "@timestamp", "msec"})
_TIME_OF_DAY = re.compile(rb"\d{10}(?:\.\d{1,9})?|\d{13}|\d{16}")

NAME = "json"
EXAMPLE = (
    b'{"level":"info","ts":1795869442.93,"logger":"http.log.access","msg":"handled request",'
    b'"request":{"remote_ip":"203.0.113.7","remote_port":"38362","method":"GET",'
    b'"uri":"/a?email=ann@example.org","headers":{"User-Agent":["Mozilla/5.0"],'
    b'"Referer":["https://www.example.com/?q=secret"]}},"duration":0.0000148,"status":200}'
)


def bound(fields: LogFields, message: Field) -> Line:
    """Return what weakens lines that are JSON objects; *message* weakens what holds a line."""

    def line(raw: bytes) -> bytes | None:
        if raw[:1] != b"{":
            return None
        try:
            msgspec.json.decode(raw)
        except (msgspec.DecodeError, RecursionError):
            return None
        return _rewritten(raw, fields, message)

    return line


def _rewritten(raw: bytes, fields: LogFields, message: Field) -> bytes:
    parts: list[bytes] = []
    names: list[str] = []  # of the objects that are open, and last the name of the present value
    open_: list[bytes] = []
    wants_name = False
    for found in _TOKEN.finditer(raw):
        token = found[0]
        first = token[:1]
        if first in b"{[":
            open_.append(first)
            names.append(names[-1] if names else "")
            wants_name = first == b"{"
        elif first in b"}]":
            open_.pop()
            names.pop()
            wants_name = False
        elif first == b",":
            wants_name = open_[-1] == b"{"
        elif first == b'"' and wants_name:
            names[-1] = msgspec.json.decode(token, type=str)
            token = _quoted(token, fields.of("text"))
            wants_name = False
        elif first in b'"-0123456789':
            token = _value(token, names, fields, message)
        parts.append(token)
    return b"".join(parts)


def _quoted(token: bytes, weaken: Field) -> bytes:
    text = msgspec.json.decode(token, type=str).encode()
    out = weaken(text)
    return token if out == text else msgspec.json.encode(out.decode("utf-8", "replace"))


def _value(token: bytes, names: list[str], fields: LogFields, message: Field) -> bytes:
    name = names[-1]
    plain = name.lower().replace("-", "_")
    kind = _KINDS.get(plain) or _KINDS.get(_without_prefix(plain), "")
    if token[:1] != b'"':
        return _number(token, name, plain, kind, fields)
    if kind == "time":
        stands = _TIME.fullmatch(token[1:-1]) or _TIME_OF_DAY.fullmatch(token[1:-1])
        return token if stands else _quoted(token, fields.of("other"))
    if kind == "message":
        return _quoted(token, message)
    if kind:
        return _quoted(token, fields.of(kind))
    if not _HEADERS.isdisjoint(each.lower() for each in names[:-1]) or plain.startswith(
        _OF_HEADERS
    ):
        return _quoted(token, fields.of("other"))
    return token if _TIME.fullmatch(token[1:-1]) else _weakened(token, name, fields)


def _number(token: bytes, name: str, plain: str, kind: str, fields: LogFields) -> bytes:
    if plain in _TIMES and _TIME_OF_DAY.fullmatch(token):
        return token
    if kind in {"port", "drop"}:
        return b"0"
    return _weakened(token, name, fields)


def _weakened(token: bytes, name: str, fields: LogFields) -> bytes:
    value = msgspec.json.decode(token)
    weakened = next(iter(fields.weakener.mapping({name: value}).values()), "-")
    if weakened == value:
        return token
    fields.count("value")
    return msgspec.json.encode(weakened)


def _without_prefix(name: str) -> str:
    for prefix in _OF_HEADERS:
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name
