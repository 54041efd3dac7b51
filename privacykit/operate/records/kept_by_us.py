"""Plan steps of what holds keep of a person in stores of ours; without holds none is opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from privacykit.govern.planned import PlanStep
from privacykit.govern.records import Identity

if TYPE_CHECKING:
    from privacykit.operate.context import OperatorContext


def kept_by_us(context: OperatorContext) -> Callable[[Sequence[Identity]], tuple[PlanStep, ...]]:
    """Return what says which steps of a plan are of what holds keep of a person in our stores."""

    def foretold(person: Sequence[Identity]) -> tuple[PlanStep, ...]:
        if not context.holds.standing():
            return ()
        from privacykit.operate.records.own_steps import foreseen
        from privacykit.operate.records.own_stores import own_steps

        return foreseen(own_steps(context, person))

    return foretold
