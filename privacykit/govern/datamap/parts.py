"""Parts that the whole data map is made of: strictness and shorthand. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

from privacykit.errors import InputError
from privacykit.govern.datamap.condition import parse_condition
from privacykit.govern.datamap.duration import Duration, parse_duration
from privacykit.govern.records import RowCondition
from privacykit.personal.categories import is_category


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _category(key: str) -> str:
    if not is_category(key):
        raise PydanticCustomError("PK213", "not a data category of fideslang")
    return key


def _condition(value: object) -> object:
    try:
        return parse_condition(value) if isinstance(value, str) else value
    except InputError as error:
        raise PydanticCustomError("PK212", str(error)) from None


def _duration(value: object) -> object:
    try:
        return parse_duration(value) if isinstance(value, str) else value
    except InputError as error:
        raise PydanticCustomError("PK212", str(error)) from None


UNWRITTEN = "TODO"
"""How a generated reason begins: somebody still has to write it."""


def unwritten(reason: str) -> bool:
    """Say whether *reason* is one that nobody wrote: a generated one, or a note to write one."""
    return reason.strip().casefold().startswith(("todo", "fixme", "tbd", "?"))


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Category = Annotated[str, BeforeValidator(_category)]
Categories = Annotated[tuple[Category, ...], BeforeValidator(_listed)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3)]
Span = Annotated[Duration, BeforeValidator(_duration)]
Conditions = tuple[Annotated[RowCondition, BeforeValidator(_condition)], ...]
Origin = Literal["provided", "observed", "derived", "third_party"]


class Strict(BaseModel):
    """Frozen; an unknown key is an error."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        arbitrary_types_allowed=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )
