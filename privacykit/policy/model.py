"""
A policy: what one jurisdiction asks, clause by clause, each with its citation. Pure.

Everything here is frozen. A policy is *merged* with the one it extends (:mod:`.merge`) and
*resolved* for a date, which leaves only the clauses in force on that day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from privacykit.policy.clause import Clause
from privacykit.policy.condition import Conditions, PropertyCondition
from privacykit.policy.words import (
    DntEffect,
    Follows,
    GpcStatus,
    Kind,
    Model,
    SignalEffect,
)


@dataclass(frozen=True, slots=True)
class Stricter:
    """A stricter *model* that takes over when *when* holds."""

    model: Model
    when: Conditions


@dataclass(frozen=True, slots=True)
class Rule:
    """
    What a policy asks for one use.

    Attributes:
        use: The use.
        model: What is asked.
        clause: Where it stands.
        conditions: What must be stated for *model* to apply.
        otherwise: What applies when *conditions* are not met.
        stricter: A stricter model for some cases.
        prohibited: Cases that no consent can cure.
        data_types: The kinds of data the rule speaks of; empty is all.
        elsewhere: The rule for other kinds of data.
        any_size: It binds operators below the act's threshold too.
        any_size_for: The kinds of data for which it does; empty where *any_size* says all.
        since: First day it is in force; ``None`` has always been.
        before: The rule until then.
    """

    use: str
    model: Model
    clause: Clause
    conditions: Conditions | None = None
    otherwise: Model = Model.OPT_IN
    stricter: Stricter | None = None
    prohibited: tuple[PropertyCondition, ...] = ()
    data_types: frozenset[str] = frozenset()
    elsewhere: Rule | None = None
    any_size: bool = False
    any_size_for: frozenset[str] = frozenset()
    since: date | None = None
    before: Rule | None = None

    def asks_about(self) -> frozenset[str]:
        """Return the names of the properties it asks about, on any day and for any data."""
        names = {condition.prop for condition in self.prohibited}
        if self.conditions is not None:
            names |= self.conditions.names()
        if self.stricter is not None:
            names |= self.stricter.when.names()
        for other in (self.before, self.elsewhere):
            names |= other.asks_about() if other is not None else frozenset()
        return frozenset(names)


@dataclass(frozen=True, slots=True)
class Minor:
    """
    A rule for minors.

    Attributes:
        effect: What it asks.
        clause: Where it stands.
        uses: The uses it speaks of.
        any_use: It speaks of every use.
        consent_based: It speaks of every use that rests on consent.
        below: The first age it no longer covers; ``None`` is the age of consent.
        at_least: The first age it covers; always 0 for a prohibition.
        online_platform: It binds online platforms only.
        exceptions: Properties that lift it from analytics uses.
        any_size: It binds operators below the act's threshold too.
        since: First day it is in force.
        until: First day it is no longer in force.
    """

    effect: SignalEffect
    clause: Clause
    uses: frozenset[str] = frozenset()
    any_use: bool = False
    consent_based: bool = False
    below: int | None = None
    at_least: int = 0
    online_platform: bool = False
    exceptions: tuple[str, ...] = ()
    any_size: bool = False
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Age:
    """
    The age from which a child's own consent counts.

    Attributes:
        years: The age; ``None`` when the law is known to set none.
        clause: Where it stands.
        exceptions: Properties that lift the need for a parent from analytics uses.
        since: First day it is in force.
        before: The age until then.
    """

    years: int | None
    clause: Clause
    exceptions: tuple[str, ...] = ()
    since: date | None = None
    before: Age | None = None


@dataclass(frozen=True, slots=True)
class Gpc:
    """
    Global Privacy Control.

    Attributes:
        status: What the law says.
        clause: Where it stands.
        uses: The uses that the duty says it stops.
        since: First day of the duty, which is often later than the act's.
        shown_since: First day on which the visitor must be shown that it was processed.
        beyond: Uses it stops as well where it is honoured beyond the duty.
    """

    status: GpcStatus
    clause: Clause
    uses: frozenset[str] = frozenset()
    since: date | None = None
    shown_since: date | None = None
    beyond: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Dnt:
    """Do Not Track: its *effect* and where it stands."""

    effect: DntEffect
    clause: Clause


@dataclass(frozen=True, slots=True)
class Fact:
    """
    Any other statement: deadlines, rights, retention, records, interface duties.

    Attributes:
        clause: Where it stands.
        values: What it says, by key; empty when it only says something in prose.
        since: First day it is in force.
        before: What was said until then.
    """

    clause: Clause
    values: Mapping[str, object] = field(default_factory=dict, hash=False)
    since: date | None = None
    before: Fact | None = None


@dataclass(frozen=True, slots=True)
class Law:
    """Title and first day of the law itself."""

    title: str
    in_force: date | None
    clause: Clause


@dataclass(frozen=True, slots=True)
class Amendment:
    """Something that changes on a day, past or coming."""

    on: date
    what: str
    clause: Clause


@dataclass(frozen=True, slots=True)
class Pending:
    """Something that may change: a draft, a proposal, a case before a court."""

    what: str
    clause: Clause
    expected: date | None = None


@dataclass(frozen=True, slots=True)
class Departure:
    """
    A place that leaves this policy on a day because an act of its own starts.

    Until somebody writes a policy for it, it is then treated as an unknown place of the country.
    """

    place: str
    on: date
    clause: Clause


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """
    One jurisdiction, merged with what it extends; after :meth:`~.PolicySet.applicable`, resolved.

    Attributes:
        id: Stable id, the name of its file.
        name: For people.
        kind: What sort of entry it is.
        places: The places it is the law of.
        follows: Whom it follows.
        law: The law itself; ``None`` only before merging, where the parent's is meant.
        extends: Id of the policy it builds on.
        over: The country whose policies an overlay lies on; ``"*"`` is everywhere.
        has_threshold: The act binds only operators above a threshold.
        hash: Twelve hex digits over its text and all it extends.
        rules: By use.
        minors: By key.
        age: The age of consent; ``None`` when it is not known.
        gpc: Global Privacy Control.
        dnt: Do Not Track.
        facts: Every other statement by path, such as ``deadlines.response``.
        amendments: What changes when.
        pending: What may change, as far as it was heard of.
        departures: Places that leave it.
        notes: Prose.
        drop: Paths of clauses of *extends* that do not hold here.
        parent: The policy it extends, merged; for days before its law was in force.
        resolved_on: The day its clauses were resolved for.
    """

    id: str
    name: str
    kind: Kind
    places: tuple[str, ...]
    follows: frozenset[Follows]
    law: Law | None
    extends: str | None = None
    over: str | None = None
    has_threshold: bool = False
    hash: str = ""
    rules: Mapping[str, Rule] = field(default_factory=dict)
    minors: Mapping[str, Minor] = field(default_factory=dict)
    age: Age | None = None
    gpc: Gpc | None = None
    dnt: Dnt | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    amendments: tuple[Amendment, ...] = ()
    pending: tuple[Pending, ...] = ()
    departures: tuple[Departure, ...] = ()
    notes: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    parent: Policy | None = None
    resolved_on: date | None = None

    @property
    def label(self) -> str:
        """Return ``id@hash``, as decisions and events name it."""
        return f"{self.id}@{self.hash}"
