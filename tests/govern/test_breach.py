"""Breach clocks start where each law says, and never later where nobody says when that was."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from privacykit.errors import InputError
from privacykit.govern.breach import Assumed, Moments, Told, breach_duties
from privacykit.govern.requests.deadlines import WorkCalendar
from privacykit.policy.audience import Audience
from privacykit.policy.parse import parse_policy
from privacykit.policy.words import BreachStart
from privacykit.settings.policies import shipped_policies

BERLIN = ZoneInfo("Europe/Berlin")
SURE = 'citation = "A"\nconfidence = "verified"\n'


def at(text):
    """A moment in Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


NOTICED = at("2026-11-28T09:30")
HAPPENED, ESTABLISHED = at("2026-11-20T12:00"), at("2026-12-02T18:00")
TOLD = at("2026-12-04T08:00")


def term(told, n, unit, start, more=""):
    """A breach clock in a policy file."""
    return f'[breach.{told}]\nn = {n}\nunit = "{unit}"\nfrom = "{start}"\n{more}{SURE}'


def duties(*tables, people=None, **moments):
    """What a policy made of *tables* asks, by who must be told."""
    text = 'id = "XA"\nname = "X"\nkind = "country"\n' + "\n".join(tables)
    policy = parse_policy(text, "x").policy
    found = breach_duties([policy], Moments(NOTICED, **moments), WorkCalendar(), people)
    return {one.told: one for one in found}


def duty(start, n=24, unit="hours", **moments):
    """What it asks of people."""
    return duties(term("people", n, unit, start), **moments)[Told.PEOPLE]


@pytest.mark.parametrize(
    ("start", "moments", "due", "assumed"),
    [
        ("failure", {}, "2026-11-29T09:30", Assumed.MAY_BE_EARLIER),
        ("failure", {"happened": HAPPENED}, "2026-11-21T12:00", None),
        ("unsaid", {"happened": HAPPENED}, "2026-11-21T12:00", None),
        ("unsaid", {}, "2026-11-29T09:30", Assumed.MAY_BE_EARLIER),
        ("awareness", {"happened": HAPPENED}, "2026-11-29T09:30", None),
        ("knowledge", {"established": ESTABLISHED}, "2026-11-29T09:30", None),
        ("detection", {}, "2026-11-29T09:30", None),
        ("discovery", {"established": ESTABLISHED}, "2026-11-29T09:30", None),
        ("discovery_or_notification", {}, "2026-11-29T09:30", None),
        ("discovery_or_determination", {"established": ESTABLISHED}, "2026-11-29T09:30", None),
        ("determination", {"established": ESTABLISHED}, "2026-12-03T18:00", None),
        ("determination", {}, "2026-11-29T09:30", Assumed.NOT_LATER),
        ("confirmation", {"established": ESTABLISHED}, "2026-12-03T18:00", None),
        ("assessment", {"established": ESTABLISHED}, "2026-12-03T18:00", None),
        ("assessment", {}, "2026-11-29T09:30", Assumed.NOT_LATER),
        ("authority_notice", {"authority_told": TOLD}, "2026-12-05T08:00", None),
        ("people_notice", {"people_told": TOLD}, "2026-12-05T08:00", None),
        ("people_notice", {}, None, Assumed.AS_DUE),
    ],
)
def test_a_clock_starts_where_its_law_says(start, moments, due, assumed):
    """Of a moment that nobody states the earlier one is taken, and the duty says so."""
    found = duty(start, **moments)
    assert (found.due, found.assumed) == (due and at(due), assumed)


def test_every_start_there_is_was_tried():
    """Whoever adds one says when it is."""
    tried = {case[0] for case in test_a_clock_starts_where_its_law_says.pytestmark[0].args[1]}
    assert tried == {one.value for one in BreachStart}


def test_the_authority_after_the_people_counts_from_their_last_moment():
    """Thirty days to the people, fifteen more to the authority, until they were told."""
    tables = (
        term("people", 30, "calendar_days", "discovery"),
        term("authority", 15, "calendar_days", "people_notice", "at_least_people = 501\n"),
    )
    waiting = duties(*tables)[Told.AUTHORITY]
    assert (waiting.due, waiting.assumed) == (at("2027-01-12T23:59:59"), Assumed.AS_DUE)
    told = duties(*tables, people_told=TOLD)[Told.AUTHORITY]
    assert (told.due, told.assumed) == (at("2026-12-19T23:59:59"), None)


def test_no_later_than_the_people_is_the_same_moment():
    """At once from their notice."""
    found = duties(
        term("people", 45, "calendar_days", "discovery"),
        term("authority", 0, "immediate", "people_notice"),
    )
    assert found[Told.AUTHORITY].due == found[Told.PEOPLE].due == at("2027-01-12T23:59:59")
    assert found[Told.AUTHORITY].says == "at once"


@pytest.mark.parametrize(
    ("people", "owed"), [(500, False), (501, True), (None, True)], ids=["few", "enough", "unknown"]
)
def test_few_people_may_be_no_duty(people, owed):
    """Of an unknown number it is one."""
    table = term("authority", 30, "calendar_days", "discovery", "at_least_people = 501\n")
    assert duties(table, people=people)[Told.AUTHORITY].owed is owed


def test_what_is_due_first_stands_first_and_what_is_not_owed_last():
    """Prose without a number before that."""
    text = 'id = "XA"\nname = "X"\nkind = "country"\n'
    first = parse_policy(text + term("people", 1, "month", "discovery"), "x").policy
    prose = f'[breach.people]\nrule = "promptly"\n{SURE}[breach.authority]\nrule = "none"\n{SURE}'
    last = parse_policy(text.replace("XA", "XB") + prose, "x").policy
    found = breach_duties([last, first], Moments(NOTICED), WorkCalendar())
    assert [(one.policy, one.told.value, one.owed) for one in found] == [
        ("XA", "people", True),
        ("XB", "people", True),
        ("XB", "authority", False),
    ]
    assert found[1].says == "promptly"


@pytest.mark.parametrize(
    "moments",
    [
        {"happened": at("2026-11-29T00:00")},
        {"established": HAPPENED},
        {"happened": HAPPENED.replace(tzinfo=None)},
    ],
    ids=["after noticing", "before noticing", "nowhere"],
)
def test_moments_have_an_order_and_a_time_zone(moments):
    """Nothing is guessed about a clock."""
    with pytest.raises(InputError, match=r"breach happens|time zone"):
        Moments(NOTICED, **moments)


def covering(place, on, **audience):
    """The policies of a place, whether or not their act binds."""
    return shipped_policies().covering(place, on=on, audience=Audience(**audience))


def test_a_state_asks_before_its_privacy_act_does():
    """What is said of breaches stands in older acts: Rhode Island's act began in 2026."""
    (policy,) = covering("US-RI", date(2025, 6, 1))
    (people, _) = breach_duties(
        [policy],
        Moments(at("2025-06-01T10:00"), established=at("2025-06-01T11:00")),
        WorkCalendar(),
    )
    assert (people.told, people.due) == (Told.PEOPLE, at("2025-07-16T23:59:59"))


def test_a_duty_of_a_coming_law_is_none_yet():
    """India's begins in May 2027."""
    moments = Moments(NOTICED)
    assert breach_duties(covering("IN", NOTICED.date()), moments, WorkCalendar()) == []
    later = Moments(at("2027-05-13T09:00"))
    assert len(breach_duties(covering("IN", date(2027, 5, 13)), later, WorkCalendar())) == 2


def test_where_the_operator_is_established_counts_too():
    """A German operator with people affected in Texas."""
    found = covering("US-TX", NOTICED.date(), establishments=("DE",))
    assert {policy.id for policy in found} == {"US-TX", "DE"}
