"""
Standing of a purpose: whether a choice in our form changes it now, and what stands against it.

Pure. Banner, pages, status, account page and records all go by this one answer. Law of this file,
held by ``tests/properties/test_standing_laws.py``: what it says can be allowed is allowed by the
very request that carries such a grant beside everything else this one carries, and what it says
cannot is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import msgspec

from privacykit.collect.privacy import Privacy
from privacykit.decide.codes import LETS_PASS, Code
from privacykit.decide.decision import Decision, Reason
from privacykit.policy.verdict import Verdict
from privacykit.signals.choice import GPC, GRANT_AFTER_GPC, after_granting
from privacykit.signals.read import Heard, Voice, all_of, joined, refused_bit

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


def standings(privacy: Privacy) -> dict[str, Standing]:
    """Return how each purpose stands for the request of *privacy*, by its id."""
    site_day, plan = privacy.site_day, privacy.plan
    purposes = site_day.site.purposes
    voices = site_day.voices(privacy.cookie, privacy.query)
    beside = Heard(refused=all_of([voice.heard for voice in voices]).refused)
    everything = after_granting(plan.mask, len(purposes))
    unnoticed = everything & ~GRANT_AFTER_GPC

    def after(mask: int) -> Mapping[str, Decision]:
        return site_day.plans[plan.place, mask].decisions

    lawful, signalled = after(everything), after(unnoticed)
    # What others say is joined last, as in every request, so that no grant of ours goes before it.
    noticed = after(joined(everything, beside)) if beside.refused else lawful
    heeded = noticed if not plan.mask & GPC else after(joined(unnoticed, beside))
    return {
        purpose.id: Standing(
            noticed[purpose.id].verdict is ALLOW,
            heeded[purpose.id].verdict is ALLOW,
            ()
            if plan.decisions[purpose.id].verdict is ALLOW
            else _against(index, voices, signalled[purpose.id], lawful[purpose.id]),
            _stops(lawful[purpose.id]),
        )
        for index, purpose in enumerate(purposes)
        if not purpose.necessary
    }


def is_processed(decisions: Iterable[Decision]) -> bool:
    """Tell whether the GPC signal decided anything, or a choice that goes further did."""
    codes = [reason.code for made in decisions for reason in made.reasons]
    return not GPC_PROCESSED.isdisjoint(codes)


def _against(
    index: int, voices: Sequence[Voice], signalled: Decision, lawful: Decision
) -> tuple[Objector, ...]:
    """
    Return what stands against the purpose of *index*.

    Args:
        index: Its place in a mask.
        voices: What others say.
        signalled: The decision right after a grant without the notice about GPC.
        lawful: The same after one with it.
    """
    bit = refused_bit(index)
    others = [Objector(voice.kind, voice.name) for voice in voices if voice.heard.refused & bit]
    signals = [_SIGNALS[reason.code] for reason in signalled.reasons if reason.code in _SIGNALS]
    said = [Objector(by) for by in dict.fromkeys(signals)] if signalled.verdict is not ALLOW else []
    stops = [reason for reason in _stops(lawful) if reason.code not in _SIGNALS]
    return (*others, *([Objector("law")] if stops else []), *said)


def _stops(made: Decision) -> tuple[Reason, ...]:
    """Return the deciding reasons that do not let pass: what does stands behind them."""
    if made.verdict is ALLOW:
        return ()
    return tuple([r for r in made.reasons[:SHOWN_REASONS] if r.code not in LETS_PASS])
