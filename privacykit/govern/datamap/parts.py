"""What every part of the data map is made of: strictness and shorthand. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

from privacykit.errors import InputError
from privacykit.govern.categories import is_category
from privacykit.govern.condition import parse_condition
from privacykit.govern.duration import Duration, parse_duration
from privacykit.govern.records import Condition


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


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Category = Annotated[str, BeforeValidator(_category)]
Categories = Annotated[tuple[Category, ...], BeforeValidator(_listed)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3)]
Span = Annotated[Duration, BeforeValidator(_duration)]
Conditions = tuple[Annotated[Condition, BeforeValidator(_condition)], ...]
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
