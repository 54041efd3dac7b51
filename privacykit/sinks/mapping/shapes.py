"""
The shapes of a mapped value: the same said in another way, or less. Pure.

A shape never adds: it reads nothing but the value. The list is closed, and a test tries them all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote


class ValueShape(NamedTuple):
    """
    One way to say a value.

    Attributes:
        said: For the documentation, with a comma before it; empty where there is nothing to say.
        apply: Makes it of the value.
    """

    said: str
    apply: Callable[[Any], Any]


def _moment(value: str | float) -> datetime:
    if isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC)
    return datetime.fromtimestamp(value, UTC)


def _milliseconds(value: str | float) -> int:
    return round(_moment(value).timestamp() * 1000)


def _iso(value: str | float) -> str:
    text = _moment(value).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_PLAIN_START = re.compile("^(?![A-Za-z])|^(?=firebase_|ga_|google_|gtag)")

AS_IS = ValueShape("", lambda value: value)
ISO = ValueShape(", RFC 3339 in UTC to the millisecond", _iso)
SECONDS = ValueShape(", Unix seconds", lambda value: int(_moment(value).timestamp()))
MILLISECONDS = ValueShape(", Unix milliseconds", _milliseconds)
MILLISECONDS_TEXT = ValueShape(
    ", Unix milliseconds, as text", lambda value: str(_milliseconds(value))
)
MICROSECONDS = ValueShape(", Unix microseconds", lambda value: _milliseconds(value) * 1000)
NANOSECONDS = ValueShape(
    ", Unix nanoseconds, as text", lambda value: str(_milliseconds(value) * 1_000_000)
)
SPACED = ValueShape(
    ", `YYYY-MM-DD HH:MM:SS` in UTC", lambda value: _moment(value).strftime("%Y-%m-%d %H:%M:%S")
)
TEXT = ValueShape(
    ", as text", lambda value: str(value).lower() if isinstance(value, bool) else str(value)
)
DIGITS = ValueShape(
    ", where it is nothing but digits",
    lambda value: str(value) if re.fullmatch("[0-9]{1,20}", str(value)) else None,
)
INTERNAL_NAME = ValueShape(
    ", in lower case, with `_` for all but letters and digits, the first 50 characters",
    lambda value: re.sub("[^a-z0-9]+", "_", str(value).lower())[:50],
)
LOWER = ValueShape(", in lower case", lambda value: str(value).lower())
FIRST_16 = ValueShape(", the first 16 characters", lambda value: str(value)[:16])
DASHED = ValueShape(
    ", as a UUID's text",
    lambda value: f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:32]}",
)
FIRST_50 = ValueShape(", the first 50 characters", lambda value: str(value)[:50])
FAMILY_20 = ValueShape(
    ", without its number, the first 20 characters",
    lambda value: re.sub(r" [0-9.]+$", "", str(value))[:20],
)
LAST_16 = ValueShape(
    ", the last 16 characters without dashes", lambda value: str(value).replace("-", "")[-16:]
)
STAND_IN = ValueShape(
    ", its last 96 bits as an address in `2001:db8::/32`, which is nobody's (RFC 3849)",
    lambda value: "2001:db8:" + ":".join(re.findall("....", str(value).replace("-", "")[-24:])),
)
QUOTED = ValueShape(", percent-encoded", lambda value: quote(str(value), safe=""))
COMMAS = ValueShape(", joined by commas", ",".join)
NAME_40 = ValueShape(
    ", in letters, digits and `_`, at most 40, beginning with a letter; `x_` before what Google "
    "keeps for itself",
    lambda value: _PLAIN_START.sub(r"x_\g<0>", re.sub("[^A-Za-z0-9_]", "_", str(value)))[:40],
)
SHORT_100 = ValueShape(
    ", of a text the first 100 characters",
    lambda value: value if type(value) in {int, float} else _text(value)[:100],
)
COMMAS_100 = ValueShape(
    ", joined by commas, the first 100 characters", lambda value: ",".join(value)[:100]
)
DAY = ValueShape(
    ", its day in UTC as the number YYYYMMDD", lambda value: _moment(value).strftime("%Y%m%d")
)
COUNTRY = ValueShape(", nothing where it is `ZZ`", lambda value: None if value == "ZZ" else value)
PAIRS = ValueShape(
    ", as `name=value` joined by commas",
    lambda value: ",".join(f"{name}={one}" for name, one in value.items()),
)
REGION = ValueShape(", without the country", lambda value: value.partition("-")[2] or None)
ALLOWED = ValueShape(
    ", `true` for `allow` and `false` for anything else", lambda value: value == "allow"
)

SHAPES = (
    AS_IS,
    ISO,
    SECONDS,
    MILLISECONDS,
    MILLISECONDS_TEXT,
    MICROSECONDS,
    NANOSECONDS,
    SPACED,
    TEXT,
    DIGITS,
    INTERNAL_NAME,
    LOWER,
    FIRST_16,
    FIRST_50,
    FAMILY_20,
    LAST_16,
    STAND_IN,
    QUOTED,
    DASHED,
    COMMAS,
    NAME_40,
    SHORT_100,
    COMMAS_100,
    DAY,
    COUNTRY,
    PAIRS,
    REGION,
    ALLOWED,
)
"""All shapes there are."""
