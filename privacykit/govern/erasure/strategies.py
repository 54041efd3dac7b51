"""
Erasure strategies: what is written into a field of a row that stays. Pure.

Law of this file: every strategy applied to its own result changes nothing. A run that crashed
between the store and its own notes is simply repeated, and what was done is recognised.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from privacykit.errors import InputError
from privacykit.govern.datamap.schema import Column
from privacykit.govern.words import Effect, ErasureStrategy

MASK_TEXT = "[erased]"
TOKEN_DIGITS = 32
SHORTEST_TOKEN = 12
"""Hex digits below which two people's tokens are likely to meet."""

TOKEN = re.compile(rf"pk-[0-9a-f]{{{SHORTEST_TOKEN},{TOKEN_DIGITS}}}")
"""What a value becomes that is hashed under a key: nobody's, for whoever has not the key."""
_MASKS: dict[str, Any] = {
    "int": 0,
    "float": 0.0,
    "bool": False,
    "bytes": b"",
    "json": None,
    "date": "1970-01-01",
    "time": "1970-01-01 00:00:00",
}
_CUTS = {"year": (1, 1), "month": (None, 1), "day": (None, None)}
IN_PLACE = frozenset({ErasureStrategy.NULL, ErasureStrategy.MASK, ErasureStrategy.DETACH})
"""Strategies whose result does not depend on the value: one statement changes all rows."""

TOKENS = frozenset({ErasureStrategy.HASH, ErasureStrategy.HMAC, ErasureStrategy.RANDOM})
COARSER = frozenset({ErasureStrategy.TRUNCATE, ErasureStrategy.GENERALISE})


def strategy_effect(strategy: ErasureStrategy, reached: Effect) -> Effect:
    """
    Say what *strategy* makes of a value where the store reaches *reached*.

    A value that can be linked or still says something is at best pseudonymised: nobody has
    checked that it singles no one out.
    """
    if strategy in {ErasureStrategy.HASH, ErasureStrategy.HMAC} | COARSER:
        return Effect.PSEUDONYMISED
    if strategy is ErasureStrategy.KEEP:
        return Effect.NONE
    return Effect.UNREADABLE if strategy is ErasureStrategy.SHRED else reached


def constant(strategy: ErasureStrategy, column: Column, to: str | int | None) -> Any:  # noqa: ANN401
    """
    Return what a strategy of :data:`IN_PLACE` writes.

    Args:
        strategy: The strategy.
        column: Where to; decides the type and the longest text.
        to: The map's own mask.
    """
    if strategy is not ErasureStrategy.MASK:
        return None
    if column.kind in _MASKS:
        return _MASKS[column.kind] if to is None else to
    text = MASK_TEXT if to is None else str(to)
    return text if column.length is None else text[: column.length]


def weaken(
    value: Any,  # noqa: ANN401 - a column's value
    strategy: ErasureStrategy,
    column: Column,
    to: str | int | None = None,
    *,
    key: bytes = b"",
    row: bytes = b"",
) -> Any:  # noqa: ANN401 - a column's value
    """
    Return what *strategy* leaves of *value*.

    Args:
        value: What the column holds; nothing stays nothing.
        strategy: The strategy.
        column: The column.
        to: Its parameter: length kept, calendar unit, width, text behind a token.
        key: For tokens. *hmac*: a durable key, so that a person's tokens meet across runs.
            *hash*: the plan's own, destroyed with it, so that they meet within one run only.
        row: What names the row; makes *random* differ from row to row.

    Raises:
        InputError: The strategy cannot be used on such a column; the value is not in the message.
    """
    if value is None:
        return None
    if strategy in IN_PLACE:
        return constant(strategy, column, to)
    if strategy is ErasureStrategy.TRUNCATE:
        return str(value)[: int(to or 0)]
    if strategy is ErasureStrategy.GENERALISE:
        return _generalise(value, to)
    if strategy in TOKENS:
        own = row if strategy is ErasureStrategy.RANDOM else b""
        return _token(value, column, key, own, "" if to is None else str(to))
    return value


def _token(value: Any, column: Column, key: bytes, row: bytes, suffix: str) -> str:  # noqa: ANN401
    if column.kind not in {"text", "other"}:
        raise InputError("a token needs a text column")
    room = TOKEN_DIGITS
    if column.length is not None:
        room = min(room, column.length - len("pk-") - len(suffix))
    if room < SHORTEST_TOKEN:
        raise InputError("the column is too short for a token")
    text = str(value)
    if text.endswith(suffix) and TOKEN.fullmatch(text.removesuffix(suffix)):
        return text
    message = len(row).to_bytes(4, "big") + row + text.encode()
    digest = blake2b(message, key=key, digest_size=TOKEN_DIGITS // 2, person=b"privacykit.erase")
    return f"pk-{digest.hexdigest()[:room]}{suffix}"


def _generalise(value: Any, to: str | int | None) -> Any:  # noqa: ANN401 - a column's value
    if isinstance(to, int):
        return _bucket(value, to)
    moment = _moment(value)
    month, day = _CUTS.get(str(to), (None, None))
    moment = moment.replace(month=month or moment.month, day=day or moment.day)
    if isinstance(moment, datetime):
        hour = moment.hour if to == "hour" else 0
        moment = moment.replace(hour=hour, minute=0, second=0, microsecond=0)
    if not isinstance(value, str):
        return moment
    # Text keeps its own shape: "2024-05-17 10:11:12" becomes "2024-01-01 00:00:00".
    day = len("2024-05-17")
    return moment.isoformat(value[day]) if isinstance(moment, datetime) else moment.isoformat()


def _bucket(value: Any, width: int) -> Any:  # noqa: ANN401 - a column's value
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise InputError("a width needs a number")
    return type(value)(value // width * width)


def _moment(value: Any) -> date:  # noqa: ANN401 - a column's value
    if isinstance(value, date):
        return value
    try:
        if len(value) == len("2024-05-17"):
            return date.fromisoformat(value)
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise InputError("not a date or time") from None
