"""
Standing of a purpose: whether a choice in our form changes it now, and what stands against it.

Pure. Banner, pages, status, account page and records all go by this one answer. Law of this file,
held by ``tests/properties/test_standing_laws.py``: what it says can be allowed is allowed by the
very request that carries such a grant beside everything else this one carries, and what it says
cannot is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import msgspec

from privacykit.collect.plans.plan import CompiledPlan
from privacykit.collect.site import Purpose
from privacykit.decide.codes import LETS_PASS, Code
from privacykit.decide.decision import Decision, Reason
from privacykit.policy.verdict import Verdict
from privacykit.signals.choice.mask import DNT, GPC, GRANT_AFTER_GPC, after_granting
from privacykit.signals.read import Heard, Voice, all_of, joined, refused_bit

if TYPE_CHECKING:
    from privacykit.collect.privacy import Privacy

Against = Literal["banner", "string", "address", "gpc", "dnt", "law", "account"]
"""What may stand against a purpose besides the visitor's own choice here; an account's refusal is
asked for where a form is posted, since whoever is signed in is looked up then only."""
SHOWN_REASONS = 3
"""Reasons that pages tell of a purpose, the deciding ones; at an unknown place all have one."""
_SIGNALS: Final[Mapping[str, Against]] = {
    Code.GPC.value: "gpc",
    Code.CONSENT_BEFORE_SIGNAL.value: "gpc",
    Code.DNT_OBJECTION.value: "dnt",
}
GPC_PROCESSED = frozenset({"gpc", "opted_out"})
ALLOW = Verdict.ALLOW


class Objector(msgspec.Struct, frozen=True):
    """
    What stands against a purpose.

    Attributes:
        by: What it is.
        where: The cookie or parameter that says so; empty where it is none.
    """

    by: Against
    where: str = ""


class Standing(msgspec.Struct, frozen=True):
    """
    How a purpose stands for one request.

    Attributes:
        noticed: Whether a grant given now would hold, the notice about GPC read where it is sent.
        unnoticed: Whether one without that notice would.
        against: What stands against the purpose, besides the visitor's choice here; what no choice
            here lifts comes first.
        stops: What the law says against such a grant, the deciding reasons first.
    """

    noticed: bool = False
    unnoticed: bool = False
    against: tuple[Objector, ...] = ()
    stops: tuple[Reason, ...] = ()

    @property
    def barred_by(self) -> Against:
        """What a grant given now goes against first, where it would not hold."""
        if self.noticed and not self.unnoticed:
            return "gpc"
        return self.against[0].by if self.against else "law"


NO_STANDING = Standing()
"""Of a purpose about which nothing was decided."""


class LawfulStanding(NamedTuple):
    """How a purpose stands where nobody but the visitor is heard: while it is on, and off."""

    on: Standing
    off: Standing


def lawful_standings(
    purposes: Sequence[Purpose], plan_after: Callable[[int], CompiledPlan], signals: int
) -> dict[str, LawfulStanding]:
    """
    Return how each of *purposes* stands at a place, were nobody but the visitor heard, by its id.

    Args:
        purposes: All of the site's.
        plan_after: Returns the plan of a mask there.
        signals: The signals that the browser sends, as a mask has them.
    """
    everything = after_granting(signals, len(purposes))
    lawful = plan_after(everything).decisions
    signalled = plan_after(everything & ~GRANT_AFTER_GPC).decisions
    found = {}
    for purpose in purposes:
        if not purpose.necessary:
            noticed, unnoticed = lawful[purpose.id], signalled[purpose.id]
            stops, against = _stops(noticed), _against(unnoticed, noticed)
            holds = noticed.verdict is ALLOW, unnoticed.verdict is ALLOW
            found[purpose.id] = LawfulStanding(
                Standing(*holds, (), stops), Standing(*holds, against, stops)
            )
    return found


def standings(privacy: Privacy) -> dict[str, Standing]:
    """Return how each purpose stands for the request of *privacy*, by its id."""
    site_day, plan = privacy.site_day, privacy.plan
    decisions, signals = plan.decisions, plan.mask & (GPC | DNT)
    lawful = site_day.lawful[plan.place, signals]
    voices = site_day.voices(privacy.cookie, privacy.query)
    if not voices or not any(voice.heard.refused for voice in voices):
        return {
            id_: on if decisions[id_].verdict is ALLOW else off for id_, (on, off) in lawful.items()
        }
    purposes = site_day.site.purposes
    beside = Heard(refused=all_of([voice.heard for voice in voices]).refused)
    # What others say is joined last, as in every request, so that no grant of ours goes before it.
    everything = after_granting(signals, len(purposes))
    noticed = site_day.plans[plan.place, joined(everything, beside)].decisions
    unheeding = joined(everything & ~GRANT_AFTER_GPC, beside)
    unnoticed = site_day.plans[plan.place, unheeding].decisions
    found = {}
    for index, purpose in enumerate(purposes):
        if not purpose.necessary:
            known = lawful[id_ := purpose.id].off
            against = (*_refusing(voices, index), *known.against)
            found[id_] = Standing(
                noticed[id_].verdict is ALLOW,
                unnoticed[id_].verdict is ALLOW,
                () if decisions[id_].verdict is ALLOW else against,
                known.stops,
            )
    return found


def is_processed(decisions: Iterable[Decision]) -> bool:
    """Tell whether the GPC signal decided anything, or a choice that goes further did."""
    codes = [reason.code for made in decisions for reason in made.reasons]
    return not GPC_PROCESSED.isdisjoint(codes)


def _refusing(voices: Sequence[Voice], index: int) -> tuple[Objector, ...]:
    """Return those of *voices* that refuse the purpose of *index*."""
    bit = refused_bit(index)
    return tuple([Objector(it.kind, it.name) for it in voices if it.heard.refused & bit])


def _against(signalled: Decision, lawful: Decision) -> tuple[Objector, ...]:
    """
    Return what stands against a purpose, were nobody but the visitor heard.

    Args:
        signalled: The decision right after a grant without the notice about GPC.
        lawful: The same after one with it.
    """
    stops = [reason for reason in _stops(lawful) if reason.code not in _SIGNALS]
    signals = [_SIGNALS[reason.code] for reason in signalled.reasons if reason.code in _SIGNALS]
    said = [Objector(by) for by in dict.fromkeys(signals)] if signalled.verdict is not ALLOW else []
    return (*([Objector("law")] if stops else []), *said)


def _stops(made: Decision) -> tuple[Reason, ...]:
    """Return the deciding reasons that do not let pass: what does stands behind them."""
    if made.verdict is ALLOW:
        return ()
    return tuple([r for r in made.reasons[:SHOWN_REASONS] if r.code not in LETS_PASS])
