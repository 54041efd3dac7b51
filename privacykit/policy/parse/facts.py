"""
Statements of a policy file that are no rule: deadlines, rights, records, handling. Pure.

The words every table shares stand here too, so that :mod:`.shape` can build on them.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from privacykit.policy.words import BreachStart, Confidence, RequestStart, Use
from privacykit.toml_files.words import Truth, Whole, pattern

Text = Annotated[str, Field(min_length=1)]
_PLACE = pattern(r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$", "a code such as DE or US-CA")
_CURRENCY = pattern(r"^[A-Z]{3}$", "a code of three letters such as EUR")

Place = Annotated[str, Field(pattern=_PLACE)]
Years = Annotated[Whole, Field(ge=1, le=25)]
Count = Annotated[Whole, Field(ge=0, le=100_000)]
RuledUse = Literal[
    Use.ANALYTICS_STORAGE,
    Use.ANALYTICS_NO_STORAGE,
    Use.TARGETED_ADS,
    Use.SALE,
    Use.SENSITIVE_DATA,
    Use.SENSITIVE_SALE,
    Use.PROFILING_SIGNIFICANT,
]
Right = Literal[
    "access",
    "delete",
    "correct",
    "port",
    "restrict",
    "object",
    "automated_decision",
    "withdraw_consent",
    "appeal",
    "opt_out_sale",
    "opt_out_targeted_ads",
    "opt_out_profiling",
    "limit_sensitive",
    "third_party_list",
]
Unit = Literal["immediate", "hours", "calendar_days", "business_days", "month"]


class Shape(BaseModel):
    """A table of a policy file: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceShape(Shape):
    """Where a statement stands and when that was read."""

    citation: Text = Field(description="Article, section or decision it rests on.")
    confidence: Confidence = Field(description="verified, quoted, reported or unsure.")
    read: date | None = Field(None, description="When it was read; absent: the file's `read`.")


class PracticeShape(SourceShape):
    """What is done in practice where the letter asks something else."""

    says: Text


class Cited(SourceShape):
    """A statement with its source."""

    note: str = Field("", description="Prose for people; nothing reads it.")
    override: str = Field("", description="Users' policies: why this replaces a clause of ours.")
    practice: PracticeShape | None = Field(None, description="Where practice differs from it.")


class FactShape(Cited):
    """Any other statement, in prose or by the keys of its kind."""

    rule: str = Field("", description="What it says where no key fits.")
    since: date | None = None
    before: Self | None = Field(None, description="What was said until then.")


class TermShape(FactShape):
    """A number with its unit."""

    n: Count | None = None
    unit: Unit | None = None

    @model_validator(mode="after")
    def _with_unit(self) -> Self:
        if (self.n is None) != (self.unit is None):
            raise ValueError("PK057: a deadline needs number and unit together")
        return self


class RequestTermShape(TermShape):
    """A period about requests and what starts its clock."""

    from_: RequestStart | None = Field(None, alias="from")


class ByRightShape(RequestTermShape):
    """A period for some rights only."""

    rights: list[Right] = Field(min_length=1)


class DeadlineShape(RequestTermShape):
    """A period for every right but those that have their own."""

    by_right: list[ByRightShape] = Field([], description="Other periods for some rights.")


class DeadlinesShape(Shape):
    """How fast people must be answered."""

    response: DeadlineShape | None = None
    extension: DeadlineShape | None = None
    acknowledge: DeadlineShape | None = None
    appeal: DeadlineShape | None = None
    appeal_extension: DeadlineShape | None = None
    complaint: DeadlineShape | None = None
    complaint_acknowledge: DeadlineShape | None = None
    opt_out: DeadlineShape | None = None
    withdrawal: DeadlineShape | None = None


class BreachTermShape(TermShape):
    """A period to tell of a breach, what starts its clock and when there is a duty at all."""

    from_: BreachStart | None = Field(None, alias="from")
    when: str = Field("", description="What there must be for the duty, in words.")
    at_least_people: Count | None = Field(None, description="The least number of people affected.")

    @model_validator(mode="after")
    def _starts(self) -> Self:
        if self.n is not None and self.from_ is None:
            raise ValueError("PK073: a breach clock says what starts it, or `unsaid`")
        return self


class BreachShape(Shape):
    """How fast a breach must be reported, and to whom."""

    authority: BreachTermShape | None = None
    people: BreachTermShape | None = None


class MonthsShape(FactShape):
    """A number of months."""

    months: Annotated[Whole, Field(ge=1, le=120)] | None = None


class ConsentShape(Shape):
    """How long a grant lives, and how long a refusal silences the question."""

    refresh: MonthsShape | None = None
    reprompt: MonthsShape | None = None


class RightsShape(FactShape):
    """What people may ask for."""

    granted: list[Right] = Field([])


class RequestsShape(Shape):
    """Cost and reach of requests."""

    free: FreeShape | None = None
    lookback: MonthsShape | None = None


class FreeShape(FactShape):
    """How many requests are free."""

    n: Count | None = None
    per_months: Count | None = None
    applies_to: list[Right] = Field([], description="The rights the number is for; none is all.")
    always: list[Right] = Field([], description="Rights that are free however often.")


class RetentionShape(FactShape):
    """How long analytics data and their cookies may live."""

    data_months: Count | None = None
    cookie_months: Count | None = None
    at_least_months: Count | None = Field(None, description="What must be kept at least so long.")
    uses: list[RuledUse] = Field([], description="The uses the caps hold for; none is all.")


class HandlingShape(FactShape):
    """How addresses, visitor ids and campaigns must be handled."""

    ipv4_bits: Annotated[Whole, Field(ge=0, le=32)] | None = None
    ipv6_bits: Annotated[Whole, Field(ge=0, le=128)] | None = None
    visitor_hours: Count | None = None
    campaign: Truth | None = None


class PersonalDataShape(FactShape):
    """Whether something is personal data; absent: it depends."""

    is_: Truth | None = Field(None, alias="is")


class UxShape(FactShape):
    """Duties of the interface."""

    rules: list[Text] = Field([])


class RecordsShape(FactShape):
    """Records to keep."""

    log_months: Count | None = None


class FineShape(FactShape):
    """The greatest fine."""

    amount: Annotated[Whole, Field(ge=0)] | None = None
    currency: Annotated[str, Field(pattern=_CURRENCY)] | None = None
    turnover_percent: float | None = None
    per: str = ""


class RegulatorShape(FactShape):
    """Who enforces."""

    name: str = ""
