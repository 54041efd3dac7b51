"""Policy files: what they may say, and every error at once."""

from datetime import date

import pytest

from privacykit.errors import PolicyError
from privacykit.policy.parse import parse_policy
from privacykit.policy.words import Confidence, Follows, Kind, Model

FILE = """\
id = "XA"
name = "Exampleland"
kind = "country"
places = ["XA"]

[law]
title = "Example Act"
in_force = 2020-01-01
citation = "EA"
confidence = "verified"

[scope]
follows = ["visitor", "operator"]
citation = "EA 1"
confidence = "verified"

[rules.sale]
model = "opt_in"
since = 2027-01-01
citation = "EA 2"
confidence = "reported"
note = "Since the amendment."

[rules.sale.before]
model = "notice"
citation = "EA 2 old"
confidence = "unsure"

[deadlines.response]
n = 30
unit = "calendar_days"
from = "receipt"
citation = "EA 3"
confidence = "verified"

[[cases]]
says = "nothing"
purpose = "sale"
"""


def problems(text):
    """Read a broken file and give id and key of each problem."""
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, "XA.toml")
    return [(problem.id, problem.key) for problem in caught.value.problems]


def test_a_policy_is_read_with_its_sources():
    """Each clause knows where it stands and how sure we are."""
    policy = parse_policy(FILE, "XA.toml").policy
    rule = policy.rules["sale"]
    assert (policy.id, policy.kind, policy.follows) == (
        "XA",
        Kind.COUNTRY,
        {Follows.VISITOR, Follows.OPERATOR},
    )
    assert (rule.model, rule.since, rule.clause.citation) == (
        Model.OPT_IN,
        date(2027, 1, 1),
        "EA 2",
    )
    assert rule.before is not None
    assert rule.before.clause.path == "rules.sale.before"
    assert rule.before.clause.confidence is Confidence.UNSURE
    assert policy.facts["deadlines.response"].values["from"] == "receipt"


def test_cases_are_read_only_when_asked_for():
    """A start does not read them."""
    assert parse_policy(FILE, "XA.toml").cases == ()
    assert parse_policy(FILE, "XA.toml", with_cases=True).cases[0]["says"] == "nothing"


def test_the_hash_covers_clauses_and_not_cases():
    """A new case changes no decision; a new clause does."""
    policy = parse_policy(FILE, "XA.toml").policy
    more = parse_policy(FILE + '\n[[cases]]\nsays = "more"\n', "XA.toml").policy
    changed = parse_policy(FILE.replace("EA 3", "EA 4"), "XA.toml").policy
    assert policy.hash == more.hash
    assert policy.hash != changed.hash


def test_text_that_is_no_toml_is_one_problem():
    """An impossible date is refused by TOML itself."""
    assert problems(FILE.replace("2027-01-01", "2027-02-30")) == [("PK050", "")]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (('name = "Exampleland"', 'nome = "Exampleland"'), ("PK051", "nome")),
        (('citation = "EA 2"\n', ""), ("PK054", "rules.sale.citation")),
        (('confidence = "unsure"\n', ""), ("PK054", "rules.sale.before.confidence")),
        (('model = "notice"\n', ""), ("PK052", "rules.sale.before.model")),
        (('model = "opt_in"', 'model = "opt_inn"'), ("PK053", "rules.sale.model")),
        (("since = 2027-01-01", 'since = "soon"'), ("PK055", "rules.sale.since")),
        (("[rules.sale.before]", "[rules.sail]"), ("PK056", "rules.sail")),
        (('unit = "calendar_days"\n', ""), ("PK057", "deadlines.response")),
        (('places = ["XA"]', 'places = ["xa"]'), ("PK053", "places.0")),
    ],
)
def test_each_error_has_its_id_and_key(change, problem):
    """Whoever mends the file is told where."""
    assert problem in problems(FILE.replace(*change))


def test_all_errors_are_reported_at_once():
    """Not only the first."""
    text = FILE.replace('citation = "EA 2"\n', "").replace('unit = "calendar_days"\n', "")
    assert len(problems(text)) == 2


@pytest.mark.parametrize(
    ("minor", "problem"),
    [
        ('effect = "prohibited"\nfrom = 13\nbelow = 18\nuses = ["sale"]', "PK060"),
        ('effect = "prohibited"\nbelow = 18\nuses = []', "PK053"),
    ],
)
def test_a_prohibition_has_no_lower_age(minor, problem):
    """Nobody is too young to be protected."""
    table = f'[minors.ban]\n{minor}\ncitation = "EA"\nconfidence = "verified"\n\n[[cases]]'
    assert problem in {code for code, _ in problems(FILE.replace("[[cases]]", table, 1))}


@pytest.mark.parametrize("conditions", ["", "all = [{ prop = 'x' }]", "any_of = [{ all = [] }]"])
def test_conditions_say_something(conditions):
    """An empty condition would always hold."""
    table = f"[rules.sale.conditions]\n{conditions}\n\n[[cases]]"
    assert problems(FILE.replace("[[cases]]", table, 1))
