"""The closed loop, asked of an engine: contacts of linked people, made into figures and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal

from privacykit.errors import ReportRefusalError
from privacykit.reports.asking import Answer, Figures, ReportEngine, Setting
from privacykit.reports.expressions.contacts import contacts, linked, others
from privacykit.reports.loop.figures import ClosedLoop, LeadCohort, SalesCycle, loop
from privacykit.reports.loop.leads import RULES, LeadContact, leads
from privacykit.reports.loop.links import CrmRow, LeadLink
from privacykit.reports.numbers import rate, rate_cell
from privacykit.reports.periods import SECOND
from privacykit.reports.result import Hidden, ReportColumn, ReportTable

COHORT_COLUMNS: Final = (
    ReportColumn("month", "Month", "text"),
    ReportColumn("channel", "Channel", "text"),
    ReportColumn("visitors", "Visitors"),
    ReportColumn("leads", "Leads"),
    ReportColumn("opportunities", "Opportunities"),
    ReportColumn("customers", "Customers"),
    ReportColumn("lead_to_customer", "Customers, of leads", "share"),
    ReportColumn("value", "Value", "money"),
)
RULE_COLUMNS: Final = (
    ReportColumn("channel", "Channel", "text"),
    ReportColumn("first_known", "First known"),
    ReportColumn("visit", "Visit of the lead"),
    ReportColumn("self_reported", "Self-reported"),
    ReportColumn("none", "Nothing known"),
)
CYCLE_COLUMNS: Final = (
    ReportColumn("channel", "Channel", "text"),
    ReportColumn("customers", "Customers"),
    ReportColumn("open", "Still open"),
    ReportColumn("lower", "A quarter took at most, days"),
    ReportColumn("median", "Half took at most, days"),
    ReportColumn("upper", "Three quarters took at most, days"),
)
COST_COLUMNS: Final = (
    ReportColumn("channel", "Channel", "text"),
    ReportColumn("cost", "Cost", "money"),
    ReportColumn("cost_per_lead", "Cost of a lead", "money"),
)
NOTES: Final = (
    "Leads are those of the month in which they became leads; customers are what they are now.",
    "Only people with a link by their consent are leads here; no other row of the CRM is read.",
    "Visitors are those with lasting ids; their month and channel are those of their first visit.",
    "Days are from the first contact to the first order; of those still open nobody knows them.",
)
COMPANY_NOTE: Final = (
    "A company is counted once, as its first lead and as far as any of its people got; leads "
    "without a company are left out."
)


def answer(
    links: Sequence[LeadLink],
    crm: Sequence[CrmRow],
    costs: Mapping[str, int],
    *,
    by_company: bool,
) -> Answer:
    """
    Return what answers the question.

    Args:
        links: All links.
        crm: All rows of the CRM.
        costs: What each channel cost, in the smallest unit of money.
        by_company: Whether companies are counted instead of people.
    """

    def answered(engine: ReportEngine, events: Any, setting: Setting) -> Iterator[Figures]:
        if setting.ids == "mixed":
            events = events.filter((events.basis == "consent").fill_null(False))
        mine = [link for link in links if setting.start <= link.at < setting.end]
        found = leads(
            mine,
            _contacts(engine, events, mine, setting),
            crm,
            setting.offsets,
            by_company=by_company,
        )
        visitors = {} if by_company else _others(engine, events, links, setting)
        figures = loop(found, visitors, setting.k)
        currency = _currency({link.lead for link in mine}, crm, setting.k)
        yield Figures(
            _document(figures, currency, costs, by_company=by_company),
            _tables(figures, costs, by_company=by_company),
            Hidden(figures.hidden_cells, f"{figures.hidden_share:.2f}"),
        )

    return answered


def _contacts(
    engine: ReportEngine, events: Any, links: Sequence[LeadLink], setting: Setting
) -> dict[int, list[LeadContact]]:
    rows = engine.rows(
        contacts(
            events,
            linked([(link.visitor, link.at) for link in links]),
            setting.offsets,
            visits_told=setting.visits_told,
        )
    )
    found: dict[int, list[LeadContact]] = {}
    for row in rows:
        found.setdefault(row["link"], []).append(LeadContact(row["touch_at"], row["channel"]))
    return found


def _others(
    engine: ReportEngine, events: Any, links: Sequence[LeadLink], setting: Setting
) -> dict[tuple[str, str], int]:
    rows = engine.rows(
        others(
            events,
            linked([(link.visitor, link.at) for link in links]),
            setting.start,
            setting.offsets,
            visits_told=setting.visits_told,
        )
    )
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        month = f"{datetime.fromtimestamp(row['day'] // SECOND, UTC):%Y-%m}"
        key = month, row["channel"]
        found[key] = found.get(key, 0) + row["visitors"]
    return found


def _currency(keys: set[str], crm: Sequence[CrmRow], k: int) -> str | None:
    """
    Return the currency of all orders; ``None`` if it is unsaid, or said of few people's.

    Raises:
        ReportRefusalError: There is more than one.
    """
    found: dict[str, set[str]] = {}
    for row in crm:
        if row.lead in keys and row.value:
            found.setdefault(row.currency, set()).add(row.lead)
    if len(found) > 1:
        raise ReportRefusalError(
            "one_currency: the orders are in more than one currency, and none is converted; "
            "import those of one"
        )
    return next((name for name, leads in found.items() if name and len(leads) >= k), None)


def _document(
    figures: ClosedLoop, currency: str | None, costs: Mapping[str, int], *, by_company: bool
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "counted": "company" if by_company else "person",
        "currency": currency,
        "cohorts": [_cohort(one, by_company=by_company) for one in figures.cohorts],
        "rules": figures.rules,
        "cycles": {one.channel: _cycle(one) for one in figures.cycles},
    }
    if costs:
        document["costs"] = {
            channel: {"cost": cost, "cost_per_lead": None if each == "" else each}
            for channel, cost, each in _costs(figures, costs)
        }
    return document


def _cohort(one: LeadCohort, *, by_company: bool) -> dict[str, Any]:
    return {
        "month": one.month,
        "channel": one.channel,
        **({} if by_company else {"visitors": one.visitors}),
        "leads": one.leads,
        "opportunities": one.opportunities,
        "customers": one.customers,
        "lead_to_opportunity": rate(one.opportunities, one.leads),
        "lead_to_customer": rate(one.customers, one.leads),
        "value": one.value,
    }


def _cycle(one: SalesCycle) -> dict[str, Any]:
    return {
        "customers": one.customers,
        "open": one.open,
        "lower_days": one.lower,
        "median_days": one.median,
        "upper_days": one.upper,
    }


def _costs(
    figures: ClosedLoop, costs: Mapping[str, int]
) -> Iterator[tuple[str, int, int | Literal[""] | None]]:
    """Yield each channel, what it cost, and what each of its leads did; empty if it has none."""
    spent: dict[str, int] = {}
    for channel, cost in costs.items():
        stands = figures.labels.get(channel, channel)
        spent[stands] = spent.get(stands, 0) + cost
    for channel, cost in sorted(spent.items()):
        found = [one.leads for one in figures.cohorts if one.channel == channel]
        many = sum(one or 0 for one in found)
        if None in found:
            yield channel, cost, None
        else:
            yield channel, cost, (2 * cost + many) // (2 * many) if many else ""


def _tables(
    figures: ClosedLoop, costs: Mapping[str, int], *, by_company: bool
) -> tuple[ReportTable, ...]:
    counted = "companies" if by_company else "people"
    cohorts = tuple(
        (
            one.month,
            one.channel,
            "" if by_company else one.visitors,
            one.leads,
            one.opportunities,
            one.customers,
            rate_cell(one.customers, one.leads),
            one.value,
        )
        for one in figures.cohorts
    )
    rules = tuple(
        (channel, *(told[rule] for rule in RULES)) for channel, told in figures.rules.items()
    )
    cycles = tuple(
        (
            one.channel,
            one.customers,
            one.open,
            *("" if one.customers == 0 else days for days in (one.lower, one.median, one.upper)),
        )
        for one in figures.cycles
    )
    caption = f"What became of {counted}, by the month in which they became leads"
    tables = (
        ReportTable("cohorts", caption, COHORT_COLUMNS, cohorts),
        ReportTable("rules", "How the channel of leads is known", RULE_COLUMNS, rules),
        ReportTable("cycles", "Days from the first contact to the order", CYCLE_COLUMNS, cycles),
    )
    if not costs:
        return tables
    spent = tuple(_costs(figures, costs))
    return (*tables, ReportTable("costs", "What leads cost", COST_COLUMNS, spent))
