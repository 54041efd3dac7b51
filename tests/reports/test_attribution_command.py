"""``privacykit report attribution``: what stands beside the models, and what is refused."""

from __future__ import annotations

import pytest

from privacykit.decide.decision import label_set
from privacykit.errors import InputError
from privacykit.reports.answers.attribution_tables import AttributionPart, tables
from privacykit.reports.attribution.figures import Attribution
from privacykit.reports.attribution.question import AttributionQuestion
from privacykit.reports.conditions import read_step
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.events import EventStore
from privacykit.testing.samples import NOW
from tests.reports.attribution_events import event, report, written

MAP = (
    'time = "at"\nvisitor = "who"\nname = "what"\nchannel = "came"\nvalue = "paid"\ndigits = 2\n'
    'currency = "in"\nproperties = ["heard"]\n'
)
LAND = "2026-10-01T12:00:00Z,{who},land,search,,,\n"
ORDER = "2026-10-02T12:00:00Z,{who},order,{came},{paid},{money},{heard}\n"


@pytest.fixture
def shop(tmp_path):
    """Give what asks for the attribution of orders, each of somebody who came by search before."""
    (tmp_path / "map.toml").write_text(MAP)

    def asked(orders, *arguments, k=1):
        lines = ["at,who,what,came,paid,in,heard\n"]
        for who, order in enumerate(orders):
            told = {"came": "email", "paid": "10.00", "money": "EUR", "heard": "", **order}
            lines += [LAND.format(who=who), ORDER.format(who=who, **told)]
        (tmp_path / "events.csv").write_text("".join(lines))
        return report(
            "attribution", "--events", tmp_path / "events.csv", "--columns", tmp_path / "map.toml",
            "--synthetic", "--conversion", "order", "--k", k, *arguments,
        )  # fmt: skip

    return asked


@pytest.fixture
def costs(tmp_path):
    """Give what writes a file of costs."""

    def costs(text):
        (tmp_path / "costs.csv").write_text(text)
        return tmp_path / "costs.csv"

    return costs


def test_without_money_there_is_no_table_of_it(shop):
    """Conversions alone are credited."""
    found = shop([{"paid": "", "money": ""}], "--self-reported", "prop.heard")
    assert (found["currency"], found["models"]["last"]["email"]["value"]) == (None, 0)


def test_each_euro_of_cost_brings_back_its_share(shop, costs):
    """Costs are written as amounts of the events are, and returns are decimals."""
    found = shop([{}] * 2, "--costs", costs("channel,cost\nsearch,4\nemail,3.00\nsms,1\n"))
    assert found["returns"]["first"] == {"email": "0.00", "search": "5.00", "sms": "0.00"}
    assert found["returns"]["linear"] == {"email": "3.33", "search": "2.50", "sms": "0.00"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("channel\nsearch\n", "columns channel and cost"),
        ("channel,cost\nsearch,much\n", "line 2: cost is no amount of at most 2"),
        ("channel,cost\nsearch,1.000\n", "line 2: cost is no amount of at most 2"),
        ("channel,cost\nsearch,NaN\n", "line 2: cost is no amount of at most 2"),
        ("channel,cost\nsearch,-1\n", "line 2: cost is no amount of at most 2"),
    ],
)
def test_a_cost_that_cannot_be_read_is_refused(shop, costs, text, said):
    """With its line, and without its value."""
    with pytest.raises(InputError, match=said):
        shop([{}], "--costs", costs(text))


def test_costs_beside_our_own_events_are_in_the_smallest_unit(tmp_path, costs):
    """As their amounts are."""
    path = written(tmp_path, _orders(range(3)))
    found = report(
        "attribution", "--events", path, "--synthetic", "--k", 1, "--conversion", "order",
        "--costs", costs("channel,cost\nsearch,12\n"),
    )  # fmt: skip
    assert found["costs"] == {"search": 12}


def test_a_file_of_costs_that_is_not_there_is_refused(shop):
    """By its name."""
    with pytest.raises(InputError, match="cannot read nowhere"):
        shop([{}], "--costs", "nowhere")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--self-reported", "heard"], "is a property: prop.NAME"),
        (["--costs", "costs.csv", "--compare"], "without --compare"),
        (["--lookback", "14"], "one of 1, 7, 30, 90"),
    ],
)
def test_what_cannot_be_asked_is_refused(shop, arguments, said):
    """In words that say what to do."""
    with pytest.raises(InputError, match=said):
        shop([{}], *arguments)


def test_costs_of_a_hidden_channel_bring_back_what_nobody_is_told(shop, costs):
    """What a channel of few brought back is hidden as its money is."""
    between = "\n2026-10-01T18:00:00Z,10,land,email,,,"
    orders = [{}] * 5 + [{"came": "search"}] * 5 + [{"came": "search", "heard": between}]
    found = shop(orders, "--costs", costs("channel,cost\nemail,1\nsearch,10\n"), k=5)
    assert found["returns"]["last"] == {"email": None, "search": "5.00"}


def test_two_currencies_are_no_sum(shop):
    """Money of another currency is never added; one of them can be asked for."""
    orders = [{}, {"money": "USD", "paid": "7.00"}]
    with pytest.raises(InputError, match="one_currency"):
        shop(orders)
    found = shop(orders, "--currency", "USD")
    assert (found["currency"], found["models"]["first"]["search"]["value"]) == ("USD", 700)


def test_a_visit_can_convert_once(shop):
    """With --once-per-visit the second order of a visit is none."""
    orders = [{}, {"heard": "\n2026-10-02T12:01:00Z,1,order,email,5.00,EUR,"}]
    assert shop(orders)["populations"]["consented"]["conversions"] == 3
    assert shop(orders, "--once-per-visit")["populations"]["consented"]["conversions"] == 2


def test_a_host_that_people_only_come_back_from_is_no_touch(tmp_path):
    """A return from a payment continues what was before it."""
    (tmp_path / "map.toml").write_text(MAP + 'referrer_host = "host"\n')
    (tmp_path / "events.csv").write_text(
        "at,who,what,came,paid,in,heard,host\n"
        "2026-10-01T12:00:00Z,1,land,search,,,,\n"
        "2026-10-01T14:00:00Z,1,order,referral,10.00,EUR,,pay.example\n"
    )
    found = report(
        "attribution", "--events", tmp_path / "events.csv", "--columns", tmp_path / "map.toml",
        "--synthetic", "--conversion", "order", "--k", 1, "--transparent-host", "pay.example",
    )  # fmt: skip
    assert list(found["models"]["last"]) == ["search"]


def test_what_people_say_stands_beside_what_is_measured(shop):
    """Answers of too few people are one; blended takes the measured channel where there is one."""
    orders = [{"heard": "fair"}] * 3 + [{"heard": "my aunt"}, {"heard": "a neighbour"}, {}]
    found = shop(orders, "--self-reported", "prop.heard", k=3)
    said = {label: one["conversions"] for label, one in found["self_reported"]["consented"].items()}
    assert said == {"(other)": 3.0, "fair": 3.0}
    assert found["blended"]["consented"]["email"]["conversions"] == 6.0


def test_channels_of_few_people_are_one(shop):
    """They are together under (other) in every model."""
    orders = [{"came": "email"}] * 4 + [{"came": "sms"}, {"came": "push"}, {"came": "audio"}]
    found = shop(orders, k=3)
    last = {label: one["conversions"] for label, one in found["models"]["last"].items()}
    assert last == {"(other)": 3.0, "email": 4.0, "search": 0.0}


def test_what_is_left_out_is_told_and_never_nought(shop):
    """A group of few is in no figure, and what is only theirs is hidden."""
    between = "\n2026-10-01T18:00:00Z,10,land,email,,,"
    orders = [{}] * 5 + [{"came": "search"}] * 5 + [{"came": "search", "heard": between}]
    found = shop(orders, k=5)
    assert found["hidden"] == {"cells": 1, "share": "0.55", "conversions": None}
    assert found["models"]["last"]["email"] == {"conversions": None, "value": None}
    assert found["models"]["last"]["search"] == {"conversions": 5.0, "value": 5000}


def test_the_share_that_a_segment_hides_is_not_told(shop):
    """With it, the size of the segment would be, and so the few who are not in it."""
    orders = [{"came": "search"}] * 6 + [{}] * 6 + [{"came": "sms"}] * 5
    found = shop([*orders, {"came": "sms", "heard": "tv"}], "--segment", "prop.heard!=tv", k=5)
    assert found["compared"][0]["hidden"] == {"cells": 1, "share": None, "conversions": None}


def test_segments_and_a_period_before_are_told_apart(shop):
    """In the same form as everybody's figures."""
    found = shop([{}] * 2, "--segment", "channel==email", "--compare")
    told = [(one["period"], one["segment"]) for one in found["compared"]]
    assert told == [(0, "channel==email"), (1, None), (1, "channel==email")]
    assert found["compared"][0]["models"]["last"]["email"]["conversions"] == 2.0


def _orders(numbers, **more):
    for number in numbers:
        yield event(number, "2026-10-01T12:00", channel="search", **more)
        yield event(number, "2026-10-02T12:00", "order", "email", **more)


def test_consented_and_daily_ids_are_never_blended(tmp_path):
    """Who consented has the models, the others the channel of the day, beside them."""
    path = written(tmp_path, [*_orders(range(3)), *_orders(range(3, 8), basis="law")])
    found = report(
        "attribution", "--events", path, "--synthetic", "--k", 2, "--conversion", "order"
    )
    assert found["models"]["first"]["search"]["conversions"] == 3.0
    assert found["not_available"] == []
    assert found["models"]["same_day"] == {"email": {"conversions": 5.0, "value": 0}}
    assert found["populations"]["daily"]["share"] == "0.6250"


@pytest.mark.parametrize(
    ("shown", "shares"),
    [
        ((194,), []),
        ((30, 50), ["0.3750", "0.6250"]),
        ((30, None), [None, None]),
        ((0, 0), ["", ""]),
    ],
    ids=["one", "both", "one-hidden", "none"],
)
def test_a_share_of_what_is_shown_stands_beside_another_one(shown, shares):
    """All of what is shown is not all where more is hidden: of one population there is none."""
    question = AttributionQuestion("order", read_step("order"))
    parts = [
        AttributionPart(ids, Attribution(number, 0, {"last": {}}, 2, 90), {})
        for ids, number in zip(("consented", "daily"), shown, strict=False)
    ]
    table = tables(question, parts, money=False)[-1]
    assert [column.label for column in table.columns][1] == "Conversions shown"
    assert [row[3] for row in table.rows if len(row) > 3] == shares


def test_ids_of_a_day_say_what_they_cannot(tmp_path):
    """No model, no look-back, and no touch of the day before."""
    (tmp_path / "map.toml").write_text(
        'time = "time"\nvisitor = "data.visitor"\nname = "data.name"\nids = "daily"\n'
        'channel = "data.referrer.channel"\n'
    )
    path = written(tmp_path, _orders(range(3)))
    found = report(
        "attribution", "--events", path, "--columns", tmp_path / "map.toml", "--synthetic",
        "--k", 2, "--conversion", "order",
    )  # fmt: skip
    assert found["not_available"] == ["attribution_models", "lookback"]
    assert found["models"] == {"same_day": {"email": {"conversions": 3.0, "value": 0}}}


def test_a_policy_that_forbids_it_ends_the_report(tmp_path):
    """With the reason's code and the clause."""
    path = written(tmp_path, _orders(range(3), basis="law", policy="FR"))
    with pytest.raises(InputError, match=r"policy_forbids.*FR@0123456789ab.*handling.*CNIL"):
        report("attribution", "--events", path, "--synthetic", "--k", 1, "--conversion", "order")


def test_events_that_a_policy_forbids_are_left_out_of_those_that_rest_on_consent(tmp_path):
    """The report says so, and whose clause it was."""
    events = [*_orders(range(3), policy="FR"), *_orders(range(3, 8), basis="law", policy="FR")]
    path = written(tmp_path, events)
    found = report(
        "attribution", "--events", path, "--synthetic", "--k", 1, "--conversion", "order"
    )
    assert found["populations"]["daily"]["conversions"] == 0
    assert found["populations"]["consented"]["conversions"] == 3
    assert any("policy_forbids" in note for note in found["notes"])


def test_a_segment_by_channel_is_forbidden_as_well(tmp_path):
    """No report tells of channels by such events; one that looks at none is allowed."""
    path = written(tmp_path, _orders(range(3), basis="law", policy="FR"))
    funnel = ("funnel", "--events", path, "--synthetic", "--k", 1, "--steps", "page,order")
    assert report(*funnel)["units"] == 6
    with pytest.raises(InputError, match="policy_forbids"):
        report(*funnel, "--segment", "channel==email")


def test_an_overview_leaves_out_channels_and_nobody(tmp_path):
    """Where a policy forbids to tell of them it says so; who insists loses the events instead."""
    events = [*_orders(range(3), policy="FR"), *_orders(range(3, 8), basis="law", policy="FR")]
    asked = ("overview", "--events", written(tmp_path, events), "--synthetic", "--k", 1)
    found, without = report(*asked), report(*asked, "--no-channels")
    assert (found["channels"], found["visits"]) == (None, without["visits"])
    (told,) = [note for note in found["notes"] if "policy_forbids" in note]
    assert "channels are not told" in told
    assert "FR@0123456789ab" in told
    insisting = report(*asked, "--channels")
    assert insisting["visits"] < without["visits"]
    assert insisting["channels"] is not None


def test_a_label_of_many_policies_is_all_of_them(tmp_path):
    """Of an unknown state no law forbids it; of an unknown place a law of somewhere does."""
    asked = ("--synthetic", "--k", 1, "--conversion", "order")
    states = label_set(tuple(f"US-{number:02}@0123456789ab" for number in range(9)))
    world = label_set(
        tuple(
            f"{place}@0123456789ab"
            for place in ["DE", "FR", "IT", "ES", "US", "JP", "BR", "IN", "CA"]
        )
    )
    here = written(tmp_path, _orders(range(3), basis="law", policy=states[0].partition("@")[0]))
    found = report("attribution", "--events", here, *asked)
    assert found["models"]["same_day"]["email"]["conversions"] == 3.0
    there = written(tmp_path, _orders(range(3), basis="law", policy=world[0].partition("@")[0]))
    with pytest.raises(InputError, match=r"policy_forbids.*ZZ-ALL@.*FR: handling"):
        report("attribution", "--events", there, *asked)


def test_a_law_that_nobody_knows_any_more_allows_nothing(tmp_path):
    """What an unknown policy allowed cannot be said."""
    path = written(tmp_path, _orders(range(3), basis="law", policy="ATLANTIS"))
    with pytest.raises(InputError, match="policy_forbids"):
        report("attribution", "--events", path, "--synthetic", "--k", 1, "--conversion", "order")


CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
establishments = ["DE"]
[purposes.analytics]
uses = ["analytics_no_storage"]
visitor = "consented"
"""


def test_the_store_is_read_as_far_back_as_the_look_back(tmp_path):
    """A touch before the period's first day counts, and one before the look-back does not."""
    (tmp_path / "privacykit.toml").write_text(CONFIG)
    engine = open_engine(f"sqlite:///{tmp_path}/privacykit-events.db", kind="events")
    store = EventStore(engine)
    store.ensure_periods(NOW, 6)
    events = [
        made
        for number in range(10)
        for made in (
            event(number, "2026-09-01T12:00", channel="social"),
            *_orders([number]),
        )
    ]
    store.add([*events, *_orders(range(20, 35), basis="law")], NOW)
    engine.dispose()
    found = report(
        "attribution", "--config", tmp_path / "privacykit.toml", "--conversion", "order",
        "--from", "2026-10-02", "--to", "2026-10-02", "--lookback", 7,
    )  # fmt: skip
    assert found["models"]["first"] == {
        "email": {"conversions": 0.0, "value": 0},
        "search": {"conversions": 10.0, "value": 0},
    }
    # Ids without a consent end at midnight, whatever the purpose would allow with one.
    assert found["models"]["same_day"] == {"email": {"conversions": 15.0, "value": 0}}
