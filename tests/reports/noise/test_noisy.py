"""The overview with noise: once within a budget, the same again for nothing, and small never told."""

from __future__ import annotations

import json
import sys
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.cli.report.pages.kinds import report_commands
from privacykit.errors import InputError, MissingExtraError
from privacykit.reports.noise import mechanism
from privacykit.reports.noise.question import LISTS, NoisyQuestion, cells_of, epsilon
from privacykit.stores.database.engine import open_engine
from privacykit.stores.kept.noise import NoiseLedger
from tests.reports.kept.visits import FEBRUARY, IN_FEBRUARY, JANUARY, lay_shop, made

ASKED = ("overview", "--epsilon", "1.0", *JANUARY)
BUDGET = "epsilon_budget = 1.5\n"


class Noise:
    """Noise that a test knows: it adds a number, another one at each call."""

    def __init__(self):
        self.calls = []

    def __call__(self, counts, cost):
        self.calls.append((list(counts), cost))
        return [one + len(self.calls) for one in counts]


@pytest.fixture
def noise(monkeypatch):
    """Return the noise that reports get."""
    found = Noise()
    monkeypatch.setattr(mechanism, "laplace", found)
    monkeypatch.setattr(mechanism, "check_extra", lambda: None)
    return found


@pytest.fixture
def shop(tmp_path, monkeypatch, capsys):
    """A shop that may spend one and a half on a day."""
    found = lay_shop(tmp_path, monkeypatch, capsys, made())
    found.configure(BUDGET)
    return found


def test_each_visitor_is_in_one_cell_of_each_list(shop, noise):
    """A quarter of the cost is for each list, and all lists are of the same visitors."""
    visits = json.loads(shop.report("overview", "--no-channels", *JANUARY, "--json"))["visitors"]
    told = json.loads(shop.report(*ASKED, "--json"))
    assert [cost for _, cost in noise.calls] == [Fraction(1, 4)] * 4
    assert [sum(counts) for counts, _ in noise.calls] == [visits] * 4
    assert told["visitors"] == visits + 1
    assert (told["noise"]["epsilon"], told["noise"]["scale"]) == ("1", "4")


def test_the_same_question_has_the_same_answer_and_costs_nothing(shop, noise):
    """Nobody finds the mean of many answers: events that came or went change nothing either."""
    first = shop.report(*ASKED, "--json")
    assert shop.forget(1)
    assert shop.report(*ASKED, "--json") == first
    assert len(noise.calls) == len(LISTS)


@pytest.mark.usefixtures("noise")
def test_the_budget_is_told_and_ends(shop):
    """In every output; of days that overlap it is one, of others it is another."""
    for text in (shop.report(*ASKED), shop.report(*ASKED, "--json")):
        assert "1 of ε was spent for this report, 0 before on these days, and 0.5 is left" in text
    shop.report(*ASKED, "--html", "noisy.html")
    assert "0.5 is left" in (shop.folder / "noisy.html").read_text()
    code, _, err = shop("report", "overview", "--epsilon", "0.6", *JANUARY)
    assert (code, err.startswith("budget_spent: of ε = 1.5 for these days 1 is spent")) == (1, True)
    assert "0.5 is left" in shop.report("overview", "--epsilon", "1", *FEBRUARY)
    assert "0.0 is left" in shop.report("overview", "--epsilon", "0.5", *JANUARY)


def test_without_a_budget_nothing_is_spent(shop, noise):
    """Somebody has to say how much."""
    shop.configure("")
    code, _, err = shop("report", *ASKED)
    assert (code, err.startswith("no_budget: "), noise.calls) == (1, True, [])


@pytest.mark.usefixtures("noise")
def test_what_is_small_with_its_noise_is_not_shown(shop):
    """Whatever it was without: the bound is of what the noise made."""
    told = json.loads(shop.report(*ASKED, "--json"))
    least = told["noise"]["shown_from"]
    assert least["countries"] > least["devices"] >= 10
    for name in ("days", "countries", "devices"):
        assert all(row["visitors"] >= least[name] for row in told[name])
    assert len(told["countries"]) < 3


@pytest.mark.parametrize(
    "more",
    [
        ("--segment", "country==DE"),
        ("--compare",),
        ("--channels",),
        ("--events", "x.csv"),
        ("--epsilon", "0"),
        ("--epsilon", "nan"),
        ("--epsilon", "much"),
        ("--epsilon", "11"),
    ],
    ids=" ".join,
)
def test_what_does_not_go_with_noise_is_refused(shop, noise, more):
    """As misuse, before anything is read."""
    code, out, err = shop("report", *ASKED, *more)
    assert (code, out, bool(err), noise.calls) == (2, "", True, [])


def test_who_looks_at_a_page_spends_nothing():
    """A form does not offer noise: whoever starts the program says what it may cost."""
    fields = {one.name for one in report_commands()["overview"].asked}
    assert "top" in fields
    assert "epsilon" not in fields


def test_one_at_a_time_spends(shop, noise):
    """Else two could spend what is left once."""
    engine = open_engine(f"sqlite:///{shop.folder / 'privacykit-records.db'}", kind="records")
    assert NoiseLedger(engine).claim("shop", "another", IN_FEBRUARY.timestamp())
    engine.dispose()
    code, _, err = shop("report", *ASKED)
    assert (code, "ask again" in err, noise.calls) == (2, True, [])


def test_noise_needs_the_extra(monkeypatch):
    """No noise, no figure."""
    monkeypatch.setitem(sys.modules, "opendp", None)
    with pytest.raises(MissingExtraError):
        mechanism.laplace([1], Fraction(1))


def test_without_the_extra_nothing_is_spent(shop, monkeypatch):
    """It is named, and the budget is whole."""

    def absent():
        raise MissingExtraError("dp", "report --epsilon")

    monkeypatch.setattr(mechanism, "check_extra", absent)
    code, _, err = shop("report", *ASKED)
    assert (code, "PK001" in err) == (2, True)


@pytest.mark.usefixtures("noise")
def test_nobody_is_in_the_ledger_of_noise(shop):
    """Figures with noise, and what they cost."""
    shop.report(*ASKED)
    kept = (shop.folder / "privacykit-records.db").read_bytes()
    assert b"differential_privacy" in kept
    for row in made():
        for text in (row.envelope.visitor, row.envelope.subject, row.envelope.id):
            assert text.encode() not in kept


@given(st.decimals("0.01", "10", places=3))
def test_a_cost_has_one_writing(cost):
    """So that the same question is the same, however it is typed."""
    assert epsilon(str(cost)) == epsilon(f"{cost}0") == epsilon(f"+{cost}")
    assert Fraction(epsilon(str(cost))) == Fraction(cost)


@given(st.lists(st.text(), max_size=40).map(tuple))
def test_cells_do_not_depend_on_events(days):
    """A list is closed: that a country is in it says nothing of anybody."""
    assert cells_of("day", days) == days
    assert cells_of("country", days) == cells_of("country", ())
    assert len(cells_of("country", ())) == 250
    assert NoisyQuestion("1", 10).threshold(250) > NoisyQuestion("1", 10).threshold(4)


def test_a_cost_that_is_no_number_quotes_nothing():
    """What was typed stays with who typed it."""
    with pytest.raises(InputError) as refused:
        epsilon("secret")
    assert "secret" not in str(refused.value)
