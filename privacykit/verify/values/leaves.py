r"""
Leaves: the texts and numbers inside a stored value, whatever it is wrapped in. Pure.

Laws of this file:

- nothing is passed over: names of members are leaves as well, and what is packed, encoded or
  binary is opened, as deep as :data:`DEEPEST`; what is deeper is looked at as one text;
- a path holds no value: a name that could be somebody's is an ellipsis.
"""

from __future__ import annotations

import re
import zlib
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from privacykit.pseudonym.texts.detectors import find

DEEPEST = 12
LARGEST_UNPACKED = 1 << 22
"""Bytes that a packed value may have unpacked: what is more is looked at up to there."""
NO_ACCIDENT = 16
"""Readable characters in a row that random bytes hardly ever have."""
UNNAMED = "…"
"""Stands in a path for a name that could be a value."""

_GEOJSON = ".coordinates"
"""Where GeoJSON (RFC 7946) has longitude and latitude, two numbers of one list."""
_ZLIB = frozenset({b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"})
_GZIP = b"\x1f\x8b"
_READABLE = re.compile(rb"[\x20-\x7e]{7,}")
_MEANT = re.compile(rb"[\w.+-]+@[\w-]+\.[A-Za-z]{2}|(?<!\d)(?:\d{1,3}\.){3}\d{1,3}(?!\d)")
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$ .-]{0,40}")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4}){3,}(?:[A-Za-z0-9+/]{2,3}={0,2})?")
_BASE64_URL = re.compile(r"[A-Za-z0-9_-]{12,}={0,2}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){7,}")
_PLAIN = re.compile(r"[\x20-\x7e]+")


class Leaf(NamedTuple):
    """
    A text or number.

    Attributes:
        path: Where it stands inside the value, names joined by dots.
        value: The text; of a number its digits.
        is_number: Whether it was stored as one.
        hidden_in: The encoded text that hides it, if one does.
    """

    path: str
    value: str
    is_number: bool = False
    hidden_in: str = ""

    def __repr__(self) -> str:
        return f"<Leaf {self.path}>"


def leaves(value: Any, path: str, depth: int = 0) -> Iterator[Leaf]:  # noqa: ANN401, C901 - a case for each kind
    """Yield every text and number in *value*, which stands at *path*; nothing of a time."""
    if value is None or isinstance(value, bool | date | time | timedelta):
        return
    if isinstance(value, str):
        yield from _of_text(value, path, depth)
    elif isinstance(value, int | float | Decimal):
        yield Leaf(path, str(value), is_number=True)
    elif isinstance(value, bytes | bytearray | memoryview):
        yield from _of_bytes(bytes(value), path, depth)
    elif depth > DEEPEST:
        yield Leaf(path, repr(value))
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            text = name if isinstance(name, str) else str(name)
            inside = f"{path}.{name_of(text)}"
            if not inside.endswith(f".{text}"):
                yield Leaf(inside, text)
            yield from leaves(inner, inside, depth + 1)
    elif isinstance(value, list | tuple | set | frozenset):
        if path.endswith(_GEOJSON) and all(isinstance(one, float | int) for one in value):
            yield Leaf(path, ", ".join(map(str, value)))
        for inner in value:
            yield from leaves(inner, path, depth + 1)
    else:
        yield Leaf(path, str(value))


def name_of(text: str) -> str:
    """Return *text* where it is a name that may be told, else an ellipsis."""
    return text if _NAME.fullmatch(text) and not find(text) else UNNAMED


def _of_text(text: str, path: str, depth: int) -> Iterator[Leaf]:
    if text[:1] in {"{", "["} and depth <= DEEPEST:
        try:
            inner = msgspec.json.decode(text)
        except (msgspec.DecodeError, ValueError, RecursionError):
            inner = None
        if isinstance(inner, dict | list):
            yield from leaves(inner, path, depth + 1)
            return
    yield Leaf(path, text)
    if depth <= DEEPEST and (hidden := _hidden(text)) is not None:
        for leaf in _of_text(hidden, path, depth + 1):
            yield leaf._replace(hidden_in=text)


def _hidden(text: str) -> str | None:
    """Return the text that base64 or hexadecimal digits hide; ``None`` where they hide none."""
    stripped = text.strip()
    raw: bytes | None = None
    if _HEX.fullmatch(stripped):
        raw = bytes.fromhex(stripped)
    elif _BASE64.fullmatch(stripped) or _BASE64_URL.fullmatch(stripped):
        padded = stripped.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            raw = b64decode(padded + "=" * (-len(padded) % 4), validate=True)
        except (Base64Error, ValueError):
            return None
    if raw is None:
        return None
    if raw[:2] == _GZIP:
        raw = _unpacked(raw)
    plain = raw.decode("utf-8", "replace")
    return plain if _PLAIN.fullmatch(plain) else None


def _of_bytes(raw: bytes, path: str, depth: int) -> Iterator[Leaf]:
    if raw[:2] == _GZIP and depth <= DEEPEST:
        yield from _of_bytes(_unpacked(raw), path, depth + 1)
        return
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        yield from _of_binary(raw, path, depth)
        return
    if "\x00" in text:
        yield from _of_binary(raw, path, depth)
        return
    for line in text.split("\n"):
        yield from _of_text(line, path, depth)


def _of_binary(raw: bytes, path: str, depth: int) -> Iterator[Leaf]:
    """Yield what zlib packed or MessagePack holds, else every run of readable characters."""
    if raw[:2] in _ZLIB and depth <= DEEPEST and (unpacked := _unpacked(raw)):
        yield from _of_bytes(unpacked, path, depth + 1)
        return
    try:
        inner = msgspec.msgpack.decode(raw)
    except (msgspec.DecodeError, ValueError, RecursionError):
        inner = None
    if isinstance(inner, dict | list) and depth <= DEEPEST:
        yield from leaves(inner, path, depth + 1)
        return
    yield from _runs(raw, path)
    wide = raw[::2], raw[1::2]  # UTF-16 has a zero beside each letter of ours
    for one, other in (wide, wide[::-1]):
        if other.count(0) * 2 > len(other):
            yield from _runs(one, path)


def _runs(raw: bytes, path: str) -> Iterator[Leaf]:
    """Yield readable characters among binary ones, short ones only where they are no accident."""
    for run in _READABLE.findall(raw):
        if len(run) >= NO_ACCIDENT or _MEANT.search(run):
            yield Leaf(path, run.decode("ascii"))


def _unpacked(raw: bytes) -> bytes:
    """Return what gzip or zlib packed, up to :data:`LARGEST_UNPACKED`; as much as is whole."""
    unpacker = zlib.decompressobj(wbits=47)
    try:
        return unpacker.decompress(raw, LARGEST_UNPACKED)
    except zlib.error:
        return b""
