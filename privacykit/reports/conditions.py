"""
Conditions on events and visits: steps of funnels, goals and segments. Pure.

The grammar is a subset of Matomo's: ``field op value`` with ``== != =@ !@ =^ =$ < <= > >=``,
``;`` for *and*, ``,`` for *or*, which binds tighter. A value may write ``%2C`` and ``%3B`` for the
two separators, and ``%25`` for a percent sign.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final, Literal, cast, get_args
from urllib.parse import unquote

import msgspec

from privacykit.errors import InputError

Op = Literal["==", "!=", "=@", "!@", "=^", "=$", "<", "<=", ">", ">="]

FIRST_FIELDS: Final = (
    "country", "region", "language", "channel", "campaign", "content", "referrer_host", "device",
    "browser", "os",
)  # fmt: skip
"""What a visit takes from its first event."""

ANY_FIELDS: Final = ("event", "page", "value")
"""What any event of a visit may fulfil."""

LASTING_FIELDS: Final = ("visitor", "visits", "orders")
"""What a visit has by the visits before it: whether its visitor is new, its number among their
visits, and their orders up to its end. Only ids that last tell it."""

CART_FIELDS: Final = ("cart", "value_bucket")
"""What a visit has by its carts and orders."""

VISIT_FIELDS: Final = LASTING_FIELDS + CART_FIELDS
"""What is found out of a visit as a whole, and so can be of a segment, but of no step."""

CART: Final = "cart_add"
ORDER: Final = "order"
"""Names of the events that put into a cart, and that order, where nobody says others."""

BUCKET_BOUNDS: Final = (2_000, 5_000, 10_000, 20_000)
"""Where buckets of money begin, in minor units, beside 0."""

BUCKETS: Final = (
    "none",
    "below 0",
    f"0-{BUCKET_BOUNDS[0] - 1}",
    *(f"{one}-{two - 1}" for one, two in pairwise(BUCKET_BOUNDS)),
    f"{BUCKET_BOUNDS[-1]}+",
)

NEW: Final = "new"
RETURNING: Final = "returning"
CARTS: Final = ("none", "ordered", "abandoned", "ordered_then_abandoned")
_COUNTS: Final = frozenset({"visits", "orders"})
_VALUES: Final = {"visitor": (NEW, RETURNING), "cart": CARTS, "value_bucket": BUCKETS}

PROPERTY: Final = "prop."
"""Begins the field of a property: ``prop.plan``."""

SINGLING_OUT: Final = frozenset({
    "visitor_id", "record", "subject", "ip", "id", "event_id", "time", "order_id",
    "query", "city", "latitude", "longitude", "user_agent", "email", "name_of_person",
})  # fmt: skip
"""Fields that would show single people, and are refused as ``singles_out``."""

MOST_DIMENSIONS: Final = 2
"""Different fields that a segment may look at."""

_ONE: Final = re.compile(
    r"^\s*([a-z_]+(?:\.[A-Za-z0-9_]+)?)\s*(==|!=|=@|!@|=\^|=\$|<=|>=|<|>)(.*)$"
)
_NAME: Final = re.compile(r"[A-Za-z0-9_]{1,64}")
_NUMBER: Final = re.compile(r"^-?[0-9]+$")


class Condition(msgspec.Struct, frozen=True):
    """
    One comparison.

    Attributes:
        field: What is looked at: one of the fields above, or ``prop.`` and a property's name.
        op: How: equal, not equal, contains, does not contain, begins with, ends with, or as a
            number.
        value: What with, as text.
    """

    field: str
    op: Op
    value: str

    @property
    def is_activity(self) -> bool:
        """Whether any event of a visit may fulfil it; else the first one tells."""
        return self.field not in FIRST_FIELDS + VISIT_FIELDS

    @property
    def is_negative(self) -> bool:
        """Whether it says what is not so: then no event of a visit may be otherwise."""
        return self.op in {"!=", "!@"}


Clauses = tuple[tuple[Condition, ...], ...]
"""All must hold; of each, one."""


def read_conditions(text: str) -> Clauses:
    """
    Read conditions written in the grammar of this module.

    Raises:
        InputError: They are not, or a field is unknown or would show single people.
    """
    return tuple(tuple(_condition(one) for one in clause.split(",")) for clause in text.split(";"))


def read_step(text: str) -> Clauses:
    """
    Read a step: conditions, a page that begins with ``/`` and may end in ``*``, or an event's name.

    Raises:
        InputError: It is none of them.
    """
    text = text.strip()
    if not text:
        raise InputError("a step is empty; name an event, a page like /cart, or event==order")
    if _ONE.match(text):
        found = read_conditions(text)
        if wrong := sorted(dimensions(found).intersection(VISIT_FIELDS)):
            raise InputError(f"{wrong[0]} is of whole visits: use it in a segment, not in a step")
        return found
    if text.startswith("/"):
        if text.endswith("*"):
            return ((Condition("page", "=^", text.removesuffix("*")),),)
        return ((Condition("page", "==", text),),)
    return ((Condition("event", "==", text),),)


def dimensions(clauses: Clauses) -> frozenset[str]:
    """Return the fields that *clauses* look at."""
    return frozenset(one.field for clause in clauses for one in clause)


def check_property(name: str) -> None:
    """
    Refuse what is no name of a property.

    Raises:
        InputError: It holds other characters, or more than 64.
    """
    if not _NAME.fullmatch(name):
        raise InputError(
            f"the name of a property holds letters, digits and _ only, 64 at most: {PROPERTY}NAME"
        )


def _condition(text: str) -> Condition:
    found = _ONE.match(text)
    if found is None:
        raise InputError(
            "a condition is not field, operator and value, like channel==search; operators are: "
            + " ".join(get_args(Op))
        )
    field, op, value = found.groups()
    if field in SINGLING_OUT or (field.partition(".")[0] in SINGLING_OUT):
        raise InputError(f"singles_out: {field} would show single people; reports do not take it")
    if field not in FIRST_FIELDS + ANY_FIELDS + VISIT_FIELDS and not field.startswith(PROPERTY):
        known = ", ".join((*FIRST_FIELDS, *ANY_FIELDS, *VISIT_FIELDS, f"{PROPERTY}NAME"))
        raise InputError(f"no field of that name in a condition; there are: {known}")
    if field.startswith(PROPERTY):
        check_property(field.removeprefix(PROPERTY))
    value = unquote(value.strip())
    if (op[0] in "<>" or field in _COUNTS) and not _NUMBER.match(value):
        raise InputError(f"{field} {op} needs a whole number")
    _check_value(field, op, value)
    return Condition(field, cast("Op", op), value)


def _check_value(field: str, op: str, value: str) -> None:
    """
    Refuse what a field of few values cannot be.

    Raises:
        InputError: It is none of them, or is compared otherwise than for being equal; a visitor
            is *new* or *returning*, since anything else would be one person.
    """
    if field in _COUNTS and op[1:] in {"@", "^", "$"}:
        raise InputError(f"{field} is a number: compare it by == != < <= > >=")
    known = _VALUES.get(field)
    if known and (op not in {"==", "!="} or value not in known):
        code = "singles_out: " if field == "visitor" else ""
        raise InputError(f"{code}{field} is compared by == or != with one of: {', '.join(known)}")
