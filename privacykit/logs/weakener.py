"""Values on their way into a log, weakened by the engine that weakens events."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import is_dataclass
from datetime import date, time, timedelta
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from itertools import islice
from pathlib import PurePath
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from privacykit.errors import ConfigurationError
from privacykit.logs.addresses import NOTHING, Weaken, truncate_logged
from privacykit.personal.marks import fields_of, named_items, withheld_fields
from privacykit.personal.objects import PLAIN, holds_marked
from privacykit.pseudonym.texts.sensitive import is_sensitive, words_of
from privacykit.pseudonym.texts.text import LARGEST, scrub_text
from privacykit.pseudonym.url.paths import scrub_path

LONGEST_LOGGED = 10_000
DEEPEST = 4
MOST_VALUES = 1000
"""In one record; what comes after is not logged."""
MOST_CAUSES = 5
LONGEST_ADDRESS = 64
_PAIR = 2
_LISTS = (list, tuple, set, frozenset)

_OF_A_REQUEST = """
agent authority body cookie environ form forwarded fragment header json param parameter payload
query querystring referer referrer useragent
"""
_DROPPED = frozenset(_OF_A_REQUEST.split())
_LONG = 6
_DROPPED_INSIDE = tuple(each for each in _DROPPED if len(each) >= _LONG)
"""Long enough to be meant where they stand inside a longer word."""
CALLERS = frozenset({"auth_user", "clientusername", "remote_user", "ua", "user", "username"})
"""Whole names under which a text or a number says who asks, or with what."""
_WHERE = frozenset({"path", "target", "uri", "url"})
_MEASURED = frozenset(
    {
        "byte",
        "bytes",
        "duration",
        "elapsed",
        "ms",
        "ns",
        "pid",
        "size",
        "thread",
        "time",
        "timestamp",
    }
)
_ONE_RUN = frozenset({"correlation", "job", "request", "span", "task", "trace", "transaction"})
_RUN_ID = re.compile(r"[0-9A-Fa-f-]{8,36}")
_IN_LINES = frozenset({"exception", "exc_text", "stack", "stack_info", "traceback"})
_PORT = re.compile(r"\[?([^\[\]]{2,45}?)\]?:\d{1,5}")

_OF_A_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

Left = Iterator[int]


class Weakener:
    """
    Weakens anything that may be logged, by the name it stands under and by what it looks like.

    An address is weakened whatever its name, with a port or without. What stands under a sensitive
    name, and what belongs to a request (headers, query, body, user agent, referrer), is dropped. A
    path is scrubbed, a text goes through the detectors, numbers from 100 million on are dropped
    unless their name says that they measure time or size. Mappings, pairs, lists, sets, dataclasses
    and objects with marked fields (:class:`.Personal`) are entered, four deep; a marked field is
    dropped. Of an exception its type is kept, of other objects theirs.

    Args:
        weaken: Address text to what may be logged of it; by default as in
            :class:`.AccessLogFilter`.
    """

    def __init__(self, weaken: Weaken | None = None) -> None:
        self._weaken = weaken or truncate_logged

    def mapping(self, found: Mapping[Any, object]) -> dict[object, object]:
        """Return *found* with its names and values weakened."""
        return self._mapping(found, 0, iter(range(MOST_VALUES)))

    def text(self, text: str) -> str:
        """Return *text* on one line, with what is personal or secret replaced by its kind."""
        return self._address(text) or scrub_text(text, limit=LONGEST_LOGGED)

    def lines(self, text: str) -> str:
        """Return *text* as :meth:`text` does, each line on its own."""
        return "\n".join(map(self.text, text[:LONGEST_LOGGED].splitlines()))

    def argument(self, value: object) -> object:
        """Return *value* as it may stand in a message: what has names inside goes by these."""
        if isinstance(value, BaseException):
            return self._plain(value)  # what it says quotes values
        if type(value) in PLAIN or not (_has_names(value) or _marked(value)):
            return value
        weakened = self._value(value, 0, iter(range(MOST_VALUES)))
        return (
            f"{type(value).__qualname__}({weakened})"
            if isinstance(weakened, dict) and not isinstance(value, Mapping)
            else weakened
        )

    def arguments(self, args: object) -> Any:  # noqa: ANN401 - as logging has them
        """Return the arguments of a message, each as :meth:`argument` does."""
        if isinstance(args, tuple):
            return tuple(map(self.argument, args))
        if isinstance(args, Mapping):
            return {name: self._argument_under(name, value) for name, value in args.items()}
        return args

    def _argument_under(self, name: object, value: object) -> object:
        # A number stays one: the format may ask for it as such, and the detectors read its digits.
        if isinstance(value, str | bytes | bytearray) or _has_names(value):
            return self._under(name, value, 0, iter(range(MOST_VALUES)))
        return self.argument(value)

    def _mapping(self, found: Mapping[Any, object], depth: int, left: Left) -> dict[object, object]:
        return {
            self._plain(name): self._under(name, value, depth + 1, left)
            for name, value in islice(found.items(), MOST_VALUES)
        }

    def _under(self, name: object, value: object, depth: int, left: Left) -> object:
        if depth > DEEPEST or next(left, None) is None:
            return NOTHING
        if isinstance(name, bytes):
            name = name.decode("latin-1")
        words = words_of(name) if isinstance(name, str) else frozenset()
        weakened = self._address(value)
        if weakened is not None:
            return weakened
        if isinstance(name, str) and is_dropped(name, words):
            return NOTHING
        return self._named(name, words, value) or self._value(value, depth, left)

    def _named(self, name: object, words: frozenset[str], value: object) -> object:
        """Return *value* where its name decides, ``None`` where what it looks like does."""
        if isinstance(name, str) and name.lower().replace("-", "_") in CALLERS:
            return NOTHING if isinstance(value, str | bytes | bytearray | int) else None
        if isinstance(value, int | float) and not words.isdisjoint(_MEASURED):
            return value
        if not isinstance(value, str):
            return None
        if name in _IN_LINES:
            return self.lines(value)
        if "id" in words and not words.isdisjoint(_ONE_RUN) and _RUN_ID.fullmatch(value):
            return value
        return scrub_path(value) if not words.isdisjoint(_WHERE) and "://" not in value else None

    def _value(self, value: object, depth: int, left: Left) -> object:
        match value:
            case Mapping():
                return self._mapping(value, depth, left)
            case str() | bytes() | bytearray():
                return self._plain(value)
            case Sequence():
                return self._items(value, depth, left)
            case AbstractSet():
                return [
                    self._under(None, each, depth + 1, left) for each in islice(value, MOST_VALUES)
                ]
        if not isinstance(value, type) and (_is_fields_alone(value) or _marked_itself(value)):
            return self._object(value, depth, left)
        return self._plain(value)

    def _object(self, value: object, depth: int, left: Left) -> dict[str, object]:
        """Return the fields of *value*, those that speak of a person as nothing."""
        withheld = withheld_fields(type(value))
        return {
            name: NOTHING if name in withheld else self._under(name, told, depth + 1, left)
            for name, told in (fields_of(value) or {}).items()
        }

    def _items(self, items: Sequence[object], depth: int, left: Left) -> list[object]:
        if named_items(items):
            return list(self._object(items, depth, left).values())
        if len(items) == _PAIR and isinstance(items[0], str | bytes):
            return [self._plain(items[0]), self._under(items[0], items[1], depth + 1, left)]
        return [self._under(None, each, depth + 1, left) for each in islice(items, MOST_VALUES)]

    def _plain(self, value: object) -> object:
        if isinstance(value, bytes | bytearray):
            value = value.decode("latin-1")
        elif isinstance(value, UUID | PurePath):
            value = str(value)
        elif isinstance(value, Enum):
            value = value.value
        if isinstance(value, str):
            return scrub_path(value) if value.startswith("/") else self.text(value)
        if value is None or isinstance(value, bool | date | time | timedelta):
            return value
        if isinstance(value, int | float):
            return value if -LARGEST < value < LARGEST else NOTHING
        kind = type(value).__qualname__
        return kind if isinstance(value, BaseException) else f"<{kind}>"

    def _address(self, value: object) -> str | None:
        """Return *value* weakened where it is an address, as text, with a port or as a socket's."""
        match value:
            case IPv4Address() | IPv6Address():
                return self._weaken(str(value)) or NOTHING
            case (str(host), *rest) if rest and all(isinstance(each, int) for each in rest):
                return self._weaken(host)
            case str() if len(value) <= LONGEST_ADDRESS:
                parted = _PORT.fullmatch(value)
                return self._weaken(value) or (parted and self._weaken(parted[1]))
            case bytes() if len(value) <= LONGEST_ADDRESS:
                return self._address(value.decode("latin-1"))
        return None


def is_dropped(name: str, words: frozenset[str]) -> bool:
    """Return whether what stands under *name*, of these *words*, is dropped if it is no address."""
    joined = "".join(filter(str.isalpha, name.lower()))
    return (
        is_sensitive(name)
        or not _DROPPED.isdisjoint({*words, *(word.removesuffix("s") for word in words)})
        or any(each in joined for each in _DROPPED_INSIDE)
    )


def _has_names(value: object) -> bool:
    """Tell whether *value* is a mapping, a row, or a list whose members may be named as in one."""
    return (
        isinstance(value, Mapping | SimpleNamespace)
        or bool(named_items(value))
        or (
            isinstance(value, _LISTS)
            and any(isinstance(each, (Mapping, BaseException, *_LISTS)) for each in value)
        )
    )


def _is_fields_alone(value: object) -> bool:
    return is_dataclass(value) or isinstance(value, SimpleNamespace)


def _marked_itself(value: object) -> bool:
    try:
        return bool(withheld_fields(type(value)))
    except ConfigurationError:
        return False  # of which the type is kept


def _marked(value: object) -> bool:
    try:
        return holds_marked(value)
    except Exception:  # noqa: BLE001 - P2: what cannot be looked through is not shown
        return True


def trace_of(error: BaseException) -> str:
    """Return where *error* and its causes were raised, not what they say."""
    told: list[str] = []
    found: BaseException | None = error
    while found is not None and len(told) < MOST_CAUSES:
        frames = "".join(traceback.format_tb(found.__traceback__))
        told.append(f"Traceback (most recent call last):\n{frames}{type(found).__qualname__}")
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
    return "\n\n".join(reversed(told))


def weaken_extras(record: logging.LogRecord, weakener: Weakener) -> None:
    """Weaken what ``extra`` added to *record*: formatters that write JSON write it too."""
    extras = {name: value for name, value in vars(record).items() if name not in _OF_A_RECORD}
    if extras:
        weakened = weakener.mapping(dict(extras)).values()
        vars(record).update(zip(extras, weakened, strict=True))
