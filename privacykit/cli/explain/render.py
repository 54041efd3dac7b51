"""A decision in plain words: the chain of clauses, the deciding ones first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from privacykit.decide.case import Case, ask
from privacykit.decide.codes import WORDS
from privacykit.decide.reason import Reason
from privacykit.policy.model import Policy
from privacykit.policy.override import overridden
from privacykit.policy.place import UNKNOWN
from privacykit.policy.policyset import PolicySet
from privacykit.policy.review.sources import clauses_of
from privacykit.policy.verdict import Verdict, join

if TYPE_CHECKING:
    from privacykit.runtime.explained import PurposeAnswer

_SAID = {
    Verdict.ALLOW: "may happen",
    Verdict.NEEDS_CONSENT: "may happen only with consent",
    Verdict.DENY: "may not happen",
}
_SHOWN = 12


def in_words(case: Case, law: PolicySet, *, today: date, strict: bool = False) -> Iterator[str]:
    """Give the lines that explain *case* to a person."""
    on = case.on or today
    policies, rulings = ask(case, law, today=today, strict=strict)
    verdict = join(*(ruling.verdict for ruling in rulings))
    where, said = _where(case.place), _SAID[verdict]
    yield f"{verdict.word}: {case.use} {said} for a visitor in {where} on {on}."
    yield ""
    yield from _clauses([(one.verdict.word, one.reason) for one in rulings], law, policies)
    yield f"Policies asked: {len(policies)}, of set {law.hash}. This is not legal advice."


def site_in_words(
    told: Sequence[PurposeAnswer], law: PolicySet, site: str, place: str, on: date
) -> Iterator[str]:
    """Give the lines that explain what a request to *site* would get."""
    for one in told:
        purpose, made = one.purpose, one.decision
        uses = ", ".join(purpose.uses)
        yield (
            f"{made.verdict.word}: {purpose.id} ({uses}) {_SAID[made.verdict]} on {site}"
            f" for a visitor in {_where(place)} on {on}."
        )
        yield from _consequences(one, law)
        if len(told) > 1:
            yield from _clauses([("", made.reasons[0])], law, ())
        else:
            yield ""
            policies = [p for p in law if p.label in set(made.policies)]
            yield from _clauses([("", reason) for reason in made.reasons], law, policies)
            stated = (f"{name} = {_value(value)}" for name, value in sorted(one.properties.items()))
            yield "Asked with: " + ", ".join(stated)
        yield ""
    asked = len({label for one in told for label in one.decision.policies})
    yield f"Policies asked: {asked}, of set {law.hash}. This is not legal advice."


def purpose_document(one: PurposeAnswer, law: PolicySet, *, own: bool) -> dict[str, object]:
    """Return an answer about a purpose as ``--json`` gives it; *own* tells overrides, too."""
    made = one.decision
    return {
        "purpose": one.purpose.id,
        "uses": one.purpose.uses,
        "verdict": made.verdict.word,
        "withheld": one.withheld,
        "otherwise": one.otherwise,
        "grantable": not one.stopped_by,
        "stopped_by": one.stopped_by,
        "refused_by": one.refused_by,
        "reasons": made.reasons,
        "properties": one.properties,
        "policies": made.policies,
        **({"overrides": list(overridden(law))} if own else {}),
    }


def _consequences(one: PurposeAnswer, law: PolicySet) -> Iterator[str]:
    """Give what follows for the site: what a grant would change, what becomes of its events."""
    if one.refused_by:
        names = ", ".join(one.refused_by)
        yield f"No grant on the preferences page changes it while it is refused in: {names}"
    elif one.stopped_by:
        (reason,) = one.stopped_by
        policy = law.get(reason.jurisdiction)
        name = f" {policy.name}" if policy is not None else ""
        yield f"No grant on the preferences page changes it: {WORDS[reason.code]} [{reason.code}]"
        yield f"  says {reason.jurisdiction}{name}, {reason.clause}: {reason.citation}"
    elif one.decision.verdict is not Verdict.ALLOW:
        yield "A grant on the preferences page would allow it."
    elif one.withheld:
        yield f"No event of it is kept all the same: no sink takes them [{one.withheld}]."
    if one.otherwise:
        yield f"Until then its events are kept under {one.otherwise}."


def _where(place: str) -> str:
    return "a place nobody knows" if place == UNKNOWN else place


def _value(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _clauses(
    told: Sequence[tuple[str, Reason]], law: PolicySet, policies: Iterable[Policy]
) -> Iterator[str]:
    """Give the clauses, the first dozen, each with the reason of whoever overrode it."""
    overrides = {(one.policy, one.path): one.reason for one in overridden(policies)}
    for verdict, reason in told[:_SHOWN]:
        yield from _clause(verdict, reason, law)
        override = overrides.get((reason.jurisdiction, reason.clause))
        if override is not None:
            yield f"{'':14}overrides our clause: {override}"
    shown = {reason.jurisdiction for _, reason in told[:_SHOWN]}
    more = {reason.jurisdiction for _, reason in told[_SHOWN:]} - shown
    if more:
        yield f"… and {len(more)} more policies, none stricter; --json names them."


def _clause(verdict: str, reason: Reason, law: PolicySet) -> Iterator[str]:
    policy = law.get(reason.jurisdiction)
    name = f" {policy.name}" if policy is not None else ""
    yield f"{verdict:<14}{reason.jurisdiction}{name}"
    yield f"{'':14}{WORDS[reason.code]} [{reason.code}]"
    yield f"{'':14}{reason.clause}: {reason.citation} ({reason.confidence})"
    for clause in clauses_of(policy) if policy is not None else ():
        if clause.path == reason.clause and (other := clause.practice) is not None:
            found = f"{other.says} ({other.citation}; {other.confidence.value})"
            yield f"{'':14}in practice: {found}"
