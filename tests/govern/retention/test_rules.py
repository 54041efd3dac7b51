"""Which rows are over: the map's rules under the laws' caps."""

from datetime import UTC, datetime

import pytest

from privacykit.govern.datamap import parse_datamap
from privacykit.govern.retention.rules import Cap, iso, rules, uncovered
from privacykit.govern.words import ErasureStrategy

NOW = datetime(2026, 11, 21, tzinfo=UTC).timestamp()
HEAD = """
[datasets.shop]
url = "sqlite:///x.db"
purposes = ["analytics", "billing"]
[collections.shop.visits]
fields = { at = { exclude = "a time" }, who = "user.name", kind = { exclude = "a word" } }
"""


def _map(retention: str, head: str = HEAD):
    return parse_datamap(head + retention)


def _rules(retention: str, **caps: int):
    given = {purpose: Cap(days, f"law-{purpose}") for purpose, days in caps.items()}
    return rules(_map(retention), NOW, given)


def _day(rule) -> str:
    return iso(rule.cutoff)[:10]


def test_duration_counts_back_by_the_calendar():
    """Thirteen months are thirteen calendar months."""
    (rule,) = _rules('retention = { duration = "13 months", from = "at" }')

    assert (_day(rule), rule.duration, rule.policy) == ("2025-10-21", "13 months", "")
    assert rule.purposes == ("analytics", "billing")


def test_law_shortens_a_purpose():
    """A cap that is shorter than the map's word decides, and is named."""
    text = 'retention = { duration = "36 months", from = "at", purpose = "analytics" }'

    (rule,) = _rules(text, analytics=750)

    assert (rule.duration, rule.policy) == ("750 days", "law-analytics")


def test_law_does_not_lengthen():
    """A cap is no permission to keep."""
    text = 'retention = { duration = "30 days", from = "at", purpose = "analytics" }'

    (rule,) = _rules(text, analytics=750)

    assert (rule.duration, rule.policy) == ("30 days", "")


def test_row_goes_when_its_last_purpose_is_over():
    """What billing needs for ten years is not deleted when analytics ends."""
    (rule,) = _rules("""
retention = [
  { duration = "13 months", from = "at", purpose = "analytics" },
  { duration = "10 years", from = "at", purpose = "billing" },
]
""")

    assert (rule.duration, rule.purposes) == ("10 years", ("analytics", "billing"))


def test_cap_of_one_purpose_leaves_the_other():
    """A cap on analytics does not delete what billing keeps."""
    (rule,) = _rules('retention = { duration = "10 years", from = "at" }', analytics=750)

    assert (rule.duration, rule.policy) == ("10 years", "")


def test_shortest_of_two_rules_for_one_purpose_counts():
    """Two words on the same purpose: the stricter holds."""
    (rule,) = _rules("""
retention = [
  { duration = "13 months", from = "at", purpose = "analytics" },
  { duration = "30 days", from = "at", purpose = "analytics" },
]
""")

    assert rule.duration == "30 days"


def test_other_rows_have_their_own_rule():
    """Rules with different conditions speak of different rows."""
    found = _rules("""
retention = [
  { duration = "10 years", from = "at" },
  { duration = "30 days", from = "at", where = ["kind = 'draft'"] },
]
""")

    assert sorted(rule.duration for rule in found) == ["10 years", "30 days"]


def test_weakening_answers_to_its_own_rule():
    """Names go after 30 days although the row stays for years; weakening comes first."""
    weaken, remove = _rules("""
retention = [
  { duration = "10 years", from = "at" },
  { duration = "30 days", from = "at", then = "null", purpose = "analytics" },
]
""")

    assert (weaken.then, weaken.duration) == (ErasureStrategy.NULL, "30 days")
    assert (remove.then, remove.duration) == (ErasureStrategy.DELETE, "10 years")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ('duration = "30 days"', 'duration = "30 days"', True),
        ('duration = "30 days"', 'duration = "31 days"', False),
        ('duration = "30 days"', """duration = "30 days", where = ["kind = 'a'"]""", False),
        ('duration = "30 days"', 'duration = "30 days", then = "null"', False),
    ],
)
def test_confirmation_covers_what_goes(one, other, same):
    """A rule that destroys more or otherwise is another rule, the day of the run is not."""
    text = 'retention = {{ {}, from = "at" }}'
    first, second = (_rules(text.format(rule))[0] for rule in (one, other))
    later = rules(_map(text.format(one)), NOW + 86_400, {})[0]

    assert (first.fingerprint() == second.fingerprint()) is same
    assert first.fingerprint() == later.fingerprint()


def test_capped_collection_without_a_rule_is_named():
    """What a law ends and the map does not is a finding, not silence."""
    (found,) = uncovered(_map(""), {"analytics": Cap(750, "law")})

    assert (found.collection, found.purpose, found.days) == ("visits", "analytics", 750)


@pytest.mark.parametrize("purpose", ["", ', purpose = "analytics"'])
def test_covered_collection_is_not_named(purpose):
    """A rule for the purpose, or for all, covers it."""
    text = f'retention = {{ duration = "30 days", from = "at"{purpose} }}'

    assert uncovered(_map(text), {"analytics": Cap(750, "law")}) == ()


def test_collection_without_purpose_has_its_rule():
    """A map that names no purposes still ends its rows."""
    head = HEAD.replace('purposes = ["analytics", "billing"]', "")

    (rule,) = rules(_map('retention = { duration = "1 day", from = "at" }', head), NOW, {})

    assert (rule.name, rule.purposes) == ("shop.visits", ())
