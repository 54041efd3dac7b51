"""
Lines that are JSON objects: nginx, Caddy, Traefik, journald, Docker and what applications write.

Pure. A value is weakened by the name it stands under, by those of the objects around it, and by
what it looks like; all else keeps its bytes: order, blanks, escapes and numbers as they were
written. An array of bytes is the text that it spells: so journald writes what is no plain text.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from privacykit.logs.files.fields import OF_HEADERS, TIME, Field, LogFields, kind_of
from privacykit.logs.files.shape import Line
from privacykit.logs.weakener import is_dropped
from privacykit.pseudonym.texts.sensitive import words_of

_TOKEN = re.compile(
    rb'"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?'
    rb"|[{}\[\],:]|true|false|null|[ \t\r\n]+"
)
_HEADERS = frozenset({"headers", "resp_headers", "request_headers", "response_headers"})
_CERTAIN = frozenset({"address", "agent", "drop", "port", "query", "referrer"})
"""Kinds that weaken whatever stands there, number or text."""
_BYTES = re.compile(rb"\[[ \t]*+\d{1,3}(?:[ \t]*+,[ \t]*+\d{1,3})*+[ \t]*+\]")
_LONGEST_REMEMBERED = 300
_DIGITS = re.compile(rb"\d+")
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
    told = 0
    for found in _TOKEN.finditer(raw):
        if found.start() < told:
            continue  # of an array of bytes
        token = found[0]
        first = token[:1]
        spelled = _BYTES.match(raw, found.start()) if first == b"[" and names else None
        said = spelled and _text_of(spelled[0], names, fields, message)
        if spelled and said:
            told, token = spelled.end(), said
            wants_name = False
        elif first in b"{[":
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
    kind = _kind(tuple(names))
    if token[:1] != b'"':
        return _number(token, name, plain, kind, fields)
    if kind == "time":
        stands = _TIME.fullmatch(token[1:-1]) or _TIME_OF_DAY.fullmatch(token[1:-1])
        return token if stands else _quoted(token, fields.of("other"))
    if kind == "message":
        return _quoted(token, message)
    if kind:
        return _quoted(token, fields.of(kind))
    if not _HEADERS.isdisjoint(each.lower() for each in names[:-1]) or plain.startswith(OF_HEADERS):
        return _quoted(token, fields.of("other"))
    return token if _TIME.fullmatch(token[1:-1]) else _weakened(token, name, fields)


def _kind(names: tuple[str, ...]) -> str:
    """Return the kind of the present value: by its own name, then by the objects it stands in."""
    read = _kind_read if sum(map(len, names)) <= _LONGEST_REMEMBERED else _kind_read.__wrapped__
    return read(names)


@lru_cache(maxsize=1024)
def _kind_read(names: tuple[str, ...]) -> str:
    own, around = kind_of(names[-1]), [each for each in names[:-1] if each.lower() not in _HEADERS]
    if own in _CERTAIN:
        return own
    if names[-1].lower() == "port" and any(map(_is_a_client, around)):
        return "port"
    whole = ".".join((*dict.fromkeys(around), names[-1]))
    inside = any(kind_of(each) in _CERTAIN - {"address"} for each in around)
    if inside or (around and not own and _drops(whole)):
        return "other"
    return "other" if own and any(map(_drops, around)) else own


def _drops(name: str) -> bool:
    return is_dropped(name, words_of(name))


def _is_a_client(name: str) -> bool:
    return name.lower() == "source" or kind_of(name) == "address"


def _number(token: bytes, name: str, plain: str, kind: str, fields: LogFields) -> bytes:
    if plain in _TIMES and _TIME_OF_DAY.fullmatch(token):
        return token
    if kind in _CERTAIN or kind == "other":
        return b"0"
    return _weakened(token, name, fields)


def _text_of(array: bytes, names: list[str], fields: LogFields, message: Field) -> bytes | None:
    """Return the text that an *array* of bytes spells, weakened; ``None`` where it may stay."""
    values = [int(each) for each in _DIGITS.findall(array)]
    if max(values) > 0xFF:  # noqa: PLR2004 - a byte
        return None
    text = msgspec.json.encode(bytes(values).decode("utf-8", "replace"))
    kind = _kind(tuple(names))
    if not kind:
        shown = _quoted(text, fields.of("text"))
        shown = shown if shown == text else _weakened(text, names[-1], fields)
    else:
        shown = _value(text, names, fields, message)
    return None if shown == text else shown


def _weakened(token: bytes, name: str, fields: LogFields) -> bytes:
    value = msgspec.json.decode(token)
    weakened = next(iter(fields.weakener.mapping({name: value}).values()), "-")
    if weakened == value:
        return token
    fields.count("value")
    return msgspec.json.encode(weakened)
