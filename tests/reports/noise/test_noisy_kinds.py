"""Funnels and segments with noise: each visitor id in one cell of each list, within one budget."""

from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import pytest

from privacykit.cli.report.pages.kinds import report_commands
from privacykit.collect.events.format import decode_event
from privacykit.errors import InputError
from privacykit.reports.kinds.questions import SegmentsQuestion
from privacykit.reports.noise import mechanism
from privacykit.reports.noise.question import CLOSED, NoisySegments
from tests.reports.kept.visits import JANUARY, made
from tests.reports.noise.test_noisy import BUDGET, noise, shop

__all__ = ["noise", "shop"]

STEPS = ("page", "cart_add", "order")
FUNNEL = ("funnel", "--steps", ",".join(STEPS), *JANUARY)
SEGMENTS = ("segments", "--by", "country", "--by", "device", "--conversion", "order", *JANUARY)


def first_visits():
    """Return the names of events, and the country, of each visitor's first visit of January."""
    visits = {}
    for row in made():
        event = decode_event(row.body)
        if event.time < "2026-01-31T23:00:00":
            place = event.data.place.country
            visits.setdefault(event.data.visitor, (place, []))[1].append(event.data.name)
    return visits


def test_a_funnel_counts_each_visitor_at_the_last_step(shop, noise):
    """As a plain count of the events says; all of the cost is for the one list."""
    shop.configure(BUDGET)
    told = json.loads(shop.report(*FUNNEL, "--epsilon", "1.5", "--json"))
    last = Counter(len(names) for _, names in first_visits().values())
    assert noise.calls == [([last[step] for step in range(4)], Fraction("1.5"))]
    least = told["noise"]["shown_from"]
    # The known noise adds one to each cell.
    reached = [sum(last[step] + 1 for step in range(first, 4)) for first in range(4)]
    wanted = [n if n >= least[f"reached {step}"] else None for step, n in enumerate(reached)]
    assert [told["visitors"], *(one["reached"] for one in told["steps"])] == wanted
    assert told["entered"] == wanted[1]


def test_segments_count_each_visitor_at_the_first_visit(shop, noise):
    """A third of the cost for the whole and for each list; who converted is a cell of its own."""
    told = json.loads(shop.report(*SEGMENTS, "--epsilon", "1.5", "--json"))
    visits = first_visits()
    bought = sum("order" in names for _, names in visits.values())
    assert [cost for _, cost in noise.calls] == [Fraction("0.5")] * 3
    assert noise.calls[0][0] == [len(visits) - bought, bought]
    assert [sum(counts) for counts, _ in noise.calls] == [len(visits)] * 3
    assert [sum(counts[1::2]) for counts, _ in noise.calls] == [bought] * 3
    assert [len(counts) for counts, _ in noise.calls[1:]] == [2 * 250, 2 * 5]
    (countries,) = (one["rows"] for one in told["breakdowns"] if one["by"] == "country")
    germans = sum(place == "DE" for place, _ in visits.values())
    assert {row["value"]: row["visitors"] for row in countries}["DE"] == germans + 4


@pytest.mark.parametrize("words", [FUNNEL, SEGMENTS], ids=["funnel", "segments"])
def test_one_visitor_changes_one_cell_of_each_list_by_one(shop, noise, words):
    """That is the bound which the noise is for, whatever the visitor did."""
    shop.configure("epsilon_budget = 100\n")
    shop.report(*words, "--epsilon", "1")
    lists = len(noise.calls)
    for number, visitor in enumerate((3, 5, 8)):
        assert shop.forget(visitor)
        shop.report(*words, "--epsilon", f"1.{number + 1}")
        old, new = noise.calls[-2 * lists : -lists], noise.calls[-lists:]
        for (before, _), (after, _) in zip(old, new, strict=True):
            assert sum(abs(a - b) for a, b in zip(before, after, strict=True)) <= 1


def test_the_budget_is_one_for_all_kinds(shop, noise):
    """What a funnel spent is not there for segments; what was shown costs nothing again."""
    first = shop.report(*FUNNEL, "--epsilon", "1")
    assert "1 of ε was spent for this report, 0 before on these days, and 0.5 is left" in first
    code, _, err = shop("report", *SEGMENTS, "--epsilon", "0.6")
    assert (code, err.startswith("budget_spent: of ε = 1.5 for these days 1 is spent")) == (1, True)
    assert "1 before on these days, and 0.0 is left" in shop.report(*SEGMENTS, "--epsilon", "0.5")
    assert shop.forget(1)
    calls = len(noise.calls)
    assert shop.report(*FUNNEL, "--epsilon", "1") == first
    assert len(noise.calls) == calls


@pytest.mark.usefixtures("noise")
@pytest.mark.parametrize("how", ["--json", "--csv", "--html", "--parquet"])
@pytest.mark.parametrize("words", [FUNNEL, SEGMENTS], ids=["funnel", "segments"])
def test_every_writing_has_it(shop, words, how):
    """The cost is said in each that has room for notes."""
    file = ["out.file"] if how in {"--html", "--parquet"} else []
    shop.report(*words, "--epsilon", "1", how, *file)
    if how == "--html":
        page = (shop.folder / "out.file").read_text()
        assert "0.5 is left" in page
        assert "visitors" in page


WRONG = [
    (*FUNNEL, "--mode", "open"),
    (*FUNNEL, "--mode", "loose"),
    (*FUNNEL, "--money"),
    (*FUNNEL, "--unit", "visitor_day"),
    (*FUNNEL, "--segment", "country==DE"),
    (*FUNNEL, "--compare"),
    ("segments", *JANUARY),
    ("segments", "--by", "page", *JANUARY),
    ("segments", "--by", "country", "--by", "event", *JANUARY),
    ("segments", "--by", "campaign", *JANUARY),
    (*SEGMENTS, "--top", "3"),
]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_what_has_no_bound_is_refused(shop, noise, words):
    """As misuse, and nothing is spent."""
    code, out, err = shop("report", *words, "--epsilon", "1")
    assert (code, out, bool(err), noise.calls) == (2, "", True, [])


def test_what_needs_lasting_ids_is_refused(shop, noise):
    """Nobody is called new, with noise or without; nothing is spent."""
    code, _, err = shop("report", "segments", "--by", "visitor", *JANUARY, "--epsilon", "1")
    assert (code, err.startswith("needs_person_id"), noise.calls) == (1, True, [])
    assert "0.0 is left" in shop.report(*FUNNEL, "--epsilon", "1.5")


def test_who_looks_at_a_page_spends_nothing():
    """No form offers noise, of whatever kind."""
    for command in report_commands().values():
        assert "epsilon" not in {one.name for one in command.asked}


@pytest.mark.parametrize("by", ["page", "event", "campaign", "language", "browser"])
def test_an_open_list_has_no_noise(by):
    """That a value is in it would tell of who brought it."""
    with pytest.raises(InputError, match="come from visitors"):
        NoisySegments("1", 10, SegmentsQuestion((by,)))
    assert by not in CLOSED


@pytest.mark.parametrize("words", [FUNNEL, SEGMENTS], ids=["funnel", "segments"])
def test_no_part_is_greater_than_its_whole(shop, noise, monkeypatch, words):
    """Noise that takes more than there is takes it from nobody else: a cell is never below nought."""

    def less_of_every_second(counts, _):
        return [one + 200 if number % 2 else one - 400 for number, one in enumerate(counts)]

    monkeypatch.setattr(mechanism, "laplace", less_of_every_second)
    told = json.loads(shop.report(*words, "--epsilon", "1.5", "--json"))
    steps = [one["reached"] for one in told.get("steps", ())]
    rows = [
        (row["conversions"], row["visitors"])
        for one in told.get("breakdowns", ())
        for row in one["rows"]
    ]
    assert all(after <= before for before, after in pairwise((told["visitors"], *steps)))
    assert all(part <= whole for part, whole in (*rows, (told["conversions"], told["visitors"])))
    assert noise.calls == []
