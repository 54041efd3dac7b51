"""
Statements of a policy file that are no rule: deadlines, rights, records, handling. Pure.

The words every table shares stand here too, so that :mod:`.shape` can build on them.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from privacykit.policy.words import Confidence, Use

Text = Annotated[str, Field(min_length=1)]
Place = Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
Years = Annotated[int, Field(ge=1, le=25)]
Count = Annotated[int, Field(ge=0, le=100_000)]
RuledUse = Literal[
    Use.ANALYTICS_STORAGE,
    Use.ANALYTICS_NO_STORAGE,
    Use.TARGETED_ADS,
    Use.SALE,
    Use.SENSITIVE_DATA,
    Use.SENSITIVE_SALE,
    Use.PROFILING_SIGNIFICANT,
]
Unit = Literal["immediate", "hours", "calendar_days", "business_days", "month"]


class Shape(BaseModel):
    """A table of a policy file: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Cited(Shape):
    """A statement with its source."""

    citation: Text = Field(description="Article, section or decision it rests on.")
    confidence: Confidence = Field(description="verified, reported or unsure.")
    note: str = Field("", description="Prose for people; nothing reads it.")
    override: str = Field("", description="Users' policies: why this replaces a clause of ours.")


class FactShape(Cited):
    """Any other statement, in prose or by the keys of its kind."""

    rule: str = Field("", description="What it says where no key fits.")
    since: date | None = None


class DeadlineShape(FactShape):
    """A number with its unit and what starts the clock."""

    n: Count | None = None
    unit: Unit | None = None
    from_: str = Field("", alias="from")
    before: DeadlineShape | None = None

    @model_validator(mode="after")
    def _with_unit(self) -> DeadlineShape:
        if (self.n is None) != (self.unit is None):
            raise ValueError("PK057: a deadline needs number and unit together")
        return self


class DeadlinesShape(Shape):
    """How fast people must be answered."""

    response: DeadlineShape | None = None
    correct_delete: DeadlineShape | None = None
    extension: DeadlineShape | None = None
    acknowledge: DeadlineShape | None = None
    appeal: DeadlineShape | None = None
    appeal_extension: DeadlineShape | None = None
    opt_out: DeadlineShape | None = None
    withdrawal: DeadlineShape | None = None


class BreachShape(Shape):
    """How fast a breach must be reported, and to whom."""

    authority: DeadlineShape | None = None
    people: DeadlineShape | None = None


class MonthsShape(FactShape):
    """A number of months."""

    months: Annotated[int, Field(ge=1, le=120)] | None = None


class ConsentShape(Shape):
    """How long a grant lives, and how long a refusal silences the question."""

    refresh: MonthsShape | None = None
    reprompt: MonthsShape | None = None


class RightsShape(FactShape):
    """What people may ask for."""

    granted: list[Text] = Field([])


class RequestsShape(Shape):
    """Cost and reach of requests."""

    free: FreeShape | None = None
    lookback: MonthsShape | None = None


class FreeShape(FactShape):
    """How many requests are free."""

    n: Count | None = None
    per_months: Count | None = None
    applies_to: list[Text] = Field([])


class RetentionShape(FactShape):
    """How long analytics data and their cookies may live."""

    data_months: Count | None = None
    cookie_months: Count | None = None
    uses: list[RuledUse] = Field([], description="The uses the caps hold for; none is all.")


class HandlingShape(FactShape):
    """How addresses, visitor ids and campaigns must be handled."""

    ipv4_bits: Annotated[int, Field(ge=0, le=32)] | None = None
    ipv6_bits: Annotated[int, Field(ge=0, le=128)] | None = None
    visitor_hours: Count | None = None
    campaign: bool | None = None


class PersonalDataShape(FactShape):
    """Whether something is personal data; absent: it depends."""

    is_: bool | None = Field(None, alias="is")


class UxShape(FactShape):
    """Duties of the interface."""

    rules: list[Text] = Field([])


class RecordsShape(FactShape):
    """Records to keep."""

    log_months: Count | None = None


class FineShape(FactShape):
    """The greatest fine."""

    amount: Annotated[int, Field(ge=0)] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    turnover_percent: float | None = None
    per: str = ""


class RegulatorShape(FactShape):
    """Who enforces."""

    name: str = ""
