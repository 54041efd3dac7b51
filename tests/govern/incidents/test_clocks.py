"""Ten incidents, each with what ten laws ask for and by when, worked out by hand."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from msgspec.structs import replace

from privacykit.errors import InputError
from privacykit.govern.incidents.clocks import incident_duties
from privacykit.govern.incidents.model import (
    FieldInventory,
    Incident,
    IncidentDecision,
    Instants,
    Inventory,
    PeopleCount,
    StoreInventory,
    check_order,
    shown_count,
    shown_places,
)
from privacykit.govern.requests.deadlines import WorkCalendar
from privacykit.policy.audience import Audience
from privacykit.settings.policies import shipped_policies

LAW = shipped_policies()
AT = datetime.fromisoformat
NOW = AT("2026-11-28T12:00+00:00")


def _incident(instants, people=None, decisions=(), fields=()):
    people = people or PeopleCount("not_knowable", why="daily ids")
    stores = (StoreInventory("shop.customers", "sql", 10, 10, fields=tuple(fields)),)
    inventory = Inventory(0.0, None, None, stores, people, {})
    return Incident("i", 0.0, "op", instants, ("read",), "", inventory, decisions=decisions)


def _duties(place, instants, *, small_agent=False, holidays=(), now=NOW, **given):
    policies = LAW.covering(place, on=date(2026, 11, 28), audience=Audience())
    calendar = WorkCalendar(frozenset(holidays))
    incident = _incident(instants, **given)
    return incident_duties(incident, policies, calendar, now, small_agent=small_agent)


FRIDAY = Instants(aware=AT("2026-11-27T18:00+01:00"))
MANY = PeopleCount("exact", 2_000_000, 2_000_000)
SOME = PeopleCount("exact", 600, 600)
FEW = PeopleCount("exact", 10, 10)

# Name: place, instants, options; then of each duty: what, due (UTC), the beginning of its citation.
TEN = {
    "Friday evening in Berlin": (
        "DE", FRIDAY, {},
        [("authority", "2026-11-30T17:00:00", "GDPR (Reg. (EU) 2016/679) Art. 33(1)"),
         ("people", None, "GDPR (Reg. (EU) 2016/679) Art. 34(1)")],
    ),
    "over the night on which clocks go forward": (
        "FR", Instants(aware=AT("2026-03-28T12:00+01:00")), {},
        [("authority", "2026-03-31T11:00:00", "GDPR (Reg. (EU) 2016/679) Art. 33(1)"),
         ("people", None, "GDPR (Reg. (EU) 2016/679) Art. 34(1)")],
    ),
    "a shop in London": (
        "GB", Instants(aware=AT("2026-12-24T09:30+00:00")), {},
        [("authority", "2026-12-27T09:30:00", "UK GDPR Art. 33(1)"),
         ("people", None, "UK GDPR Art. 34")],
    ),
    "the same Friday in Brazil": (
        "BR", Instants(aware=AT("2026-11-27T18:00-03:00")), {},
        [("authority", "2026-12-03T02:59:59", "LGPD Art. 48"),
         ("people", "2026-12-03T02:59:59", "LGPD Art. 48"),
         ("supplement", None, "Res. CD/ANPD 15/2024")],
    ),
    "a graded incident in China": (
        "CN",
        Instants(aware=AT("2026-11-27T18:00+08:00"), assessed=AT("2026-11-28T10:00+08:00")),
        {"people": MANY},
        [("authority", "2026-11-28T06:00:00", "CAC incident reporting measures"),
         ("authority", None, "PIPL Art. 57"),
         ("people", None, "PIPL Art. 57")],
    ),
    "a suspicion in Australia": (
        "AU", Instants(aware=AT("2026-11-27T18:00+11:00")), {},
        [("assess", "2026-12-27T12:59:59", "Privacy Act s.26WH(2)(b)"),
         ("authority", None, "Privacy Act ss.26WH(2)(b), 26WK(2)(b)"),
         ("people", None, "Privacy Act s.26WL(3)")],
    ),
    "a hotel in Turkey": (
        "TR", Instants(aware=AT("2026-11-27T18:00+03:00")), {},
        [("authority", "2026-11-30T15:00:00", "Board decision 2019/10"),
         ("people", None, "Law 6698 Art. 12(5)")],
    ),
    "accounts in California, people told first": (
        "US-CA",
        Instants(
            aware=AT("2026-11-27T18:00-08:00"), people_told=AT("2026-12-10T09:00-08:00")
        ),
        {"people": SOME},
        [("authority", "2026-12-26T07:59:59", "Civ. Code 1798.82(f)"),
         ("people", "2026-12-28T07:59:59", "Civ. Code 1798.82(a)(2)(A) (SB 446)")],
    ),
    "determined a week later, in Colorado and Texas": (
        "US-TX",
        Instants(
            aware=AT("2026-11-27T18:00-06:00"), determined=AT("2026-12-04T09:00-06:00")
        ),
        {"people": SOME},
        [("authority", "2026-12-28T05:59:59", "Tex. Bus. & Com. Code 521.053(i)"),
         ("people", "2027-02-03T05:59:59", "Tex. Bus. & Com. Code 521.053(b)")],
    ),
    "the same, in Colorado": (
        "US-CO",
        Instants(
            aware=AT("2026-11-27T18:00-07:00"), determined=AT("2026-12-04T09:00-07:00")
        ),
        {"people": SOME},
        [("authority", "2027-01-04T06:59:59", "C.R.S. 6-1-716(2)"),
         ("people", "2027-01-04T06:59:59", "C.R.S. 6-1-716(2)")],
    ),
    "in Virginia": (
        "US-VA", FRIDAY, {},
        [("authority", None, "state breach statutes"),
         ("people", None, "Va. Code 18.2-186.6")],
    ),
    "in Ontario": (
        "CA-ON", FRIDAY, {},
        [("authority", None, "PIPEDA s.10.1"), ("people", None, "PIPEDA s.10.1(3)")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TEN)
def test_deadlines_of_a_named_incident(name):
    """Every clock with its citation, the earliest first, none left out."""
    place, instants, given, expected = TEN[name]
    found = [
        (duty.what, duty.due and f"{duty.due.astimezone(NOW.tzinfo):%Y-%m-%dT%H:%M:%S}", duty)
        for duty in _duties(place, instants, **given)
    ]
    assert [(what, due) for what, due, _ in found] == [(what, due) for what, due, _ in expected]
    for (_, _, duty), (_, _, citation) in zip(found, expected, strict=True):
        assert duty.citation.startswith(citation)


def _due(duties, what):
    return next(f"{d.due:%Y-%m-%d}" for d in duties if d.what == what)


def test_small_agents_of_brazilian_law_have_double_the_time():
    """Six business days: Monday week."""
    duties = _duties("BR", Instants(aware=AT("2026-11-27T18:00-03:00")), small_agent=True)
    assert _due(duties, "authority") == "2026-12-07"
    other = _duties("DE", FRIDAY, small_agent=True)
    assert _due(other, "authority") == "2026-11-30"


def test_a_holiday_is_no_business_day():
    """From the configuration's own list."""
    instants = Instants(aware=AT("2026-11-27T18:00-03:00"))
    assert _due(_duties("BR", instants, holidays=[date(2026, 12, 1)]), "people") == "2026-12-03"


def test_the_supplement_counts_from_the_first_notice():
    """Twenty business days."""
    instants = Instants(
        aware=AT("2026-11-27T18:00-03:00"), authority_told=AT("2026-12-02T12:00-03:00")
    )
    assert _due(_duties("BR", instants), "supplement") == "2026-12-30"


def test_ten_people_are_no_incident_of_chinas_grade():
    """What is not owed says so and stays in the list."""
    instants = Instants(aware=AT("2026-11-27T18:00+08:00"), assessed=AT("2026-11-28T10:00+08:00"))
    last = _duties("CN", instants, people=FEW)[-1]
    assert (last.threshold, last.due is not None) == ("not_met", True)
    assert "1000000" in last.why


@pytest.mark.parametrize(
    ("people", "threshold"),
    [
        (FEW, "not_met"),
        (SOME, "judge"),
        (PeopleCount("at_least", 600), "judge"),
        (PeopleCount("at_least", 10), "judge"),
        (PeopleCount("at_least", 10, 20), "not_met"),
        (PeopleCount("not_knowable"), "judge"),
    ],
)
def test_a_number_that_nobody_knows_is_judged_never_taken_for_small(people, threshold):
    """Colorado's Attorney General: from 500 people on."""
    duty = next(d for d in _duties("US-CO", FRIDAY, people=people) if d.what == "authority")
    assert duty.threshold == threshold


def test_a_law_of_a_place_counts_the_people_of_that_place():
    """Seven of six hundred live in Colorado: its Attorney General wants five hundred."""
    policies = LAW.covering("US-CO", on=date(2026, 11, 28), audience=Audience())
    places = {"US-CO": 7, "DE": 593}
    incident = _incident(FRIDAY, SOME)
    counted = replace(incident, inventory=replace(incident.inventory, places=places))
    for told, expected in (((), "not_met"), (("US-CO",), "judge")):
        duties = incident_duties(replace(counted, places=told), policies, WorkCalendar(), NOW)
        assert next(d for d in duties if d.what == "authority").threshold == expected


def test_kinds_that_state_laws_name_are_told():
    """A licence number is one; a page that was visited is none."""
    licence = FieldInventory("licence", ("user.government_id",), trigger="government identifier")
    told = next(d for d in _duties("US-VA", FRIDAY, fields=[licence]) if d.what == "people")
    assert "government identifier" in told.why
    none = next(d for d in _duties("US-VA", FRIDAY) if d.what == "people")
    assert none.why.startswith("none of the kinds")


def _decided(told, *, notify, told_at=None, policy="DE"):
    return IncidentDecision(policy, told, notify, "because", "op", 1.0, told_at)


def test_what_is_done_or_decided_stays_in_the_list_behind_what_is_due():
    """None is dropped."""
    done = _decided("authority", notify=True, told_at=1.0)
    against = _decided("people", notify=False, policy="*")
    duties = _duties("DE", FRIDAY, decisions=(done, against))
    assert [(d.what, d.state) for d in duties] == [
        ("authority", "done"),
        ("people", "decided_against"),
    ]


def test_a_notice_that_was_only_decided_is_still_due():
    """And overdue when its time is over."""
    decided = _decided("authority", notify=True)
    late = AT("2026-12-24T12:00+00:00")
    assert _duties("DE", FRIDAY, decisions=(decided,))[0].state == "due"
    assert _duties("DE", FRIDAY, decisions=(decided,), now=late)[0].state == "overdue"


def test_an_assessment_that_was_made_is_done():
    """Australia's thirty days are for that alone."""
    instants = Instants(aware=FRIDAY.aware, assessed=AT("2026-11-28T10:00+01:00"))
    assert {d.state for d in _duties("AU", instants) if d.what == "assess"} == {"done"}


def test_instants_have_an_order_and_a_zone():
    """It happens, is noticed, is determined, is assessed."""
    check_order(FRIDAY)
    with pytest.raises(InputError, match="PK354"):
        check_order(Instants(aware=FRIDAY.aware, determined=AT("2026-11-26T18:00+01:00")))
    with pytest.raises(InputError, match="zone"):
        check_order(Instants(aware=AT("2026-11-26T18:00")))


@pytest.mark.parametrize(("number", "shown"), [(0, "0"), (1, "< 10"), (9, "< 10"), (10, "10")])
def test_small_groups_are_not_told_outside(number, shown):
    """Nine people of a place are people."""
    assert shown_count(number, 10) == shown
    assert shown_count(number, 0) == str(number)


def test_every_category_of_the_tables_is_one_of_fideslang():
    """A misspelt one would never match."""
    from privacykit.govern.incidents.categories import SPECIAL, TRIGGERS, special_of, trigger_of
    from privacykit.personal.categories import is_category

    assert [key for key, _ in (*SPECIAL, *TRIGGERS) if not is_category(key)] == []
    assert special_of(("user.health.medications",)) == "health"
    assert trigger_of(("user.financial.credit_card",)) == "account or card number"
    assert trigger_of(("user.contact.email",)) == special_of(("user.contact.email",)) == ""


@pytest.mark.parametrize(
    ("laws", "months"), [(["DE", "BR"], 60), (["CA"], 24), (["CA", "CA-QC"], 60), (["DE"], 60)]
)
def test_the_register_is_kept_by_the_longest_duty(laws, months):
    """Brazil five years, Canada two, GDPR without a number."""
    from privacykit.govern.incidents.register import kept_months

    assert kept_months(laws)[0] == months


@pytest.mark.parametrize(
    ("places", "shown"),
    [
        ({"DE": 22, "US-CA": 6}, {"DE": "not told", "US-CA": "< 10"}),
        ({"DE": 22, "FR": 14, "US-CA": 6}, {"DE": "22", "FR": "not told", "US-CA": "< 10"}),
        ({"DE": 22, "FR": 6, "US-CA": 6}, {"DE": "22", "FR": "< 10", "US-CA": "< 10"}),
        ({"DE": 22, "FR": 12}, {"DE": "22", "FR": "12"}),
        ({"DE": 6}, {"DE": "< 10"}),
        ({}, {}),
    ],
)
def test_the_whole_less_the_others_tells_no_small_group(places, shown):
    """What is not told has at least as many as a group that may be told."""
    assert shown_places(places, 10) == shown
    assert shown_places(places, 0) == {place: str(number) for place, number in places.items()}
