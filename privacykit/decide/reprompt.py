"""
May we ask again after a refusal? The waits that laws set between two questions. Pure.

Nothing refused, nothing to wait for; a refusal of unknown age is as fresh as today's.
"""

from __future__ import annotations

from privacykit.decide.applied import Question
from privacykit.decide.codes import Code
from privacykit.decide.judge import Ruling, ruling_of
from privacykit.decide.reason import Consent
from privacykit.policy.clause import Clause
from privacykit.policy.model import Policy
from privacykit.policy.verdict import Verdict
from privacykit.policy.words import Confidence, GpcStatus, Kind

_UNKNOWN = Clause("consent.reprompt", "no wait known", Confidence.UNSURE)
_REFUSALS = frozenset({Consent.DENIED, Consent.WITHDRAWN})


def may_ask_again(policy: Policy, ask: Question) -> Ruling | None:
    """
    Answer whether *policy* lets a site ask for consent once more.

    A number of months must have passed since the refusal, where the law names one. Under strict
    mode a law whose wait is not known counts as one that has not passed.
    """
    if policy.kind is Kind.OVERLAY:
        return None
    fact = policy.facts.get("consent.reprompt")
    clause = fact.clause if fact is not None else _UNKNOWN
    months = fact.values.get("months") if fact is not None else None
    since = ask.signals.months_since_refusal
    if not _refused(policy, ask):
        return ruling_of(Verdict.ALLOW, Code.NOTHING_REFUSED, policy, clause)
    if not isinstance(months, int):
        verdict = Verdict.DENY if fact is None and ask.strict else Verdict.ALLOW
        return ruling_of(verdict, Code.NO_WAIT, policy, clause)
    if since is None:
        return ruling_of(Verdict.DENY, Code.WAIT_UNKNOWN, policy, clause)
    if since < months:
        return ruling_of(Verdict.DENY, Code.WAIT, policy, clause)
    return ruling_of(Verdict.ALLOW, Code.WAIT_OVER, policy, clause)


def _refused(policy: Policy, ask: Question) -> bool:
    """Tell whether there was a refusal; where it binds, the browser's signal is one."""
    signals = ask.signals
    if signals.consent in _REFUSALS or signals.opted_out:
        return True
    if signals.months_since_refusal is not None:
        return True
    gpc = policy.gpc
    return signals.gpc and gpc is not None and gpc.status is GpcStatus.MANDATORY
