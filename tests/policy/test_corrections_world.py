"""What the second reading of the laws of Europe and the world found stands in our policies."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from privacykit.decide.policy_cases import check_case
from privacykit.policy.model import Age, Fact, Minor, Rule
from privacykit.policy.override import statements
from privacykit.settings.policies import shipped_policies

FILE = Path(__file__).parents[1] / "vectors" / "laws" / "world.toml"
TABLE = tomllib.loads(FILE.read_text(encoding="utf-8"))
LAW = shipped_policies()
READ = date(2026, 11, 28)
IN_PART = {"cites", "says", "when"}


def dated(entry, clause, expected):
    """Find the amendment of *entry* on the day expected, or what is pending there."""
    if clause == "amendments":
        return next((one for one in LAW.get(entry).amendments if one.on == expected["on"]), None)
    found = [p for p in LAW.get(entry).pending if prose(p).count(expected["says"][0])]
    return found[0] if found else None


def statement(entry, clause, expected):
    """Find the statement at *clause* of the loaded policy *entry*; ``None`` if there is none."""
    policy = LAW.get(entry)
    if clause in {"amendments", "pending"}:
        return dated(entry, clause, expected)
    if clause == "law.in_force":
        return policy.law
    path = clause.removesuffix(".before")
    found = statements(policy).get(path)
    return found.before if found is not None and path != clause else found


def prose(found):
    """Give all that *found* says in words."""
    values = found.values if isinstance(found, Fact) else {}
    said = [getattr(found, "what", ""), found.clause.note, *map(str, values.values())]
    return " ".join(said)


def periods(entry, clause):
    """Give the numbers that single rights have at *clause*."""
    facts = LAW.get(entry).facts.items()
    return {
        p.removeprefix(f"{clause}."): f.values["n"] for p, f in facts if p.startswith(f"{clause}.")
    }


def own_words(found):
    """Give what *found* says, by the keys of its kind."""
    if isinstance(found, Rule):
        said = {"model": found.model.value, "else": found.otherwise.value}
        said["never"] = sorted({one.prop for one in found.prohibited})
        return said | {"asks": sorted(found.conditions.names()) if found.conditions else []}
    if isinstance(found, Minor):
        named = {*found.uses, *["consent_based"] * found.consent_based, *["any"] * found.any_use}
        said = {"effect": found.effect.value, "from": found.at_least, "below": found.below}
        return said | {"uses": sorted(named), "exceptions": list(found.exceptions)}
    if isinstance(found, Age):
        return {"years": found.years or 0}
    if isinstance(found, Fact):
        return dict(found.values)
    names = ("status", "effect", "in_force", "on")
    return {name: getattr(found, name) for name in names if hasattr(found, name)}


def values(found):
    """Give what *found* says, under the keys of a policy file, and where it stands."""
    clause = found.clause
    practice = {"practice": clause.practice.confidence.value} if clause.practice else {}
    known = {"confidence": clause.confidence.value, "read": clause.read}
    return own_words(found) | known | practice | {"since": getattr(found, "since", None)}


def ident(row):
    """Name *row*."""
    return f"{row['section']}-{row['entry']}-{row['clause']}"


@pytest.mark.parametrize("row", TABLE["rows"], ids=ident)
def test_a_correction_stands(row):
    """The value, how sure we are, the day of reading, and what citation and prose name."""
    entry, clause, expected = row["entry"], row.get("at", row["clause"]), row["expected"]
    if clause == "notes":
        assert all(part in " ".join(LAW.get(entry).notes) for part in expected["says"])
        return
    found = statement(entry, clause, expected)
    if expected.get("absent"):
        assert found is None
        return
    said = values(found) | {"by_right": periods(entry, clause)}
    wanted = {"read": READ} | {k: v for k, v in expected.items() if k not in IN_PART}
    assert wanted == {key: said.get(key) for key in wanted}
    assert [part for part in expected.get("cites", []) if part not in found.clause.citation] == []
    assert [part for part in expected.get("says", []) if part not in prose(found)] == []
    assert expected.get("when", "") in said.get("when", "")


@pytest.mark.parametrize("case", TABLE["answers"], ids=lambda case: case["says"])
def test_an_answer_changes(case):
    """The answers that the second reading changes are given."""
    question = {key: value for key, value in case.items() if key != "was"}
    result = check_case(question, case["country"], LAW, case["date"])
    assert result.answered == result.expected


def test_no_row_is_missing():
    """Each statement that was read again is there once, under the section it was found in."""
    keys = [(ident(row), row["expected"].get("on"), row.get("at")) for row in TABLE["rows"]]
    assert len(keys) == len(set(keys))
    sections = [row["section"] for row in TABLE["rows"]]
    counts = {section: sections.count(section) for section in sorted(set(sections))}
    assert counts == {2: 33, 3: 17, 4: 95, 5: 18, 6: 13, 7: 14}
    assert len(TABLE["answers"]) == 11
