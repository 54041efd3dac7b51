"""What the second reading of the laws of the United States found stands in our policies."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from privacykit.decide.policy_cases import check_case
from privacykit.policy.model import Fact
from privacykit.policy.override import statements
from privacykit.settings.policies import shipped_policies

FILE = Path(__file__).parents[1] / "vectors" / "laws" / "us.toml"
TABLE = tomllib.loads(FILE.read_text(encoding="utf-8"))
LAW = shipped_policies()
READ = date(2026, 11, 28)
IN_PART = {"cites", "says", "lacks", "on"}
DATED = {"amendments", "pending"}
PLAIN = (
    "model",
    "effect",
    "status",
    "any_size",
    "below",
    "until",
    "shown_since",
    "in_force",
    "expected",
)
SETS = ("uses", "beyond", "any_size_for")


def found_at(row):
    """Find what *row* speaks of in the loaded policy; ``None`` if there is nothing."""
    policy, path, expected = LAW.get(row["entry"]), row["clause"], row["expected"]
    if path in DATED:
        every = getattr(policy, path)
        on = expected.get("on")
        named = (one for one in every if one.what == expected["says"][0])
        return next((one for one in named if on is None or one.on == on), None)
    if path == "law":
        return policy.law
    statement = statements(policy).get(path.removesuffix(".before"))
    return statement.before if statement is not None and path.endswith(".before") else statement


def own_words(found):
    """Give what *found* says, under the keys of a policy file."""
    if isinstance(found, Fact):
        return dict(found.values)
    said = {name: getattr(found, name, None) for name in PLAIN}
    said |= {name: sorted(getattr(found, name, ())) for name in SETS}
    never = [one.equals for one in getattr(found, "prohibited", ())]
    return said | {"from": getattr(found, "at_least", None), "never": never}


def prose(found):
    """Give all that *found* says in words."""
    return f"{getattr(found, 'what', '')} {found.clause.note}"


def ident(row):
    """Name *row*."""
    return f"{row['row']}-{row['entry']}-{row['clause']}"


@pytest.mark.parametrize("row", TABLE["rows"], ids=ident)
def test_a_correction_stands(row):
    """The value, how sure we are, the day of reading, the citation, and what the prose names."""
    policy, expected = LAW.get(row["entry"]), row["expected"]
    if row["clause"] == "notes":
        assert list(policy.notes) == expected["says"]
        return
    if row["clause"] == "places":
        assert list(policy.places) == expected["has"]
        return
    found = found_at(row)
    if expected.get("absent"):
        assert found is None
        return
    clause = found.clause
    said = own_words(found) | {"confidence": clause.confidence.value, "read": clause.read}
    said["since"] = getattr(found, "since", None)
    wanted = {"read": READ} | {key: v for key, v in expected.items() if key not in IN_PART}
    assert wanted == {key: said.get(key) for key in wanted}
    assert [key for key in expected.get("lacks", []) if said[key] is not None] == []
    assert expected.get("cites", [clause.citation]) == [clause.citation]
    assert [part for part in expected.get("says", []) if part not in prose(found)] == []


@pytest.mark.parametrize("case", TABLE["answers"], ids=lambda case: case["says"])
def test_an_answer_changed(case):
    """The answers that the second reading changed are given, and were others before."""
    question = {key: value for key, value in case.items() if key != "was"}
    result = check_case(question, case["subdivision"], LAW, case["date"])
    assert result.answered == result.expected
    assert case["was"] != f"{case['expect']}, {case['because']}"


def test_every_row_of_the_table_is_there():
    """None is left out, and each names its statements once."""
    rows = {row["row"]: row["section"] for row in TABLE["rows"]}
    sections = list(rows.values())
    assert sorted(rows) == list(range(1, 216))
    counts = {section: sections.count(section) for section in sorted(set(sections))}
    assert counts == {1: 44, 2: 49, 3: 62, 4: 27, 5: 10, 6: 19, 7: 4}


def test_new_entries_begin_where_the_country_ends():
    """The country no longer covers them, and before their day it stands in for them."""
    federal = LAW.get("US")
    own = {row["entry"] for row in TABLE["rows"] if row["section"] == 7}
    assert own == {"US-AL", "US-LA", "US-OK", "US-VT"}
    assert own.isdisjoint(federal.places)
    assert all(LAW.get(entry).extends == "US" for entry in own)
