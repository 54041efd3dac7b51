"""Links between visitors and leads, and the rows of a CRM: what both say. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Final, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from privacykit.errors import InputError
from privacykit.reports.numbers import money
from privacykit.reports.periods import SECOND

Stage = Literal["lead", "opportunity", "customer"]

STAGES: Final[tuple[Stage, ...]] = ("lead", "opportunity", "customer")
"""What a lead may become, in order; before them, everybody is a visitor."""

IGNORED: Final = "ignore"
"""Stands in a map of stages for words that tell nothing."""

WORDS: Final[Mapping[str, str]] = {
    **{stage: stage for stage in STAGES},
    # Lifecycle stages of HubSpot, as its API and its exports write them.
    "marketingqualifiedlead": "lead",
    "marketing qualified lead": "lead",
    "salesqualifiedlead": "lead",
    "sales qualified lead": "lead",
    "evangelist": "customer",
    "subscriber": IGNORED,
    "other": IGNORED,
}
"""Words of stages that are known without a map, in small letters."""


class LeadLink(msgspec.Struct, frozen=True):
    """
    A tie between a visitor and a lead.

    Attributes:
        lead: The lead's key in the CRM.
        visitor: The visitor id.
        at: When the person became a lead, in microseconds since 1970.
        first_channel: The first channel known when it was made.
        first_at: When that was.
        company: The key of the lead's company.
        reported: Where the person said to come from.
    """

    lead: str
    visitor: str
    at: int
    first_channel: str = ""
    first_at: int | None = None
    company: str = ""
    reported: str = ""


class CrmMap(BaseModel):
    """
    Where an export of a CRM keeps what a report reads: a row a stage, or a row a lead.

    Attributes:
        lead_key: The column of the lead's key.
        stage: The column that names the stage that a row is about.
        time: The column of when it was reached.
        times: Instead of both: by stage, the column of when it was reached.
        stages: Words of the CRM, and our stages; ``ignore`` for those that tell nothing.
        value: The column of the money of an order.
        digits: How many decimals it has, at most.
        currency: The column of its currency.
        company: The column of the company's key.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    lead_key: str = "lead_key"
    stage: str = "stage"
    time: str = "time"
    times: dict[Stage, str] = {}
    stages: dict[str, Literal["lead", "opportunity", "customer", "ignore"]] = {}
    value: str = "value"
    digits: Annotated[int, Field(ge=0, le=4)] = 0
    currency: str = "currency"
    company: str = "company"


HUBSPOT: Final = CrmMap(
    lead_key="Record ID",
    times={
        "lead": "Became a Lead Date",
        "opportunity": "Became an Opportunity Date",
        "customer": "Became a Customer Date",
    },
    value="Total Revenue",
    digits=2,
    currency="Currency",
    company="Company Name",
)
"""An export of contacts from HubSpot, with the names it gives to columns in English."""


class CrmRow(msgspec.Struct, frozen=True):
    """
    What a CRM says of a lead.

    Attributes:
        lead: Its key.
        stage: What it became.
        when: When; without a zone it is the site's.
        value: The money of an order, in minor units.
        currency: Its currency; empty if unsaid.
        company: The key of its company.
    """

    lead: str
    stage: Stage
    when: datetime
    value: int = 0
    currency: str = ""
    company: str = ""


def read_links(
    rows: Iterable[tuple[int, Mapping[str, str]]], file: str, *, synthetic: bool
) -> list[LeadLink]:
    """
    Read links.

    Args:
        rows: Line numbers and cells, by the names of columns: ``lead_key``, ``visitor``, ``time``,
            ``consent`` (the consent's record), and if there are ``first_channel``, ``first_time``,
            ``company``, ``self_reported``.
        file: What to call the file.
        synthetic: Whether it is of nobody; else a link needs a consent's record.

    Raises:
        InputError: A cell is missing or wrong.
    """
    found = []
    for line, row in rows:
        where = f"{file}, line {line}"
        if not (row.get("consent") or synthetic):
            raise InputError(
                f"{where}: a link rests on a consent: name its record in the column consent"
            )
        first = row.get("first_time") or ""
        found.append(
            LeadLink(
                _told(row, "lead_key", where),
                _told(row, "visitor", where),
                _instant(_told(row, "time", where), f"{where}: time"),
                row.get("first_channel") or "",
                _instant(first, f"{where}: first_time") if first else None,
                row.get("company") or "",
                row.get("self_reported") or "",
            )
        )
    return found


def read_crm(
    rows: Iterable[tuple[int, Mapping[str, str]]], columns: CrmMap, file: str
) -> list[CrmRow]:
    """
    Read the rows of a CRM's export.

    Args:
        rows: Line numbers and cells, by the names of columns.
        columns: What is read of them.
        file: What to call the file.

    Raises:
        InputError: A cell is missing or wrong.
    """
    return [one for line, row in rows for one in _stages(row, columns, f"{file}, line {line}")]


def _stages(row: Mapping[str, str], columns: CrmMap, where: str) -> Iterator[CrmRow]:
    lead = _told(row, columns.lead_key, where)
    money = _amount(row.get(columns.value) or "", columns.digits, f"{where}: {columns.value}")
    currency, company = row.get(columns.currency) or "", row.get(columns.company) or ""
    if columns.times:
        reached: Iterable[tuple[Stage, str]] = columns.times.items()
    else:
        word = _told(row, columns.stage, where)
        known: Mapping[str, str] = {**WORDS, **columns.stages}
        stage = known.get(word) or known.get(word.lower())
        if stage is None:
            raise InputError(
                f"{where}: {columns.stage} is none of {', '.join(STAGES)}; say in the map what it "
                "is: [stages]"
            )
        if stage == IGNORED:
            return
        reached = [(one, columns.time) for one in STAGES if one == stage]
    for one, column in reached:
        if columns.times and not row.get(column):
            continue
        when = _moment(_told(row, column, where), f"{where}: {column}")
        is_order = one == "customer"
        yield CrmRow(lead, one, when, money if is_order else 0, currency, company)


def _told(row: Mapping[str, str], column: str, where: str) -> str:
    value = (row.get(column) or "").strip()
    if not value:
        raise InputError(f"{where}: {column} is empty, or there is no such column")
    return value


def _moment(text: str, where: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{where} is no time; write one like 2026-10-01T12:00:00Z") from None


def _instant(text: str, where: str) -> int:
    when = _moment(text, where)
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return round((when - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * SECOND


def _amount(text: str, digits: int, where: str) -> int:
    if not text.strip():
        return 0
    try:
        return money(text, digits)
    except ValueError:
        raise InputError(
            f"{where} is no amount, or has more decimals than the map says: digits = 2"
        ) from None


def local_date(when: datetime | int, ahead: int) -> date:
    """Return the site's date of *when*, whose clock is *ahead* of UTC by microseconds."""
    if isinstance(when, int):
        return datetime.fromtimestamp((when + ahead) // SECOND, UTC).date()
    if when.tzinfo is None:
        return when.date()
    return local_date(int(when.timestamp()) * SECOND, ahead)
