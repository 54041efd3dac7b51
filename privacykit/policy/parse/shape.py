"""
The shape of a policy file, key by key; the JSON Schema for editors is made from it. Pure.

A value that is not known is left out: absence is the only way to say "unknown".
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from privacykit.policy.parse.facts import (
    BreachShape,
    Cited,
    ConsentShape,
    DeadlinesShape,
    FactShape,
    FineShape,
    HandlingShape,
    PersonalDataShape,
    Place,
    RecordsShape,
    RegulatorShape,
    RequestsShape,
    RetentionShape,
    RightsShape,
    RuledUse,
    Shape,
    Text,
    UxShape,
    Years,
)
from privacykit.policy.words import DntEffect, Follows, GpcStatus, Kind, Model, SignalEffect
from privacykit.toml_files.words import Truth, pattern

_ID = pattern(
    r"^[A-Z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$", "an id such as DE or US-CA, its first letter a capital"
)


class ConditionShape(Shape):
    """One property compared with one value."""

    prop: Text
    is_: bool | str | None = Field(None, alias="is")
    max: float | None = None
    min: float | None = None
    note: str = ""

    @model_validator(mode="after")
    def _one_comparison(self) -> ConditionShape:
        if self.is_ is None and self.max is None and self.min is None:
            raise ValueError("say `is`, `max` or `min`")
        return self


class ConditionsShape(Shape):
    """Conditions joined."""

    id: str = ""
    all: list[ConditionShape | ConditionsShape] = Field([])
    any_of: list[ConditionShape | ConditionsShape] = Field([])

    @model_validator(mode="after")
    def _not_empty(self) -> ConditionsShape:
        if not self.all and not self.any_of:
            raise ValueError("say `all` or `any_of`")
        return self


class StricterShape(ConditionsShape):
    """A stricter model for the cases its conditions name."""

    model: Model


class RuleShape(Cited):
    """What the law asks for one use."""

    model: Model
    conditions: ConditionsShape | None = Field(None, description="What must be stated.")
    else_: Model = Field(Model.OPT_IN, alias="else", description="Asked if conditions fail.")
    stricter: StricterShape | None = None
    prohibited: list[ConditionShape] = Field([], description="Cases that consent cannot cure.")
    data_types: list[Text] = Field([], description="The kinds of data it speaks of.")
    any_size: Truth = Field(False, description="It binds operators below the threshold too.")
    any_size_for: list[Text] = Field([], description="Kinds of data for which it binds them.")
    since: date | None = Field(None, description="First day in force.")
    before: RuleShape | None = Field(None, description="The rule until then.")


class MinorShape(Cited):
    """A rule for minors."""

    effect: SignalEffect
    below: Years | None = Field(None, description="Absent: the age of consent.")
    from_: Years | None = Field(None, alias="from")
    uses: list[RuledUse | Literal["any", "consent_based"]] = Field(min_length=1)
    only_if: Literal["online_platform"] | None = None
    exceptions: list[Text] = Field([], description="Properties that lift it from analytics.")
    knowledge: str = ""
    any_size: Truth = False
    since: date | None = None
    until: date | None = Field(None, description="First day no longer in force.")

    @model_validator(mode="after")
    def _no_lower_age_on_a_ban(self) -> MinorShape:
        if self.effect is SignalEffect.PROHIBITED and self.from_ is not None:
            raise ValueError("PK060: a prohibition has no lower age")
        return self


class AgeShape(Cited):
    """The age from which a child's own consent counts; without years the law sets none."""

    years: Years | None = None
    exceptions: list[Text] = Field([])
    since: date | None = None
    before: AgeShape | None = None


class GpcShape(Cited):
    """Global Privacy Control."""

    status: GpcStatus
    uses: list[RuledUse] = Field([], description="The uses that the duty says it stops.")
    beyond: list[RuledUse] = Field([], description="Uses it stops too where no duty asks.")
    since: date | None = None
    shown_since: date | None = None


class DntShape(Cited):
    """Do Not Track."""

    effect: DntEffect


class LawShape(Cited):
    """The law itself."""

    title: Text
    in_force: date | None = None


class ScopeShape(Cited):
    """Whom it follows."""

    follows: list[Follows] = Field(min_length=1)


class AmendmentShape(Cited):
    """Something that changes on a day."""

    on: date
    what: Text


class PendingShape(Cited):
    """Something that may change."""

    what: Text
    expected: date | None = None


class DepartureShape(Cited):
    """A place that leaves on a day, because an act of its own starts."""

    place: Place
    on: date


class PolicyShape(Shape):
    """A policy file."""

    id: Annotated[str, Field(pattern=_ID)]
    name: Text
    kind: Kind
    extends: str | None = None
    over: str | None = Field(None, description="Overlays: the country they lie over, or *.")
    places: list[Place] = Field([])
    read: date | None = Field(None, description="When what says no other day was read.")
    notes: list[Text] = Field([])
    drop: list[Text] = Field([], description="Clauses of the parent that do not hold here.")
    law: LawShape | None = None
    scope: ScopeShape | None = None
    threshold: FactShape | None = None
    amendments: list[AmendmentShape] = Field([])
    pending: list[PendingShape] = Field([], description="What may change, no day being set.")
    departures: list[DepartureShape] = Field([])
    rules: dict[RuledUse, RuleShape] = Field({})
    consent_age: AgeShape | None = None
    minors: dict[str, MinorShape] = Field({})
    gpc: GpcShape | None = None
    dnt: DntShape | None = None
    consent: ConsentShape = ConsentShape()
    handling: HandlingShape | None = None
    retention: RetentionShape | None = None
    ip_address: PersonalDataShape | None = None
    visitor_id: PersonalDataShape | None = None
    rights: RightsShape | None = None
    deadlines: DeadlinesShape = DeadlinesShape()
    requests: RequestsShape = RequestsShape()
    breach: BreachShape = BreachShape()
    records: RecordsShape | None = None
    ux: UxShape | None = None
    fine: FineShape | None = None
    regulator: RegulatorShape | None = None
    transfers: FactShape | None = None
    cases: list[dict[str, object]] = Field([])
