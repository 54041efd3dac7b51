"""The current state of a request's purposes: decision, signals, choice, as pages tell it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial

import msgspec

from privacykit.collect.consent import standing
from privacykit.collect.privacy import NoPrivacy, Privacy
from privacykit.collect.site import Purpose, refused_purposes
from privacykit.decide.decision import Decision, Reason
from privacykit.policy.verdict import Verdict
from privacykit.signals.choice import mask as choice
from privacykit.signals.choice.cookies import ChoiceCookies
from privacykit.signals.choice.mask import (
    GRANT_AFTER_GPC,
    NO_CHOICE,
    REFUSED,
    Choice,
    age_months,
    granted,
    refused,
)
from privacykit.web.banner.law import AskingLaw, asking_law
from privacykit.web.preferences.http import PageRequest

TOLD_AT_ONCE = frozenset({"off", "off_fixed", "off_gpc", "off_dnt"})
"""States of a purpose whose reason stands beside it, as nothing that the visitor did is it."""
AGAINST: Mapping[standing.Against, str] = {
    "address": "off_address",
    "banner": "off_banner",
    "dnt": "off_dnt",
    "gpc": "off_gpc",
    "law": "off_fixed",
    "string": "off_string",
}
"""Keys of the words for what stands against a purpose."""
ALLOW = Verdict.ALLOW  # looked up once: CPython 3.11 runs Python for a member of an enumeration


class UndecidedError(Exception):
    """We failed before these pages were asked, so nobody knows what holds for this request."""


class CurrentState(msgspec.Struct, frozen=True, dict=True):
    """
    What holds for one request, for showing it to the visitor and for changing it.

    Attributes:
        place: ``US-CA``, ``DE``, or ``ZZ`` when unknown.
        decisions: By purpose id; a purpose without one is shown as off.
        gpc: Whether the browser sent Global Privacy Control.
        gpc_honoured: Whether it was processed as a valid opt-out request.
        dnt: Whether the browser sent Do Not Track.
        standings: By purpose id what a choice can change now, and what stands against it.
        visitors: Returns the visitor ids of this request, so that what is pending can be stopped.
        choice: What the visitor chose before.
        records: Returns every consent record that a cookie of the visitor's names.
        granted_at: Returns the Unix seconds of the grant in force, of a purpose that it grants.
        asking: Returns what the law says about asking the visitor.
    """

    place: str
    decisions: Mapping[str, Decision]
    gpc: bool = False
    gpc_honoured: bool = False
    dnt: bool = False
    standings: Mapping[str, standing.Standing] = msgspec.field(default_factory=dict)
    visitors: Callable[[], tuple[str, ...]] = tuple
    choice: Choice = NO_CHOICE
    records: Callable[[], tuple[str, ...]] = tuple
    granted_at: Callable[[str], float] = lambda _: 0.0
    asking: Callable[[], AskingLaw] = AskingLaw

    @property
    def grantable(self) -> frozenset[str]:
        """Purposes that a form of ours can allow; the others cannot be chosen."""
        return self.grantable_with(notice=True)

    def grantable_with(self, *, notice: bool) -> frozenset[str]:
        """Return the purposes that a grant given now would allow, GPC's *notice* read or not."""
        known = self.standings.items()
        return frozenset([id_ for id_, it in known if (it.noticed if notice else it.unnoticed)])

    @property
    def months(self) -> int:
        """Whole months since the grant in force, else since the refusal."""
        return age_months(self.choice.mask)

    @property
    def opted_out(self) -> bool:
        """Whether the visitor refused everything."""
        return bool(self.choice.mask & REFUSED)

    @property
    def has_grant(self) -> bool:
        """Whether a grant is in force, so that there is something to withdraw."""
        return self.choice.record is not None

    @property
    def policies(self) -> tuple[str, ...]:
        """``id@hash`` of every policy that had a say."""
        laws = [*{id(it.policies): it.policies for it in self.decisions.values()}.values()]
        return laws[0] if len(laws) == 1 else tuple(dict.fromkeys(sum(laws, ())))

    @property
    def signal(self) -> str:
        """Which words describe what became of the GPC signal (11 CCR 7025(c)(6))."""
        if not self.gpc:
            return "no_signal"
        if self.choice.mask & GRANT_AFTER_GPC:
            return "overridden"
        return "honoured" if self.gpc_honoured else "not_applied"

    @cached_property
    def allowed(self) -> frozenset[str]:
        """Purposes that may happen."""
        return frozenset([id_ for id_, it in self.decisions.items() if it.verdict is ALLOW])

    def allows(self, purpose: str) -> bool:
        """Tell whether *purpose* may happen."""
        return purpose in self.allowed

    def refusing(self, purposes: Sequence[Purpose]) -> tuple[str, ...]:
        """Return those of *purposes* that the choice refuses, the necessary ones aside."""
        return refused_purposes(purposes, self.choice.mask)

    def to_end(self, purposes: Sequence[Purpose]) -> tuple[str, ...]:
        """Return the purposes whose cookies end: all that are off, once something is refused."""
        optional = [(i, p.id) for i, p in enumerate(purposes) if not p.necessary]
        if any(refused(self.choice.mask, i) for i, _ in optional):
            return tuple([id_ for _, id_ in optional if not self.allows(id_)])
        return ()

    def granting(self, purposes: Sequence[Purpose]) -> tuple[str, ...]:
        """Return those of *purposes* that the visitor's choice grants."""
        mask = self.choice.mask
        return tuple(p.id for i, p in enumerate(purposes) if granted(mask, i))


class PurposeLine(msgspec.Struct, frozen=True):
    """
    A purpose as a page shows it, with the present verdict on it.

    Attributes:
        spoken: Languages of label and description where they are not the page's.
        state: Key of the words for how it stands; of what *against* names first, where that is it.
        against: Keys of the words for what stands against it, and the cookie or parameter of each.
        because: What the law says against it, where neither the visitor nor a lack of consent does.
        reasons: The first of the verdict; where nothing can allow it, of what stops a grant.
        more: How many policies have a say beside those that *reasons* name.
        recipients: Who else receives its data.
    """

    id: str
    label: str
    description: str
    spoken: tuple[str, str]
    necessary: bool
    allowed: bool
    fixed: bool
    state: str
    against: tuple[tuple[str, str], ...]
    verdict: str
    because: Reason | None
    reasons: tuple[Reason, ...]
    more: int
    recipients: tuple[str, ...]


def lines(purposes: Sequence[Purpose], state: CurrentState) -> tuple[PurposeLine, ...]:
    """Return a line for each of *purposes*."""
    refusing = state.refusing(purposes)
    return tuple([_line(purpose, state, purpose.id in refusing) for purpose in purposes])


def conflicts(shown: Sequence[PurposeLine], state: CurrentState) -> bool:
    """Tell whether a permission given now would go against the GPC signal, which must be said."""
    can_grant = any(not (line.allowed or line.fixed) for line in shown)
    return state.signal == "overridden" or (state.gpc and can_grant)


def decided(request: PageRequest) -> CurrentState:
    """
    Return the decision that was made about *request*; look-ups in memory only.

    Raises:
        UndecidedError: There is none.
    """
    privacy = request.privacy
    if isinstance(privacy, NoPrivacy):
        raise UndecidedError
    plan = privacy.plan
    return CurrentState(
        place=plan.place,
        decisions=plan.decisions,
        gpc=plan.gpc,
        gpc_honoured=plan.gpc and standing.is_processed(plan.decisions.values()),
        dnt=bool(plan.mask & choice.DNT),
        standings=standing.standings(privacy),
        visitors=partial(_visitors, privacy),
    )


def current_state(
    request: PageRequest,
    cookies: ChoiceCookies,
    now: float,
    decided: Callable[[PageRequest], CurrentState] = decided,
) -> CurrentState:
    """
    Return what holds for *request*: what was decided, and the choice in its cookies.

    Args:
        request: The request.
        cookies: The site's choice cookies.
        now: Unix seconds.
        decided: Returns the decision about the request.

    Raises:
        UndecidedError: None was made.
    """
    privacy = request.privacy
    ended = () if isinstance(privacy, NoPrivacy) else privacy.services.suppressed
    read = cookies.read(request.cookie, now, ended)
    asking: Callable[[], AskingLaw] = (
        AskingLaw
        if isinstance(privacy, NoPrivacy)
        else partial(asking_law, privacy, age_months(read.mask))
    )
    return msgspec.structs.replace(
        decided(request),
        choice=read,
        records=partial(cookies.records, request.cookie, now),
        granted_at=partial(cookies.granted_at, request.cookie, now=now),
        asking=asking,
    )


def _line(purpose: Purpose, state: CurrentState, was_refused: bool) -> PurposeLine:
    made, necessary = state.decisions.get(purpose.id), purpose.necessary
    verdict = Verdict.DENY if made is None else made.verdict
    allowed = necessary or verdict is ALLOW
    stands = state.standings.get(purpose.id, standing.NO_STANDING)
    fixed = not allowed and not stands.noticed
    words = "necessary" if necessary else _words(verdict, was_refused, fixed)
    against: tuple[tuple[str, str], ...] = ()
    if stands.against:
        against = tuple([(AGAINST[it.by], it.where) for it in stands.against])
        words = words if was_refused else against[0][0]
    reasons = () if made is None else made.reasons
    # After a grant the rules that it answers are met, so what is left to say no comes first.
    shown = _first(stands.stops if fixed else (), reasons)
    named = {reason.jurisdiction for reason in shown}
    return PurposeLine(
        purpose.id,
        purpose.label or purpose.id,
        purpose.description,
        purpose.spoken,
        necessary,
        allowed,
        fixed,
        words,
        against,
        Verdict.ALLOW.word if necessary else verdict.word,
        shown[0] if shown and words in TOLD_AT_ONCE else None,
        shown,
        max(0, len(reasons) - len(named)),  # who stops a grant has a say without one, too
        purpose.recipients,
    )


def _first(stops: tuple[Reason, ...], reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """Return the first that differ, at most as many as are shown."""
    if not stops:
        return reasons[: standing.SHOWN_REASONS]
    found = [*stops]
    for reason in reasons:
        if len(found) >= standing.SHOWN_REASONS:
            break
        if reason not in found:
            found.append(reason)
    return tuple(found)


def _words(verdict: Verdict, was_refused: bool, fixed: bool) -> str:
    if verdict is ALLOW:
        return "on"
    if was_refused or fixed:
        return "off_refused" if was_refused else "off_fixed"
    return "off_consent" if verdict is Verdict.NEEDS_CONSENT else "off"


def _visitors(privacy: Privacy) -> tuple[str, ...]:
    site_day, now, device = privacy.site_day, privacy.services.clock(), privacy.device
    ways = {(it.visitor, it.consented): it for it in privacy.plan.purposes.values()}
    found = {privacy.visitor_under(it, device, site_day, now) for it in ways.values()}
    return tuple([visitor for visitor in found if visitor is not None])
