"""The letter to a person and the register for an authority."""

from __future__ import annotations

import csv
import io
import itertools
import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from privacykit.govern.erasure.planning.plan import KEPT_BECAUSE
from privacykit.govern.records import Action, RequestStatus, RequestType, SubjectRequest
from privacykit.govern.requests.deadlines import DeadlineNote, Unit
from privacykit.govern.requests.ledger import StoredRequest
from privacykit.govern.requests.lifecycle import Ground
from privacykit.govern.requests.register import COLUMNS, register_rows
from privacykit.govern.requests.rights import LeastKept
from privacykit.govern.words import LANGUAGES
from privacykit.operate.context import OperatorContext
from privacykit.operate.letters.letter import Letter, Line, WrittenRemedy, letter_of, write_letter
from privacykit.settings.policies import shipped_policies
from tests.counting import uncounted

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ANNA = "anna@shop.example"
CONTROLLER = """
[controller]
name = "Shop Ltd"
address = "1 Street"
contact = "privacy@shop.example"
authority = "BlnBDI"
timezone = "Europe/Berlin"
"""


@pytest.fixture
def shop(run, tmp_path):
    """The command line of a shop that says who it is."""
    config = tmp_path / "privacykit.toml"
    config.write_text(config.read_text() + CONTROLLER)
    return run


@pytest.fixture
def context(shop, tmp_path):
    """The shop's stores."""
    assert shop
    opened = OperatorContext(str(tmp_path / "privacykit.toml"), clock=NOW.timestamp)
    yield opened
    opened.close()


def test_a_letter_says_what_was_done_kept_and_why(shop, filed):
    """And where to complain; no name, no address of the person."""
    shop(
        "hold", "add", "shop", "orders", "--where", "id = 3", "--basis", "claim",
        "--review", "2027-01-01",
    )  # fmt: skip
    request = filed("erasure")
    shop("request", "run", request, "--yes")

    code, out, err = shop("request", "letter", request)

    assert code == 0, err
    assert (
        out
        == f"""\
Shop Ltd, 1 Street

21 November 2026
Reference: {request}

Your request of 21 November 2026

Dear Sir or Madam,

on 21 November 2026 you asked for the erasure of your personal data.
We have done what you asked for on 21 November 2026, except for what is listed below.

What was done:
- shop: orders: 1 record erased
- shop: customers: 1 record in which details about you were removed or replaced

What was kept, and why:
- shop: orders: 1 record, because they are needed for legal claims
- shop: customers: 1 record, because records that stay depend on them

We no longer collect data about you. To be able to do so we keep a fingerprint of what you gave us, from which nothing can be read.

As long as something is left to do, we keep what identified you in your request.

These recipients of your data were told of your request: Mailer Ltd, The printer next door.

If you think that we handle your data wrongly you may complain to a supervisory authority: BlnBDI. You may also go to court.

Questions: privacy@shop.example

Yours faithfully
Shop Ltd
"""
    )


def test_a_letter_is_written_in_german(shop, filed):
    """With German dates."""
    request = filed("erasure")
    shop("request", "run", request, "--yes")

    out = shop("request", "letter", request, "--language", "de")[1]

    assert "Wir haben Ihren Antrag am 21.11.2026 erfüllt." in out
    assert "- shop: orders: 2 Einträge gelöscht" in out


def test_a_refusal_names_its_ground(shop, filed):
    """And the way to complain (GDPR Art. 12(4))."""
    request = filed("erasure", approve=False)
    shop("request", "reject", request, "--ground", "manifestly_unfounded")

    out = shop("request", "letter", request)[1]

    assert "because the request is manifestly unfounded" in out
    assert "complain to a supervisory authority: BlnBDI" in out


def test_an_open_request_is_confirmed_with_its_day(shop, filed):
    """Before it is answered."""
    out = shop("request", "letter", filed("access", approve=False))[1]

    assert "We will answer by 21 December 2026." in out


def test_a_copy_is_enclosed(shop, filed):
    """Named by its digest."""
    request = filed("access")
    shop("request", "run", request, "--output", "anna.zip")

    assert "A copy of your data is enclosed (SHA-256 " in shop("request", "letter", request)[1]


def test_an_opt_out_claims_no_more_than_was_done(shop, filed):
    """Nothing is sold; that is not to say that nothing is collected."""
    request = filed("opt_out_sale_sharing")
    shop("request", "run", request)

    out = shop("request", "letter", request)[1]

    assert "From now on we act on it." in out
    assert "no longer collect" not in out


def test_a_letter_is_never_written_over_a_file(shop, filed, tmp_path):
    """Somebody has signed it."""
    request = filed("access", approve=False)
    (tmp_path / "letter.txt").write_text("signed")

    assert shop("request", "letter", request, "-o", "letter.txt")[0] == 2
    assert shop("request", "letter", request, "-o", "no/where.txt")[0] == 2
    assert shop("request", "letter", request, "--language", "tlh")[0] == 2
    assert (tmp_path / "letter.txt").read_text() == "signed"


_OUTCOMES = ["open", *(status.value for status in RequestStatus)]
_GROUNDS = ["", *(ground.value for ground in Ground)]


_REMEDIES = tuple(
    WrittenRemedy(kind, "Chile", n, unit.value, "" if kind == "appeal" else "d5", "Art. 11")
    for kind, unit, n in itertools.product(("complaint", "appeal"), Unit, (1, 30))
    if unit is not Unit.IMMEDIATE
)


def _letter(kind, outcome, ground, whys):
    lines = tuple(Line("orders", n, action.value) for n, action in enumerate(Action))
    kept = tuple(Line("orders", n, "keep", why) for n, why in enumerate(whys))
    return Letter(
        "ref", kind, outcome, "d1", "d2", "d3", extended=True, closes="d4", ground=ground,
        touches=True, done=lines, kept=kept, missing=("crm",), told=("Mailer",),
        remedies=_REMEDIES, at_least=(LeastKept("India", 12, "Rules r.8"),), waits=True,
    )  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@uncounted()
def test_every_letter_has_words(context, language):
    """For each right, outcome, ground, action and reason; no code of ours is left."""
    whys = (*sorted(KEPT_BECAUSE), "AO 147")
    kinds = [kind.value for kind in RequestType]
    texts = [
        write_letter(context, _letter(kind, outcome, ground, whys), language)
        for kind, outcome, ground in itertools.product(kinds, _OUTCOMES, _GROUNDS)
    ]
    codes = [code for code in (*_GROUNDS, *kinds) if "_" in code or "Justification" in code]
    codes += [f" {word} {why}\n" for word in ("of", "wegen") for why in KEPT_BECAUSE]

    assert not [code for code in codes if any(code in text for text in texts)]
    assert not [text for text in texts if "\n\n\n" in text or "{" in text]


@uncounted()
def test_both_languages_say_the_same(context):
    """As many lines in each, whatever the letter says."""
    whys = ("shared", "AO 147")
    for kind, outcome, ground in itertools.product(["erasure"], _OUTCOMES, _GROUNDS):
        letter = _letter(kind, outcome, ground, whys)
        english, german = (write_letter(context, letter, known) for known in ("en", "de"))
        assert len(english.splitlines()) == len(german.splitlines()), (outcome, ground)


LATER = datetime(2027, 6, 1, 12, tzinfo=UTC)


def _with_times():
    """Return the policies that give a time to do something against an answer."""
    found = shipped_policies()
    there = [
        (policy.id, policy.places[0], fact.values["n"], fact.clause.citation)
        for policy in found
        for path in ("deadlines.complaint", "deadlines.appeal")
        if (fact := policy.facts.get(path)) and policy.places and "n" in fact.values
    ]
    assert len(there) > 15
    return sorted(there)


@pytest.mark.parametrize("told", _with_times(), ids=lambda told: told[0])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_says_by_when_to_complain_or_appeal(context, told, language):
    """Wherever a law gives a time for it, with the number and the place where it stands."""
    _, place, number, citation = told
    at = LATER.timestamp()
    request = SubjectRequest(
        "r", RequestType.ERASURE, (), place, RequestStatus.REJECTED, place, at, "ref",
        due_at=at, finished_at=at, justification=Ground.MANIFESTLY_UNFOUNDED.value,
    )  # fmt: skip
    filed = StoredRequest(request, DeadlineNote(at, at, None, place, "", ()))
    text = write_letter(context, letter_of(context, filed, language), language)
    assert citation in text
    assert f" {number} " in text


def test_a_complaint_has_a_last_day(shop):
    """Thirty working days from the answer, in Chile from the day that its act starts."""
    for at, day in ((LATER, "at the least until 13 July 2027"), (NOW, "")):
        new = ("request", "new", "erasure", "--email", ANNA, "--place", "CL", "--json")
        request = json.loads(shop(*new, at=at)[1])["id"]
        shop("request", "reject", request, "--ground", "manifestly_unfounded", at=at)
        out = shop("request", "letter", request, at=at)[1]
        assert (day in out, "working days" in out) == (True, bool(day))


def test_what_must_be_kept_is_told_to_the_operator(shop, filed):
    """Nothing enforces it: whoever erases reads of it first, and whoever sends a letter too."""
    erase = ("subject", "erase", "--email", ANNA, "--place", "IN")
    early, late = (shop(*erase, at=at)[2] for at in (NOW, LATER))
    assert "at least 12 months" not in early
    assert "the law of India wants data about processing kept for at least 12 months" in " ".join(
        late.split()
    )
    assert filed


def test_a_letter_does_not_promise_what_a_law_forbids(context):
    """Where something was kept for it that is said; where nothing was, nothing is claimed."""
    least = (LeastKept("India", 12, "Rules r.8"),)
    for kept in ((), (Line("orders", 1, "keep", "Rules r.8"),)):
        letter = Letter(
            "ref", "erasure", "fulfilled", "d1", "d2", "d3", extended=False, closes="", ground="",
            touches=True, kept=kept, at_least=least,
        )  # fmt: skip
        text = write_letter(context, letter, "en")
        assert ("at least 12 months" in text) == bool(kept)


def test_the_register_holds_nothing_of_a_person(shop, filed):
    """A row a request, in the order of receipt."""
    first = filed("erasure")
    shop("request", "run", first, "--yes")
    second = filed("access", "--received", "2026-10-01", approve=False)

    _, out, _ = shop("request", "register", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))

    assert ANNA not in out
    assert [(row["id"], row["outcome"], row["in_time"]) for row in rows] == [
        (second, "initiated", "no"),
        (first, "fulfilled", "yes"),
    ]
    assert rows[1]["due"] == "2026-12-21"
    assert tuple(rows[0]) == COLUMNS
    assert json.loads(shop("request", "register", "--json")[1])[0]["id"] == second


def test_the_register_is_summed_up_and_cut_by_day(shop, filed):
    """How many of what, how many late."""
    filed("erasure")
    filed("access", "--received", "2026-10-01", approve=False)

    assert shop("request", "register")[1].splitlines()[0] == "2 requests, 1 late"
    recent = shop("request", "register", "--since", "2026-11-01")[1]
    assert recent.splitlines()[0] == "1 request, 0 late"


DUE = (NOW + timedelta(days=30)).timestamp()


@pytest.mark.parametrize(
    ("due", "extended", "finished", "now", "expected"),
    [
        (DUE, None, None, DUE, ""),
        (DUE, None, None, DUE + 1, "no"),
        (DUE, None, DUE, DUE + 9, "yes"),
        (DUE, None, DUE + 1, DUE + 9, "no"),
        (DUE, DUE + 9, DUE + 1, DUE + 9, "yes"),
        (None, None, None, DUE, ""),
    ],
    ids=["open", "late", "on the day", "after", "extended", "no deadline"],
)
def test_the_register_says_what_was_in_time(due, extended, finished, now, expected):
    """By the deadline that held at last."""
    status = RequestStatus.FULFILLED if finished else RequestStatus.INITIATED
    received = NOW.timestamp()
    request = SubjectRequest(
        "r", RequestType.ACCESS, (), "DE", status, "DE", received, "ref",
        due_at=due, extended_to=extended, finished_at=finished,
    )  # fmt: skip
    note = DeadlineNote(DUE, DUE, None, "DE", "Art. 12(3)", ())
    (row,) = register_rows([StoredRequest(request, note)], ZoneInfo("Europe/Berlin"), now)

    assert row.in_time == expected


@pytest.mark.parametrize("verb", ["rectify", "restrict"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_was_not_found_is_told_so_and_not_that_it_is_done(shop, verb, language):
    """A correction of nothing, a mark on nothing: neither is fulfilled, and neither is a failure."""
    change = ("--set", "shop.customers.name=Ann Lee") if verb == "rectify" else ()
    code, out, err = shop(
        "subject", verb, "--email", "stranger@shop.example", *change, "--place", "DE",
        "--proof", "logged_in", "--yes", "--json",
    )  # fmt: skip
    told = json.loads(out)
    assert (code, told["status"]) == (1, "unfulfilled"), err
    request = told["subject_request_id"]
    letter = shop("request", "letter", request, "--language", language)[1]
    no, done = {
        "en": ("we found no data about you", "We have done what you asked for"),
        "de": ("weil wir keine Daten", "erfüllt."),
    }[language]
    assert (no in letter, done in letter, letter.count("system")) == (True, False, 0)
    code, _, err = shop("request", "run", request, "--yes")
    assert (code, "this request found nobody" in err) == (2, True), err


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_copy_of_nothing_is_no_copy_of_data(shop, language, tmp_path):
    """The package says that nothing was found, and so does the letter."""
    code, out, err = shop(
        "subject", "export", "-o", str(tmp_path / "none.zip"), "--email", "stranger@shop.example",
        "--place", "DE", "--proof", "logged_in", "--json",
    )  # fmt: skip
    assert code == 0, err
    letter = shop(
        "request", "letter", json.loads(out)["subject_request_id"], "--language", language
    )[1]
    words = {"en": ("We found no data about you.", "is enclosed"),
             "de": ("Wir haben keine Daten über", "liegt bei")}[language]  # fmt: skip
    assert [it in letter for it in words] == [True, False]
