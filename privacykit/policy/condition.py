"""
Conditions on declared or measured properties of a purpose. Pure.

What is not stated is not met: no condition holds for a property that is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Properties = Mapping[str, object]
"""What configuration declares and the runtime measures: name to boolean, number or word."""


@dataclass(frozen=True, slots=True)
class PropertyCondition:
    """
    One property compared with one value.

    Attributes:
        prop: Name of the property.
        equals: The value it must have; compared with its type, so ``1`` is not ``True``.
        at_most: The greatest number allowed.
        at_least: The least number allowed.
    """

    prop: str
    equals: bool | str | None = None
    at_most: float | None = None
    at_least: float | None = None

    def holds(self, properties: Properties) -> bool:
        """Tell whether *properties* state the property and it fits."""
        value = properties.get(self.prop)
        if self.equals is not None:
            return type(value) is type(self.equals) and value == self.equals
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return (self.at_most is None or value <= self.at_most) and (
            self.at_least is None or value >= self.at_least
        )


@dataclass(frozen=True, slots=True)
class Conditions:
    """
    Conditions joined: every one of *every*, and one of *any_of* where there are any.

    Attributes:
        every: All must hold.
        any_of: At least one must hold, unless there are none.
    """

    every: tuple[PropertyCondition | Conditions, ...] = ()
    any_of: tuple[PropertyCondition | Conditions, ...] = ()

    def holds(self, properties: Properties) -> bool:
        """Tell whether *properties* meet them; nothing is met by silence."""
        return all(one.holds(properties) for one in self.every) and (
            not self.any_of or any(one.holds(properties) for one in self.any_of)
        )

    def names(self) -> frozenset[str]:
        """Return the names of the properties asked for."""
        return frozenset(
            name
            for one in (*self.every, *self.any_of)
            for name in ((one.prop,) if isinstance(one, PropertyCondition) else one.names())
        )
