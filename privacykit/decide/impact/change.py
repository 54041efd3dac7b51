"""Changes of decisions: what is asked, under which policies, what is decided otherwise. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from privacykit.decide.impact.boxes import Box, values_in
from privacykit.decide.impact.grid import Asked, Grid
from privacykit.decide.reason import Reason, Signals
from privacykit.policy.audience import Audience
from privacykit.policy.model import Policy
from privacykit.policy.policyset import PolicySet
from privacykit.policy.verdict import Verdict

Policies = tuple[Policy, ...]


@dataclass(frozen=True)
class AskedPurpose:
    """
    What is asked about: a purpose of a site, or a use of the bare law.

    Attributes:
        name: Its name.
        site: The site, or who asks; empty where there is only one.
        uses: The uses that must all be allowed.
        audience: Who the site is for and who runs it.
        properties: Returns what is declared and measured under some policies.
        gpc_scope: ``everywhere`` or ``mandated``.
        strict: Take no risk where the law is unsettled.
        of_operators: Ask too of operators established where a law follows nobody else.
    """

    name: str
    site: str
    uses: tuple[str, ...]
    audience: Audience
    properties: Callable[[Policies], Mapping[str, object]]
    gpc_scope: str = "everywhere"
    strict: bool = False
    of_operators: bool = False

    def asked(self, use: str, policies: Policies) -> Asked:
        """Return the question about one of its uses under *policies*."""
        properties = self.properties(policies)
        return Asked(use, self.audience, properties, self.gpc_scope, self.strict)


class LawOn(NamedTuple):
    """Policies as they stand on a day."""

    policies: PolicySet
    on: date

    def at(self, place: str, audience: Audience) -> Policies:
        """Return those that apply at *place*."""
        return self.policies.applicable(place, on=self.on, audience=audience)


@dataclass(frozen=True, slots=True)
class Change:
    """
    Cases that are decided otherwise.

    Attributes:
        old: The verdict before.
        new: The verdict after.
        grid: What may be said.
        box: The part of it that is decided otherwise.
        before: Why it was so, in one of the cases.
        after: Why it is so now, in the same one.
    """

    old: Verdict
    new: Verdict
    grid: Grid = field(repr=False)
    box: Box
    before: Reason
    after: Reason

    @property
    def looser(self) -> bool:
        """Tell whether less is asked than before."""
        return self.new < self.old

    def cases(self) -> dict[str, tuple[object, ...]]:
        """Return the values of each axis, those left out on which all of them are meant."""
        return {
            name: tuple(values[at] for at in values_in(mask))
            for (name, values), mask in zip(self.grid.axes, self.box, strict=True)
            if mask.bit_count() < len(values)
        }

    def example(self) -> Signals:
        """Return one of the cases."""
        return self.grid.signals(first_point(self.grid, self.box))


@dataclass(frozen=True, slots=True)
class Impact:
    """
    The same changes of some purposes at some places.

    Attributes:
        subjects: The purposes, with their sites.
        places: The places.
        changes: What is decided otherwise, the larger parts first.
    """

    subjects: tuple[tuple[str, str], ...]
    places: tuple[str, ...]
    changes: tuple[Change, ...]

    @property
    def looser(self) -> bool:
        """Tell whether any of it is looser."""
        return any(change.looser for change in self.changes)


def first_point(grid: Grid, box: Box) -> int:
    """Return the first point of *box*."""
    point = 0
    for (_, values), mask in zip(grid.axes, box, strict=True):
        point = point * len(values) + next(values_in(mask))
    return point
