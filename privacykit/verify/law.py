"""
The law alone: whether an event's policies let its purpose be without a consent. Pure.

Asked anew as a server asks them, of a visitor who said nothing but what the browser did.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from privacykit.collect.counters import DecisionCounts
from privacykit.collect.plans.compile import PlanCompiler
from privacykit.collect.plans.plan import showing
from privacykit.decide.decision import label_set
from privacykit.decide.rulings import Rulings
from privacykit.policy.policyset import PolicySet
from privacykit.policy.verdict import Verdict
from privacykit.runtime.sites import sites_of
from privacykit.settings.named_stores import sink_rules
from privacykit.signals.choice import mask as choice
from privacykit.verify.places.place import KeptEvent
from privacykit.verify.stated import Stated

DAYS = 40
"""Days of sites whose answers are remembered: events come by months."""
ANSWERS = 10_000
MEBIBYTE = 1 << 20
_SIGNALS = {"gpc": choice.GPC, "dnt": choice.DNT}


class LawAlone:
    """
    What policies let be without a consent.

    Args:
        stated: The policy in force.
        policies: The policies as they are now.
    """

    def __init__(self, stated: Stated, policies: PolicySet) -> None:
        settings = stated.settings
        self._stated = stated
        self._policies = policies
        self._sites = sites_of(settings, sink_rules(settings))
        self._rulings = Rulings()
        self._compiler = lru_cache(DAYS)(self._made)
        self._answer = lru_cache(ANSWERS)(self._asked)

    def permits(self, event: KeptEvent, at: float) -> bool | None:
        """
        Tell whether *event* may rest on the law.

        Args:
            event: The event.
            at: Its time, in Unix seconds.

        Returns:
            ``None`` where it cannot be told: its policies are not those of now, or its site or
            purpose is not configured.
        """
        answer = self._anew(event, at)
        if answer is None:
            return None
        permits, labels, named = answer
        return permits if named == labels else None

    def names_alike(self, event: KeptEvent, at: float) -> bool | None:
        """
        Tell whether *event* names the policies by which it would be decided now.

        Args:
            event: The event.
            at: Its time, in Unix seconds.

        Returns:
            ``None`` where it cannot be told: its place, site or purpose is not configured.
        """
        answer = self._anew(event, at)
        if answer is None or not answer[1]:
            return None
        return answer[1] == answer[2]

    def _anew(self, event: KeptEvent, at: float) -> tuple[bool, list[str], list[str]] | None:
        """Return what the law permits now, by which policies, and which the event names."""
        data, site = event.data, event.text("site")
        day = self._stated.day(site, at)
        consent, where = data.get("consent"), data.get("place")
        if day is None or site not in self._sites or not isinstance(consent, Mapping):
            return None
        place = _place(where) if isinstance(where, Mapping) else ""
        signals, named = consent.get("signals"), consent.get("policies")
        if not place or not isinstance(named, list | tuple):
            return None
        said = signals if isinstance(signals, list | tuple) else ()
        mask = sum(bit for name, bit in _SIGNALS.items() if name in said)
        permits, labels = self._answer(
            site, date.fromisoformat(day.date), place, event.text("purpose"), mask
        )
        return permits, labels, sorted(map(str, named))

    def _made(self, site: str, day: date) -> PlanCompiler:
        return PlanCompiler(
            self._sites[site],
            self._policies,
            day,
            self._stated.method,
            rulings=self._rulings,
            tallies=DecisionCounts(),
            show_by=showing,
            most_bytes=MEBIBYTE,
            edition=0,
        )

    def _asked(
        self, site: str, day: date, place: str, purpose: str, mask: int
    ) -> tuple[bool, list[str]]:
        found = self._compiler(site, day).compile(place, mask).decisions.get(purpose)
        if found is None:
            return True, []
        return found.verdict is Verdict.ALLOW, sorted(label_set(tuple(found.policies)))


def _place(where: Mapping[str, object]) -> str:
    """Return the place of an event as the policies know it."""
    found = where.get("region") or where.get("country")
    return found if isinstance(found, str) else ""
