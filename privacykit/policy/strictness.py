"""
Is one clause looser than another? For users' overrides and for differences. Pure.

Where two clauses cannot be compared the answer is yes: whoever changes the law says why.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from privacykit.policy.model import Age, Dnt, Fact, Gpc, Minor, Rule
from privacykit.policy.words import DntEffect, GpcStatus, Model, SignalEffect

Stated = Rule | Minor | Age | Gpc | Dnt | Fact
"""Any statement of a policy that has a clause."""

_MODELS: Final = {
    Model.NOTICE: 0,
    Model.OPT_OUT: 1,
    Model.EXEMPT: 2,
    Model.OPT_IN: 3,
    Model.EXPLICIT_OPT_IN: 4,
    Model.SIGNED_AUTHORIZATION: 5,
    Model.AUTHORITY_PERMISSION: 6,
    Model.STRICTLY_NECESSARY_ONLY: 7,
    Model.PROHIBITED: 8,
}
_EFFECTS: Final = {
    SignalEffect.OWN_CONSENT: 0,
    SignalEffect.PARENTAL_CONSENT: 1,
    SignalEffect.JOINT_CONSENT: 2,
    SignalEffect.PROHIBITED: 3,
}
_SIGNALS: Final = {
    GpcStatus.NOT_MANDATED: 0,
    GpcStatus.PERMISSIVE: 1,
    GpcStatus.HONOUR_BY_DEFAULT: 2,
    GpcStatus.CONDITIONAL: 2,
    GpcStatus.MANDATORY: 2,
}
_MORE_IS_STRICTER: Final = frozenset({"consent.reprompt"})
_PROSE: Final = frozenset({"rule", "name"})


def relaxes(old: Stated, new: Stated) -> bool:
    """Tell whether *new* asks less than *old* of the same path, or may do so."""
    if isinstance(old, Rule) and isinstance(new, Rule):
        return _rule(old, new)
    if isinstance(old, Minor) and isinstance(new, Minor):
        return _minor(old, new)
    if isinstance(old, Fact) and isinstance(new, Fact):
        return _fact(old, new)
    return _one(old, new)


def _one(old: Stated, new: Stated) -> bool:
    if isinstance(old, Age) and isinstance(new, Age):
        lifted = not set(new.exceptions) <= set(old.exceptions)
        return (new.years or 0) < (old.years or 0) or lifted or _later(old.since, new.since)
    if isinstance(old, Gpc) and isinstance(new, Gpc):
        weaker = _SIGNALS[new.status] < _SIGNALS[old.status] or not old.uses <= new.uses
        weaker = weaker or not old.beyond <= new.beyond | new.uses
        return weaker or _later(old.since, new.since) or _later(old.shown_since, new.shown_since)
    if isinstance(old, Dnt) and isinstance(new, Dnt):
        return old.effect is DntEffect.OBJECTION and new.effect is not DntEffect.OBJECTION
    return True


def _later(old: date | None, new: date | None) -> bool:
    """Tell whether a duty that began on *old* begins later on *new*; ``None`` is always."""
    return new is not None and (old is None or new > old)


def _rule(old: Rule, new: Rule) -> bool:
    if _MODELS[new.model] < _MODELS[old.model] or _later(old.since, new.since):
        return True
    if not set(old.prohibited) <= set(new.prohibited) or _binds_fewer(old, new):
        return True
    if new.data_types and not (old.data_types and old.data_types <= new.data_types):
        return True
    if old.elsewhere and (new.elsewhere is None or _rule(old.elsewhere, new.elsewhere)):
        return True
    if _MODELS[new.model] > max(_MODELS[old.model], _MODELS[Model.EXEMPT]):
        return False
    return (old.conditions, old.otherwise, old.stricter) != (
        new.conditions,
        new.otherwise,
        new.stricter,
    )


def _binds_fewer(old: Rule, new: Rule) -> bool:
    """Tell whether *new* leaves operators below the threshold alone where *old* does not."""
    return not new.any_size and (old.any_size or not old.any_size_for <= new.any_size_for)


def _minor(old: Minor, new: Minor) -> bool:
    weaker = _EFFECTS[new.effect] < _EFFECTS[old.effect]
    narrower = not (new.any_use or (old.uses <= new.uses and new.any_use >= old.any_use))
    younger = _younger(old.below, new.below) or new.at_least > old.at_least
    fewer = (old.consent_based and not (new.consent_based or new.any_use)) or (
        new.online_platform and not old.online_platform
    )
    smaller = old.any_size and not new.any_size
    ends = new.until is not None and (old.until is None or new.until < old.until)
    lifted = not set(new.exceptions) <= set(old.exceptions)
    less = weaker or narrower or younger or fewer or smaller or ends or lifted
    return less or _later(old.since, new.since)


def _younger(old: int | None, new: int | None) -> bool:
    """Compare the ages below which a rule protects; ``None``, the age of consent, is no number."""
    if old is None or new is None:
        return old is not new
    return new < old


def _fact(old: Fact, new: Fact) -> bool:
    """Compare numbers key by key; anything else that differs cannot be compared."""
    if _later(old.since, new.since):
        return True
    for key, was in old.values.items():
        now = new.values.get(key)
        if now == was or key in _PROSE:
            continue
        if isinstance(was, bool) or not isinstance(was, int | float):
            return True
        if isinstance(now, bool) or not isinstance(now, int | float):
            return True
        more = now > was
        if more != (old.clause.path in _MORE_IS_STRICTER):
            return True
    return False
