"""
Sources of clauses and the days they were read, in the order of what to read next. Pure.

What nobody read comes first, then what was read longest ago; of two alike the one that decides
more: rules, ages and signals before periods and bounds, these before prose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from privacykit.policy.clause import WORDS_READ, Clause
from privacykit.policy.model import Age, Fact, Policy, Rule
from privacykit.policy.override import statements
from privacykit.policy.words import Confidence


class Weight(IntEnum):
    """What a clause decides, the most first."""

    VERDICT = 0
    """Rules, ages and signals: what may happen."""
    BOUND = 1
    """Periods and bounds: how long, how fast, whom the law binds."""
    PROSE = 2
    """What people read and nothing decides by."""


_WEIGHTS = {
    "rules": Weight.VERDICT,
    "consent_age": Weight.VERDICT,
    "minors": Weight.VERDICT,
    "gpc": Weight.VERDICT,
    "dnt": Weight.VERDICT,
    "law": Weight.BOUND,
    "scope": Weight.BOUND,
    "threshold": Weight.BOUND,
    "consent": Weight.BOUND,
    "handling": Weight.BOUND,
    "retention": Weight.BOUND,
    "deadlines": Weight.BOUND,
    "breach": Weight.BOUND,
    "departures": Weight.BOUND,
}


@dataclass(frozen=True, slots=True)
class ClauseSource:
    """
    One clause as it is written, with where it comes from.

    Attributes:
        policy: Id of the policy whose file has it.
        path: Its key there.
        weight: What it decides.
        citation: Article, section or decision.
        confidence: How sure we are.
        read: The day it was read; ``None`` is not known.
    """

    policy: str
    path: str
    weight: Weight
    citation: str
    confidence: Confidence
    read: date | None

    @property
    def words_read(self) -> bool:
        """Tell whether somebody read the operative words and noted when."""
        return self.read is not None and self.confidence in WORDS_READ


def sources(policies: Iterable[Policy]) -> list[ClauseSource]:
    """
    Return every clause of *policies* as written, what to read next first.

    Args:
        policies: As written in their files, not merged: what is inherited stands once.
    """
    found = [
        _source(policy.id, clause)
        for policy in policies
        for clause in (*clauses_of(policy), *practices_of(policy))
    ]
    return sorted(found, key=_order)


def clauses_of(policy: Policy) -> Iterator[Clause]:
    """Give every clause written in *policy*, what held before included."""
    if policy.law is not None:
        yield policy.law.clause
    for statement in statements(policy).values():
        yield statement.clause
        older = getattr(statement, "before", None)
        while isinstance(older, Rule | Fact | Age):
            yield older.clause
            older = older.before
    yield from (one.clause for one in policy.amendments)
    yield from (one.clause for one in policy.pending)
    yield from (one.clause for one in policy.departures)


def practices_of(policy: Policy) -> Iterator[Clause]:
    """Give what *policy* says of practice, as clauses of their own."""
    for clause in clauses_of(policy):
        if (other := clause.practice) is not None:
            path = f"{clause.path}.practice"
            yield Clause(path, other.citation, other.confidence, read=other.read)


def weight_of(path: str) -> Weight:
    """Return what a clause at *path* decides."""
    return _WEIGHTS.get(path.partition(".")[0], Weight.PROSE)


def _source(policy: str, clause: Clause) -> ClauseSource:
    path = clause.path
    return ClauseSource(
        policy, path, weight_of(path), clause.citation, clause.confidence, clause.read
    )


def _order(one: ClauseSource) -> tuple[object, ...]:
    last = one.read or date.min
    return (one.words_read, one.weight, last, -_DOUBT[one.confidence], one.policy, one.path)


_DOUBT = {confidence: rank for rank, confidence in enumerate(Confidence)}
