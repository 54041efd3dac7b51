"""Documents of incidents say what is known, mark what is not, and leave out what is not for all."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from privacykit.documents.incident.blocks import (
    TO_FILL,
    CellGrid,
    Commands,
    Gap,
    Heading,
    Items,
    Para,
    as_html,
    as_markdown,
    gaps,
)
from privacykit.documents.incident.facts import (
    ContactPoint,
    LawClock,
    Organisation,
    PlanFacts,
    StoreLine,
)
from privacykit.documents.incident.forms import FORMS, LetterFacts, form_blocks, form_of
from privacykit.documents.incident.inventory import DRILL, inventory_blocks, people
from privacykit.documents.incident.plan import plan_blocks
from privacykit.documents.incident.sheet import inventory_csv
from privacykit.govern.incidents.model import (
    FieldInventory,
    Incident,
    Instants,
    Inventory,
    PeopleCount,
    SaltDay,
    StoreInventory,
)
from privacykit.personal.categories import CATEGORIES
from privacykit.personal.cells import neutral

US = Organisation(
    name="Shop GmbH",
    address="Strasse 1, Berlin",
    contact="privacy@shop.example",
    officer="dpo@shop.example",
    establishments=("DE",),
    contacts=(ContactPoint("leads", "A. Lead", "+49 30 000"),),
)
INVENTORY = Inventory(
    taken_at=0.0,
    start=1_795_000_000.0,
    end=None,
    stores=(
        StoreInventory(
            "shop.customers",
            "sql",
            812,
            812,
            oldest=1_795_000_000.0,
            newest=1_795_500_000.0,
            fields=(
                FieldInventory("email", ("user.contact.email",)),
                FieldInventory("blood", ("user.health",), "health", "medical information"),
            ),
            people=PeopleCount("exact", 812, 812),
            places={"DE": 805, "FR": 7},
            recipients=("Mailer Ltd (processor)",),
        ),
    ),
    people=PeopleCount("exact", 812, 812),
    places={"DE": 805, "FR": 7},
    salts=(SaltDay("2026-11-27", "destroyed"), SaltDay("2026-11-28", "alive")),
    keys=("subject",),
    sinks=("matomo (matomo, processor)",),
)
INCIDENT = Incident(
    "3f9a",
    0.0,
    "op",
    Instants(aware=datetime.fromisoformat("2026-11-27T18:00+01:00")),
    ("read",),
    "",
    INVENTORY,
)


class _Balanced(HTMLParser):
    """Checks that what is opened is closed, and that nothing is asked for from elsewhere."""

    def __init__(self):
        super().__init__()
        self.open, self.asked = [], []

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)
        self.asked += [value for name, value in attrs if name in {"src", "href", "action"}]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def _page(blocks):
    page = as_html("A <title>", blocks)
    parser = _Balanced()
    parser.feed(page)
    assert (parser.open, parser.asked) == ([], [])
    assert "<script" not in page
    return page


BLOCKS = [
    Heading(2, "A & B"),
    Para("one <b> | *two*\nthree"),
    Gap("the cause", "in words"),
    Items(("x", "y")),
    Commands(("ls <x>",)),
    CellGrid(("a", "b"), (("1|2", "<i>"),)),
]


def test_blocks_as_markdown():
    """What an operator wrote is no markup."""
    assert as_markdown(BLOCKS) == (
        "## A & B\n\none \\<b\\> \\| \\*two\\* three\n\n**[TO FILL IN: the cause]** in words\n\n"
        "- x\n- y\n\n```console\n$ ls <x>\n```\n\n"
        "| a | b |\n| --- | --- |\n| 1\\|2 | \\<i\\> |\n"
    )
    assert gaps(BLOCKS) == ["the cause"]


def test_blocks_as_html():
    """Valid, escaped, without a request."""
    page = _page(BLOCKS)
    assert "<title>A &lt;title&gt;</title>" in page
    assert "one &lt;b&gt; | *two*" in page
    assert f"[{TO_FILL}: the cause]" in page


# --- the plan -------------------------------------------------------------------------------------

FACTS = PlanFacts(
    US,
    (
        LawClock(
            "DE", "Germany", "BfDI", "72 hours", "if high risk", ("GDPR Art. 33",), "visitors"
        ),
        LawClock("BR", "Brazil", "ANPD", "3 business days", "the same", ("LGPD Art. 48",), "home"),
    ),
    (StoreLine("shop.customers", "user.contact.email", "nothing"),),
    ("subject (abc123)",),
    ("matomo (matomo, processor)",),
    unknown_place=True,
    version="DE@abc",
)


def test_the_plan_has_three_parts_and_every_law():
    """Contain, assess, notify; who, by when, by which clause."""
    text = as_markdown(plan_blocks(FACTS))
    parts = [text.index(f"## {name}") for name in ("Contain", "Assess", "Notify")]
    assert parts == sorted(parts)
    for words in ("BfDI", "72 hours", "GDPR Art. 33", "ANPD", "3 business days", "A. Lead"):
        assert words in text
    assert TO_FILL not in text


def test_a_public_plan_has_no_store_key_sink_or_command():
    """What helps an attacker is not published."""
    public = as_markdown(plan_blocks(FACTS, public=True))
    inner = as_markdown(plan_blocks(FACTS))
    for words in ("shop.customers", "abc123", "matomo", "privacykit "):
        assert words in inner
        assert words not in public.replace("privacykit incident", "")
    assert "```" not in public
    _page(plan_blocks(FACTS, public=True))


def test_what_nobody_stated_is_marked_in_the_plan():
    """And counted as missing."""
    empty = PlanFacts(Organisation(), ())
    assert gaps(plan_blocks(empty)) == [
        "incident.contacts",
        "controller.officer",
        "controller.contact",
        "controller.establishments",
    ]
    assert "incident.contacts" in Organisation().missing()
    assert US.missing() == ()


def test_no_document_calls_anything_compliant_or_anonymous():
    """It helps with duties; it is no verdict."""
    everything = [*plan_blocks(FACTS), *inventory_blocks(INCIDENT)]
    for name in FORMS:
        everything += form_blocks(name, LetterFacts(INCIDENT, US))
    text = as_markdown(everything).lower()
    assert not [word for word in ("compliant", "guarantee", "anonymous") if word in text]


# --- the inventory --------------------------------------------------------------------------------


def test_the_inventory_says_what_is_known_and_why_not_more():
    """Stores, data, people, places, salts, keys, recipients."""
    text = as_markdown(inventory_blocks(INCIDENT))
    for words in (
        "812",
        "medical information",
        "health",
        "Mailer Ltd",
        "2026-11-27 | destroyed",
        "2026-11-28 | alive",
        "exposed: subject",
        "FR | 7",
        "matomo",
    ):
        assert words in text
    _page(inventory_blocks(INCIDENT))


def test_small_groups_are_left_out_for_the_outside():
    """Seven people in France are people."""
    text = as_markdown(inventory_blocks(INCIDENT, small=10))
    assert "FR | \\< 10" in text
    assert "FR | 7" not in text


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (PeopleCount("exact", 3, 3), "3"),
        (PeopleCount("at_least", 3, 9, "several stores"), "at least 3, at most 9 (several stores)"),
        (PeopleCount("at_least", 3), "at least 3"),
        (
            PeopleCount("not_knowable", why="daily ids", visitor_days=40),
            "not knowable (daily ids); 40 visitor-days",
        ),
    ],
)
def test_how_many_people_in_words(count, words):
    """With the reason where it is not exact."""
    assert people(count) == words


# --- forms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMS)
def test_a_form_fills_what_is_known_and_marks_the_rest(name):
    """Never guessed, never left out."""
    blocks = form_blocks(name, LetterFacts(INCIDENT, US, "The authority"))
    assert gaps(blocks)
    text = as_markdown(blocks)
    assert "privacy@shop.example" in text or "dpo@shop.example" in text
    assert CATEGORIES["user.health"] in text or "medical information" in text
    assert "user." not in text
    _page(blocks)
    assert text == as_markdown(form_blocks(name, LetterFacts(INCIDENT, US, "The authority")))


def test_an_empty_configuration_leaves_more_to_fill_in():
    """Every stated item of GDPR Art. 33(3) is marked."""
    told = gaps(form_blocks("gdpr33", LetterFacts(INCIDENT, Organisation())))
    assert {
        "organisation",
        "address",
        "contact",
        "Data protection officer or other contact",
        "what happened",
        "likely consequences for the people affected",
        "measures taken or proposed",
    } <= set(told)


def test_california_has_its_fixed_title_and_headings_in_their_order():
    """Civ. Code 1798.82(d)(1)."""
    blocks = form_blocks("california", LetterFacts(INCIDENT, US))
    assert [block.text for block in blocks if isinstance(block, Heading)] == [
        "Notice of Data Breach",
        "What Happened",
        "What Information Was Involved",
        "What We Are Doing",
        "What You Can Do",
        "For More Information",
    ]


@pytest.mark.parametrize("name", FORMS)
def test_a_rehearsal_is_marked_at_both_ends_of_every_paper(name):
    """Nobody mistakes a draft of it for a notice."""
    from msgspec.structs import replace

    blocks = form_blocks(name, LetterFacts(replace(INCIDENT, drill=True), US))
    assert blocks[0] == blocks[-1] == Para(DRILL)


@pytest.mark.parametrize(
    ("policy", "form"),
    [
        ("DE", "gdpr33"),
        ("GB", "gdpr33"),
        ("BR", "anpd"),
        ("AU", "oaic26wk"),
        ("TR", "kvkk"),
        ("US-CA", "california"),
    ],
)
def test_each_law_has_its_form(policy, form):
    """That of GDPR Art. 33 where it has none of its own."""
    assert form_of(policy) == form


# --- the table ------------------------------------------------------------------------------------


def _table(incident, small=0):
    text = inventory_csv(incident, small=small)
    assert text.count("\r\n") == text.count("\n")
    return list(csv.DictReader(io.StringIO(text)))


def _of(rows, part):
    return [row for row in rows if row["part"] == part]


def test_the_table_tells_what_the_inventory_tells():
    """A row for each thing; what does not apply is empty."""
    rows = _table(INCIDENT)
    assert len(rows) == 1 + 1 + 2 + 2 + 1 + 2 + 1 + 2 + 1
    (whole,) = _of(rows, "incident")
    assert (whole["from"], whole["until"]) == ("2026-11-18T11:06:40Z", "")
    assert (whole["people"], whole["special"]) == ("812", "health")
    assert "salts of 1 days destroyed" in whole["protected_by"]
    fields = {row["name"]: (row["categories"], row["protected_by"]) for row in _of(rows, "field")}
    assert fields["email"] == ("user.contact.email", "plain")
    places = [(row["store"], row["name"], row["people"]) for row in _of(rows, "place")]
    assert places == [
        ("shop.customers", "DE", "805"), ("shop.customers", "FR", "7"), ("", "DE", "805"),
        ("", "FR", "7"),
    ]  # fmt: skip
    named = [
        row["name"] for part in ("recipient", "sink", "salt", "key") for row in _of(rows, part)
    ]
    assert named == [
        "Mailer Ltd (processor)", "matomo (matomo, processor)", "2026-11-27", "2026-11-28",
        "subject",
    ]  # fmt: skip


def test_a_table_for_the_outside_leaves_small_groups_out():
    """Everywhere in it; and what would tell them, as the whole is told."""
    rows = _table(INCIDENT, small=10)
    shown = [row["people"] for row in _of(rows, "place")]
    assert shown == ["not told", "< 10", "not told", "< 10"]


def test_a_table_says_what_is_not_known_and_why():
    """No number stands where there is none; the ids of days count visits."""
    daily = PeopleCount("not_knowable", why="daily ids", visitor_days=40)
    store = StoreInventory("events", "events", 90, 90, timed=False, people=daily, places={"ZZ": 90})
    inventory = Inventory(0.0, None, None, (store,), daily, {"ZZ": 90})
    rows = _table(replace(INCIDENT, inventory=inventory, drill=True))
    assert {row["rehearsal"] for row in rows} == {DRILL}
    (told,) = _of(rows, "store")
    assert (told["people"], told["visitor_days"], told["rows"]) == ("", "40", "90")
    assert told["why"] == "daily ids; no time of rows is known: the period could not be applied"
    assert _of(rows, "place")[0]["name"] == "unknown"


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_cell_of_the_table_is_a_formula(name, column):
    """Names of columns and recipients are an application's."""
    store = StoreInventory(
        name, "sql", 1, 1, fields=(FieldInventory(column, ()),), recipients=(name,)
    )
    rows = csv.reader(
        io.StringIO(
            inventory_csv(
                replace(INCIDENT, inventory=replace(INVENTORY, stores=(store,), keys=(column,)))
            ),
            newline="",
        )
    )
    cells = [cell for row in rows for cell in row]
    assert cells == [neutral(cell) for cell in cells]
