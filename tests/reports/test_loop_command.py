"""``privacykit report loop``: links and a CRM's export beside events."""

from __future__ import annotations

import pytest

from privacykit.errors import ConfigurationError, InputError
from tests.reports.attribution_events import event, report, written

LINK = "L{n},{n:032x},2026-10-05T12:00:00,record,company-{n}\n"
ORDERED = "L{n},customer,2026-10-20,70.00,EUR\n"


@pytest.fixture
def asked(tmp_path):
    """Give what asks for the loop of ten people, who came by search, of whom six are linked."""
    (tmp_path / "map.toml").write_text("digits = 2\n")

    def asked(*arguments, linked=range(6), ordered=range(3), crm="", k=1, **more):
        events = [
            made
            for number in range(10)
            for made in (
                event(number, "2026-10-01T12:00", channel="search", **more),
                event(number, "2026-10-05T11:50", channel="email", **more),
            )
        ]
        (tmp_path / "links.csv").write_text(
            "lead_key,visitor,time,consent,company\n" + "".join(LINK.format(n=n) for n in linked)
        )
        (tmp_path / "crm.csv").write_text(
            "lead_key,stage,time,value,currency\n"
            + "".join(ORDERED.format(n=n) for n in ordered)
            + crm
        )
        return report(
            "loop", "--events", written(tmp_path, events), "--synthetic", "--k", k,
            "--links", tmp_path / "links.csv", "--crm", tmp_path / "crm.csv",
            "--crm-columns", tmp_path / "map.toml", *arguments,
        )  # fmt: skip

    return asked


def test_visitors_become_leads_and_customers(asked):
    """By the month of the lead and the first channel known, with the days it took."""
    found = asked()
    (cohort,) = found["cohorts"]
    assert cohort == {
        "month": "2026-10", "channel": "search", "visitors": 10, "leads": 6, "opportunities": 3,
        "customers": 3, "lead_to_opportunity": "0.5000", "lead_to_customer": "0.5000",
        "value": 21000,
    }  # fmt: skip
    assert found["rules"]["search"]["first_known"] == 6
    assert found["cycles"]["search"] == {
        "customers": 3, "open": 3, "lower_days": 19, "median_days": 19, "upper_days": 19,
    }  # fmt: skip


def test_a_deleted_link_changes_the_report(asked):
    """Nothing of the lead, its order or its money is left; the CRM is as it was."""
    (cohort,) = asked(linked=range(1, 6))["cohorts"]
    assert (cohort["leads"], cohort["customers"], cohort["value"]) == (5, 2, 14000)


def test_companies_are_counted_instead_of_people(asked):
    """They have no visitors, since nobody knows whose those are."""
    found = asked("--company")
    assert (found["unit"], found["cohorts"][0]["leads"]) == ("company", 6)
    assert "visitors" not in found["cohorts"][0]


def test_ids_of_a_day_tie_nobody_to_a_lead(asked, tmp_path):
    """A link needs an id that lasts."""
    (tmp_path / "days.toml").write_text(
        'time = "time"\nvisitor = "data.visitor"\nname = "data.name"\nids = "daily"\n'
    )
    with pytest.raises(InputError, match="needs_person_id"):
        asked("--columns", tmp_path / "days.toml")


def test_where_all_ids_last_everybody_is_read(asked, tmp_path):
    """A file whose ids all last needs no consent told in each row."""
    (tmp_path / "lasting.toml").write_text(
        'time = "time"\nvisitor = "data.visitor"\nname = "data.name"\n'
        'channel = "data.referrer.channel"\n'
    )
    found = asked("--columns", tmp_path / "lasting.toml", basis="law")
    assert found["cohorts"][0]["channel"] == "search"


def test_hubspot_needs_no_map(asked, tmp_path):
    """Its export of contacts is known by name."""
    (tmp_path / "contacts.csv").write_text(
        "Record ID,Became a Customer Date,Total Revenue\nL1,2026-10-20 12:00,70.00\n"
    )
    found = asked("--crm", tmp_path / "contacts.csv", "--crm-columns", "hubspot")
    assert (found["cohorts"][0]["customers"], found["cohorts"][0]["value"]) == (1, 7000)


def test_columns_have_names_of_our_own_without_a_map(asked):
    """Then amounts are whole numbers of the smallest unit."""
    with pytest.raises(InputError, match="more decimals"):
        asked("--crm-columns", "")


def test_a_lead_has_its_cost(asked, tmp_path):
    """What a channel cost, by its leads."""
    (tmp_path / "costs.csv").write_text("channel,cost\nsearch,100\n")
    found = asked("--costs", tmp_path / "costs.csv")
    assert found["costs"] == {"search": {"cost": 10000, "cost_per_lead": 1667}}


def test_only_consented_visitors_are_read(asked):
    """Events that rest on the law alone tell nothing of a lead."""
    found = asked(basis="law")
    assert [(one["channel"], one["leads"]) for one in found["cohorts"]] == [("(none)", 6)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--segment", "country==DE"], "without --segment"),
        (["--costs", "costs.csv", "--compare"], "without --compare"),
        (["--crm-columns", "nowhere"], "cannot read nowhere"),
        (["--links", "nowhere"], "cannot read nowhere as CSV"),
    ],
)
def test_what_cannot_be_asked_is_refused(asked, arguments, said):
    """In words that say what to do."""
    with pytest.raises(InputError, match=said):
        asked(*arguments)


def test_a_wrong_key_of_the_map_is_named(asked, tmp_path):
    """By its file and its place."""
    (tmp_path / "wrong.toml").write_text("lead = 'x'\n")
    with pytest.raises(ConfigurationError) as refused:
        asked("--crm-columns", tmp_path / "wrong.toml")
    assert [(one.id, one.key) for one in refused.value.problems] == [("PK280", "lead")]


def test_a_map_that_is_no_toml_is_refused(asked, tmp_path):
    """By its file."""
    (tmp_path / "wrong.toml").write_text("=")
    with pytest.raises(ConfigurationError, match="no TOML"):
        asked("--crm-columns", tmp_path / "wrong.toml")


def test_two_currencies_are_no_sum(asked):
    """Orders of linked leads are of one currency."""
    with pytest.raises(InputError, match="one_currency"):
        asked(crm="L5,customer,2026-10-20,70.00,USD\n")
    assert asked(crm="L9,customer,2026-10-20,70.00,USD\n")["currency"] == "EUR"
