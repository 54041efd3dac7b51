"""Options that several of these kinds have, and what they mean. Reads definitions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.errors import InputError
from privacykit.reports.conditions import CART, ORDER, read_step
from privacykit.reports.kinds.questions import Goal

if TYPE_CHECKING:
    from privacykit.reports.kinds.definition import Definition

TopOption = Annotated[
    int,
    typer.Option("--top", metavar="N", min=1, max=1000, help="Rows of a list, the greatest first."),
]
DefinitionOption = Annotated[
    str,
    typer.Option("--definition", metavar="FILE", help="Goals, funnels and stages, in TOML."),
]


EpsilonOption = Annotated[
    str,
    typer.Option(
        "--epsilon",
        metavar="E",
        help="Visitors alone, with the noise of differential privacy; what it may cost.",
    ),
]


@dataclass(frozen=True, slots=True)
class ShopOptions:
    """Which events are of carts and orders: an option set."""

    cart: Annotated[
        str, typer.Option("--cart", metavar="EVENT", help="The event that puts into a cart.")
    ] = CART
    order: Annotated[
        str, typer.Option("--order", metavar="EVENT", help="The event that orders.")
    ] = ORDER


@dataclass(frozen=True, slots=True)
class GoalOptions:
    """What visits convert by: an option set."""

    conversion: Annotated[
        str,
        typer.Option(
            "--conversion",
            metavar="GOAL",
            help="What converts: a goal of the definition; without one an event, a page, "
            "conditions.",
        ),
    ] = ""
    definition: DefinitionOption = ""

    def goal(self) -> Goal | None:
        """
        Return what converts, if that is asked.

        Raises:
            InputError: It is no goal of the definition, or cannot be read.
            ConfigurationError: Something in the definition is wrong.
        """
        if not self.conversion:
            return None
        if self.definition:
            return definition_of(self.definition).goal(self.conversion)
        return Goal(self.conversion, read_step(self.conversion))


def definition_of(path: str) -> Definition:
    """
    Return what the file at *path* defines.

    Raises:
        InputError: It cannot be read.
        ConfigurationError: Something in it is wrong.
    """
    from privacykit.reports.kinds.definition import read_definition

    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputError(f"cannot read {path}") from None
    return read_definition(text, path)
