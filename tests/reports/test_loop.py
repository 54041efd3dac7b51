"""The closed loop: which rule tells a channel, what a CRM says, and no figure of few people."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.errors import InputError
from privacykit.reports.loop.figures import ALL, loop
from privacykit.reports.loop.leads import Lead, LeadContact, leads
from privacykit.reports.loop.links import HUBSPOT, CrmMap, CrmRow, LeadLink, read_crm, read_links
from privacykit.reports.periods import DAY

OFFSETS = [(0, 0)]
OCTOBER = round(datetime(2026, 10, 5, tzinfo=UTC).timestamp()) * 10**6


def link(lead="L1", **more):
    """Return a link of the fifth of October."""
    return LeadLink(lead, "visitor", OCTOBER, **more)


@pytest.mark.parametrize(
    ("given_link", "channels", "expected"),
    [
        ({"first_channel": "affiliates"}, ["search", "email"], ("affiliates", "first_known")),
        ({}, ["search", "social", "email"], ("search", "first_known")),
        ({}, ["(not set)", "social", "email"], ("social", "first_known")),
        ({}, ["(not set)", "email"], ("email", "visit")),
        ({"reported": "fair"}, ["email"], ("email", "visit")),
        ({"reported": "fair"}, ["(not set)"], ("fair", "self_reported")),
        ({"reported": "fair"}, [], ("fair", "self_reported")),
        ({}, [], ("(none)", "none")),
    ],
)
def test_the_first_rule_that_tells_a_channel_fires(given_link, channels, expected):
    """And which one did is told."""
    known = [LeadContact(OCTOBER - DAY + place, one) for place, one in enumerate(channels)]
    (found,) = leads([link(**given_link)], {0: known}, [], OFFSETS)
    assert (found.channel, found.rule) == expected


def test_a_lead_is_as_far_as_its_furthest_stage():
    """An order counts for its days from the first contact and for its money."""
    rows = [
        CrmRow("L1", "customer", datetime(2026, 11, 4), 7000),  # noqa: DTZ001 - the site's day
        CrmRow("L1", "customer", datetime(2026, 12, 4, tzinfo=UTC), 500),
        CrmRow("L1", "lead", datetime(2026, 10, 5, tzinfo=UTC)),
        CrmRow("L2", "customer", datetime(2026, 10, 6, tzinfo=UTC), 99),
    ]
    (found,) = leads([link()], {0: [LeadContact(OCTOBER - DAY, "email")]}, rows, OFFSETS)
    assert (found.stage, found.value, found.cycle_days) == ("customer", 7500, 31)


def test_the_month_is_that_of_the_site():
    """Shortly before midnight in UTC it may be another month there."""
    at = round(datetime(2026, 9, 30, 23, tzinfo=UTC).timestamp()) * 10**6
    (found,) = leads([LeadLink("L1", "visitor", at)], {}, [], [(0, 2 * 3600 * 10**6)])
    assert found.month == "2026-10"


def test_the_clock_of_the_site_changes():
    """What is after the change has the later difference from UTC."""
    at = round(datetime(2026, 10, 31, 22, 30, tzinfo=UTC).timestamp()) * 10**6
    (found,) = leads(
        [LeadLink("L1", "visitor", at)], {}, [], [(0, 0), (at, 2 * 3600 * 10**6), (at + 1, 0)]
    )
    assert found.month == "2026-11"


def test_without_its_link_nothing_is_left_of_a_lead():
    """Deleting the link is the erasure: the rows of the CRM are not read."""
    rows = [CrmRow("L2", "customer", datetime(2026, 11, 4, tzinfo=UTC), 7000)]
    assert len(leads([link(), link("L2")], {}, rows, OFFSETS)) == 2
    (found,) = leads([link()], {}, rows, OFFSETS)
    assert (found.stage, found.value) == ("lead", 0)


def test_a_company_is_one_lead():
    """Its first one, as far as any of its people got; who has no company is left out."""
    links = [link("L1", company="acme"), link("L2"), link("L3")]
    rows = [CrmRow("L2", "opportunity", datetime(2026, 11, 4, tzinfo=UTC), company="acme")]
    (found,) = leads(links, {}, rows, OFFSETS, by_company=True)
    assert found.stage == "opportunity"


def test_somebody_with_many_leads_is_one_person():
    """Links of one visitor id are one person's, and so are those of one lead."""
    links = [LeadLink(f"L{one}", "a", OCTOBER, first_channel="search") for one in range(2 * K)]
    figures = loop(leads(links, {}, [], OFFSETS), {}, K)
    assert (figures.hidden_cells, figures.cohorts[0].leads) == (1, None)
    chain = [LeadLink(f"L{one // 2}", f"v{(one + 1) // 2}", OCTOBER) for one in range(4 * K)]
    assert loop(leads(chain, {}, [], OFFSETS), {}, K).cohorts[0].leads is None
    apart = [LeadLink(f"L{one}", f"v{one}", OCTOBER) for one in range(K)]
    assert loop(leads(apart, {}, [], OFFSETS), {}, K).cohorts[0].leads == K


def test_hubspot_s_export_is_a_row_a_lead():
    """Its columns say when each stage was reached; empty ones are not reached."""
    row = {
        "Record ID": "7", "Became a Lead Date": "2026-10-01 10:00",
        "Became an Opportunity Date": "", "Became a Customer Date": "2026-11-02 10:00",
        "Total Revenue": "70.50",
    }  # fmt: skip
    found = [(one.stage, one.value) for one in read_crm([(2, row)], HUBSPOT, "contacts.csv")]
    assert found == [("lead", 0), ("customer", 7050)]


def test_words_of_a_crm_are_mapped():
    """Those that tell nothing are ignored."""
    columns = CrmMap(stages={"Closed Won": "customer", "Closed Lost": "ignore"})
    rows = [
        (2, {"lead_key": "L1", "stage": "Closed Won", "time": "2026-11-02"}),
        (3, {"lead_key": "L1", "stage": "Closed Lost", "time": "2026-11-02"}),
        (4, {"lead_key": "L1", "stage": "SalesQualifiedLead", "time": "2026-11-02"}),
    ]
    assert [one.stage for one in read_crm(rows, columns, "f")] == ["customer", "lead"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"stage": "lead", "time": "2026-11-02"}, "line 2: lead_key is empty"),
        ({"lead_key": "L1", "stage": "maybe", "time": "2026-11-02"}, "line 2: stage is none of"),
        ({"lead_key": "L1", "stage": "lead", "time": "soon"}, "line 2: time is no time"),
        (
            {"lead_key": "L1", "stage": "lead", "time": "2026-11-02", "value": "a lot"},
            "line 2: value is no amount",
        ),
        (
            {"lead_key": "L1", "stage": "lead", "time": "2026-11-02", "value": "1.00"},
            "line 2: value is no amount, or has more decimals",
        ),
    ],
)
def test_a_row_of_the_crm_that_cannot_be_read_is_refused(row, said):
    """With its line, and without its value."""
    with pytest.raises(InputError, match=said):
        read_crm([(2, row)], CrmMap(), "crm.csv")


def test_a_link_without_a_consent_is_refused():
    """Only of nobody may there be one."""
    row = {"lead_key": "L1", "visitor": "v", "time": "2026-10-05T00:00:00"}
    assert read_links([(2, row)], "links.csv", synthetic=True) == [
        LeadLink("L1", "v", OCTOBER),
    ]
    with pytest.raises(InputError, match="line 2: a link rests on a consent"):
        read_links([(2, row)], "links.csv", synthetic=False)


K = 4
lead = st.builds(
    Lead,
    month=st.sampled_from(["2026-10", "2026-11"]),
    channel=st.sampled_from(["search", "email", "social"]),
    rule=st.sampled_from(["first_known", "visit"]),
    stage=st.sampled_from(["lead", "opportunity", "customer"]),
    value=st.integers(0, 99),
)
visitors = st.dictionaries(
    st.tuples(st.sampled_from(["2026-10", "2026-11"]), st.sampled_from(["search", "email"])),
    st.integers(1, 9),
)


@given(st.lists(lead, max_size=60), visitors)
def test_no_difference_of_figures_is_of_few_people(found, others):
    """Neither of two stages of a cohort, nor of two rules, nor of customers and those still open."""
    figures = loop(found, others, K)
    sums = []
    for one in figures.cohorts:
        stages = [one.visitors, one.leads, one.opportunities, one.customers]
        sums += [(a or 0) - (b or 0) for a, b in combinations(stages, 2)]
    sums += [number or 0 for told in figures.rules.values() for number in told.values()]
    sums += [number or 0 for one in figures.cycles for number in (one.customers, one.open)]
    assert [one for one in sums if 0 < one < K] == []
    assert all(one >= 0 for one in sums)


def test_what_is_left_out_is_hidden_and_not_nought():
    """A month whose customers are few shows none of them, and not 0."""
    many = [Lead("2026-10", "search", "visit", stage) for stage in ("lead", "opportunity")] * K
    figures = loop([*many, Lead("2026-10", "search", "visit", "customer", 700, 3)], {}, K)
    (cohort,) = figures.cohorts
    assert (cohort.customers, cohort.value, cohort.leads) == (None, None, K)
    assert figures.hidden_cells == 2


def test_days_to_the_order_are_nearest_ranks():
    """Of customers only, with the number of those still open beside them."""
    done = [Lead("2026-10", "search", "visit", "customer", 1, days) for days in (1, 2, 30, 90)]
    still = [Lead("2026-10", "search", "visit", "lead")] * K
    *_, whole = loop([*done, *still], {}, K).cycles
    assert (whole.channel, whole.customers, whole.open) == (ALL, K, K)
    assert (whole.lower, whole.median, whole.upper) == (1, 2, 30)
