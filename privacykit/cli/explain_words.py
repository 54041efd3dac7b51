"""A decision in plain words: the chain of clauses, the deciding ones first. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from privacykit.collect.case import Case, ask
from privacykit.collect.codes import WORDS
from privacykit.collect.judge import Ruling
from privacykit.policy.override import overridden
from privacykit.policy.place import UNKNOWN
from privacykit.policy.policyset import PolicySet
from privacykit.policy.verdict import Verdict, join

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
    where = "a place nobody knows" if case.place == UNKNOWN else case.place
    yield f"{verdict.word}: {case.use} {_SAID[verdict]} for a visitor in {where} on {on}."
    yield ""
    reasons = {(one.policy, one.path): one.reason for one in overridden(policies)}
    for ruling in rulings[:_SHOWN]:
        yield from _clause(ruling, law)
        override = reasons.get((ruling.reason.jurisdiction, ruling.reason.clause))
        if override is not None:
            yield f"{'':14}overrides our clause: {override}"
    if len(rulings) > _SHOWN:
        yield f"… and {len(rulings) - _SHOWN} more policies, none stricter; --json names them."
    yield f"Policies asked: {len(policies)}, of set {law.hash}. This is not legal advice."


def _clause(ruling: Ruling, law: PolicySet) -> Iterator[str]:
    reason = ruling.reason
    policy = law.get(reason.jurisdiction)
    name = f" {policy.name}" if policy is not None else ""
    yield f"{ruling.verdict.word:<14}{reason.jurisdiction}{name}"
    yield f"{'':14}{WORDS[reason.code]} [{reason.code}]"
    yield f"{'':14}{reason.clause}: {reason.citation} ({reason.confidence})"
