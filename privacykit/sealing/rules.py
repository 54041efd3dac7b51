"""Rules of sealing: fields of events, whose they are, and coarser values beside them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

import msgspec

from privacykit.errors import InputError

WIDEST_BAND = 50
PERIODS = ("none", "year", "month")


def check_period(text: str) -> None:
    """
    Make sure that *text* is a period of keys, ``2026`` or ``2026-11``, or empty.

    Raises:
        InputError: It is none.
    """
    if text and not re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2]))?", text, re.ASCII):
        raise InputError("a period is a year or a month: 2026, 2026-11")


class Beside(msgspec.Struct, frozen=True):
    """
    A coarser value in the clear beside a sealed one, so that counting goes on.

    Attributes:
        path: Where it goes.
        by: Makes it: :func:`age_band`, :func:`region`, or a function of your own; nothing that
            names a person may come of it.
    """

    path: str
    by: Callable[[Any], Any]


class SealRule(msgspec.Struct, frozen=True):
    """
    A field to seal.

    Attributes:
        field: Its path, names joined by dots.
        person: The path at which stands whose it is; read before anything is sealed.
        purpose: What the field is for: a key opens one purpose only.
        identity: The identity type of what stands at *person*.
        types: The types of events that it is in; none given means all.
        period: ``month`` or ``year``: a key for each, so that a whole month ends at once.
        beside: Coarser values in the clear.
    """

    field: str
    person: str
    purpose: str
    identity: str = "controller_customer_id"
    types: tuple[str, ...] = ()
    period: Literal["none", "year", "month"] = "none"
    beside: tuple[Beside, ...] = ()

    def __post_init__(self) -> None:
        """
        Check the rule.

        Raises:
            InputError: A path or the purpose is empty, or a path leads through another.
        """
        if not self.field or not self.person or not self.purpose or self.period not in PERIODS:
            raise InputError("PK386 a rule of sealing needs a field, a person and a purpose")
        if any(
            self.field == one.path or one.path.startswith(f"{self.field}.") for one in self.beside
        ):
            raise InputError("PK386 a coarser value cannot stand inside the field that is sealed")

    def applies(self, kind: str) -> bool:
        """Say whether the rule is for events of this type."""
        return not self.types or kind in self.types


def age_band(width: int = 10, *, today: Callable[[], date]) -> Callable[[Any], str | None]:
    """
    Return what makes an age band such as ``30-39`` of a date of birth.

    Args:
        width: Years in a band, 5 to 50: a narrower one begins to single people out.
        today: Returns the day that ages are counted to.

    Raises:
        InputError: The width is too small or too large.
    """
    if not 5 <= width <= WIDEST_BAND:  # noqa: PLR2004 - said above
        raise InputError("PK386 an age band has 5 to 50 years")

    def band(born: Any) -> str | None:  # noqa: ANN401 - a value
        try:
            then, now = date.fromisoformat(str(born)[:10]), today()
        except ValueError:
            return None
        age = now.year - then.year - ((now.month, now.day) < (then.month, then.day))
        if age < 0:
            return None
        first = age // width * width
        return f"{first}-{first + width - 1}"

    return band


def region(value: Any) -> str | None:  # noqa: ANN401 - a value
    """Return the country of an address: ``country`` of a mapping, else nothing."""
    country = value.get("country") if isinstance(value, Mapping) else None
    return country if isinstance(country, str) and len(country) == 2 else None  # noqa: PLR2004


def value_at(event: Mapping[str, Any], names: Sequence[str]) -> Any:  # noqa: ANN401 - a value
    """Return what stands where *names* lead, or ``None``."""
    found: Any = event
    for name in names:
        try:
            found = found[name]
        except (KeyError, TypeError, IndexError):
            return None
    return found


def field_at(event: Mapping[str, Any], names: Sequence[str]) -> Any:  # noqa: ANN401 - a value
    """
    Return what is to be sealed, or ``None`` where there is nothing.

    Raises:
        InputError: PK386, a list or another value that is no object stands on the way: what is
            in it would leave in the clear.
    """
    found: Any = event
    for number, name in enumerate(names):
        if found is None:
            return None
        if not isinstance(found, Mapping):
            raise InputError(_no_object(names, number))
        found = found.get(name)
    return found


def put(event: dict[str, Any], names: Sequence[str], value: Any) -> None:  # noqa: ANN401 - a value
    """
    Put *value* where *names* lead; copies are made on the way, so that the caller's stays.

    Raises:
        InputError: PK386, a list or another value that is no object stands on the way.
    """
    inner = event
    for number, name in enumerate(names[:-1], 1):
        child = inner.get(name)
        if child is not None and not isinstance(child, Mapping):
            raise InputError(_no_object(names, number))
        inner[name] = child = dict(child or {})
        inner = child
    inner[names[-1]] = value


def _no_object(names: Sequence[str], number: int) -> str:
    where, path = ".".join(names[:number]), ".".join(names)
    return (
        f"PK386 {where} is a list or no object, so {path} cannot be reached in it; seal {where} as"
        " a whole, or send its items as events of their own"
    )
