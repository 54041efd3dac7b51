"""
The treatments of stored values: those of the live path, put on what stands in a column.

Reads no file itself; the parser of user agents reads its packaged tables once.

Laws of this file:

- what cannot be read as what the map says it is becomes nothing, never itself;
- a value that was treated is not changed again;
- the same value always becomes the same, so that groups and joins survive.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec.structs import replace

from privacykit.devices.families import BROWSERS, SYSTEMS
from privacykit.devices.user_agent import DeviceReader
from privacykit.errors import InputError
from privacykit.govern.anonymise.rewriter import TreatValue
from privacykit.govern.datamap.schema import Column
from privacykit.govern.erasure.strategies import constant, weaken
from privacykit.govern.words import ErasureStrategy, StoredTreatment
from privacykit.logs.addresses import NOTHING, Weaken
from privacykit.logs.files.fields import LogFields
from privacykit.pseudonym.addresses.address import IPV4_BYTES, IPV6_BYTES, pack, to_text
from privacykit.pseudonym.texts.text import scrub_in_place, scrub_text
from privacykit.pseudonym.url.urls import scrub_query, scrub_url

MOST_REMEMBERED = 1 << 16
LONGEST_REMEMBERED = 512
LONGEST_TEXT = 1_000_000
"""Characters of a text that are looked through; what comes after is dropped."""
DEEPEST = 32
_REQUEST = re.compile(r"[A-Z]{3,10} \S+(?: HTTP/\d(?:\.\d)?)?")
_SORTS = frozenset({"bot", "desktop", "mobile", "other", "tablet"})

Read = Callable[[Any], Any]


class StoredTreatments:
    """
    Makes the function that treats a column.

    Args:
        address: Address text to what may be kept of it, as for logs.
        query_keep: Parameters of URLs that stay.
        key: The durable key of hashed ids, up to 64 bytes.
    """

    def __init__(self, address: Weaken, query_keep: frozenset[str], key: bytes) -> None:
        self._fields = LogFields(address, query_keep)
        self._address = address
        self._keep = query_keep
        self._key = key
        self._made: dict[StoredTreatment, Read] = {
            "address": self._as_address,
            "url": self._as_url,
            "user_agent": self._as_device,
            "text": _as_text,
            "drop": lambda _: None,
        }

    def of(self, treatment: StoredTreatment, column: Column) -> TreatValue:
        """
        Return what treats values of *column*.

        Returns:
            A function that never raises: what cannot be treated becomes nothing, or the empty
            value of its type where the column takes no nothing.
        """
        made = self._ids(column) if treatment == "id" else self._made[treatment]
        nothing = constant(ErasureStrategy.MASK, column, None if column.kind != "text" else "")
        empty = None if column.nullable else nothing
        return _remembering(made, column, empty)

    def _ids(self, column: Column) -> Read:
        inside = replace(column, kind="text") if column.kind == "json" else column

        def hashed(value: Any) -> Any:  # noqa: ANN401 - a column's value
            return weaken(value, ErasureStrategy.HMAC, inside, key=self._key)

        return hashed

    def _as_address(self, value: Any) -> Any:  # noqa: ANN401 - a column's value
        if isinstance(value, bytes | bytearray | memoryview):
            return self._packed(bytes(value))
        if isinstance(value, int):
            text = str(ipaddress.IPv4Address(value))
            weak = self._address(text)
            return None if weak is None else int(ipaddress.IPv4Address(weak))
        text = str(value).strip()
        if "/" in text and "," not in text:
            # PostgreSQL shows a network, and an address of one, with its width.
            text = text.partition("/")[0]
        weak = self._fields.of("address")(text.encode("utf-8", "replace")).decode()
        return None if weak in {NOTHING, ""} else weak

    def _packed(self, raw: bytes) -> bytes | None:
        if len(raw) not in {IPV4_BYTES, IPV6_BYTES}:
            return None
        weak = self._address(to_text(raw))
        packed = None if weak is None else pack(weak)
        if packed is None:
            return None
        # An IPv4 address in sixteen bytes keeps that width.
        return packed if len(packed) == len(raw) else bytes(10) + b"\xff\xff" + packed

    def _as_url(self, value: Any) -> Any:  # noqa: ANN401 - a column's value
        text = str(value).strip()
        if text.startswith("?"):
            kept = scrub_query(text[1:], self._keep)
            return f"?{kept}" if kept else None
        if _REQUEST.fullmatch(text):
            return self._fields.of("request")(text.encode("utf-8", "replace")).decode()
        return scrub_url(text, self._keep) or None

    def _as_device(self, value: Any) -> Any:  # noqa: ANN401 - a column's value
        text = str(value)
        if is_device(text):
            return text
        told = msgspec.json.decode(_devices()(text.encode("utf-8", "replace")).fragment)
        return f"{told['type']}/{told['os']}/{told['browser']}"


@cache
def _devices() -> DeviceReader:
    """Return the reader of a process: its parser takes a while to load."""
    return DeviceReader()


def is_device(text: str) -> bool:
    """Say whether *text* is a class of device as this file writes it, or a shorter form of one."""
    sort, _, rest = text.partition("/")
    system, _, browser = rest.partition("/")
    family = re.sub(r" \d{1,4}$", "", browser)
    known = sort in _SORTS and (not system or system in SYSTEMS or system == "Other")
    return known and (not browser or family in BROWSERS or family == "Other")


def _as_text(value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - a column's value
    if isinstance(value, bytes | bytearray | memoryview):
        value = bytes(value).decode("utf-8", "replace")
    if isinstance(value, str):
        return scrub_in_place(value, limit=min(len(value), LONGEST_TEXT)) if value else value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        if depth > DEEPEST:
            return None
        return {_as_text(str(name)): _as_text(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return None if depth > DEEPEST else [_as_text(inner, depth + 1) for inner in value]
    text = str(value)
    return value if scrub_text(text, limit=len(text)) == text else None


def _remembering(made: Read, column: Column, empty: Any) -> TreatValue:  # noqa: ANN401
    """Return *made*, which fails closed, fits the column and remembers what it was asked before."""
    met: dict[Any, Any] = {}

    def treat(value: Any) -> Any:  # noqa: ANN401 - a column's value
        if value is None:
            return None
        if isinstance(value, list) and made is not _as_text:
            return [treat(each) for each in value]
        short = isinstance(value, int) or (
            isinstance(value, str | bytes) and len(value) <= LONGEST_REMEMBERED
        )
        if short and value in met:
            return met[value]
        new = _fitting(_closed(made, value), value, column)
        new = empty if new is None else new
        if short:
            if len(met) >= MOST_REMEMBERED:
                met.clear()
            met[value] = new
        return new

    return treat


def _closed(made: Read, value: Any) -> Any:  # noqa: ANN401 - a column's value
    try:
        return made(value)
    except (ArithmeticError, AttributeError, InputError, TypeError, UnicodeError, ValueError):
        return None


def _fitting(new: Any, old: Any, column: Column) -> Any:  # noqa: ANN401 - a column's value
    """Return *new* no longer than the column takes; as it was where only its spelling differs."""
    if isinstance(new, str) and column.length is not None and len(new) > column.length:
        while len(new) > column.length and "/" in new:
            new = new.rpartition("/")[0]
        new = new[: column.length]
    return old if not isinstance(old, str) and str(new) == str(old).partition("/")[0] else new
