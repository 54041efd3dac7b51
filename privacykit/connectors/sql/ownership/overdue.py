"""Overdue rows as SQL: what keeps them against a rule of retention, and what lets them go. Pure."""

from __future__ import annotations

from sqlalchemy import FromClause, and_, or_, true

from privacykit.connectors.sql.ownership.predicates import Predicate, untrue
from privacykit.connectors.sql.ownership.references import pointed_at, referenced, unlinks
from privacykit.connectors.sql.ownership.whose import Whose
from privacykit.govern.retention.rules import RetentionTask
from privacykit.govern.words import ErasureStrategy


def kept(whose: Whose, rule: RetentionTask, rows: FromClause) -> Predicate:
    """Say what a law wants kept, and what a row that stays points at."""
    reasons = [keeps for _, keeps in whose.reasons.kept(rule.collection, rows)]
    if rule.then is not ErasureStrategy.DELETE:
        return or_(*reasons) if reasons else ~true()
    pointed = pointed_at if lets_go(whose, rule) and not rule.tally else referenced
    return or_(*reasons, pointed(whose, rule.collection, rows))


def free(whose: Whose, rule: RetentionTask, rows: FromClause) -> Predicate:
    """Say that nothing keeps the row, and no hold."""
    held = whose.reasons.held(rule.collection, rows)
    return and_(untrue(held), untrue(kept(whose, rule, rows)))


def lets_go(whose: Whose, rule: RetentionTask) -> bool:
    """Say whether some key that points here may be emptied, which takes several statements."""
    return any(
        whose.ownership.may_detach(source, key) or unlinks(whose, source, key)
        for source, key in whose.ownership.incoming(rule.collection)
    )
