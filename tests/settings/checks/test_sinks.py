"""Sinks that would be a way around the decision."""

import pytest

from privacykit.errors import ConfigurationError
from privacykit.settings.load import parse
from privacykit.settings.named_stores import sink_rules

BASE = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
[purposes.analytics]
uses = ["analytics_no_storage"]
"""


def sink(role, kind, url=""):
    """Return a sink's table."""
    where = f'url = "{url}"\n' if url else ""
    return f'[[sinks]]\ntype = "{kind}"\nrole = "{role}"\npurposes = ["analytics"]\n{where}'


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("http", "https://ads.example/in"), ("http", "https://ads.example/other")),
        (("http", "https://ads.example/in"), ("segment", "https://ADS.example:443")),
        (("sql", "sqlite:///copy.db"), ("sql", "sqlite:///copy.db")),
        (("memory", ""), ("memory", "")),
    ],
    ids=["path", "kind", "file", "nowhere"],
)
def test_one_place_has_one_role(first, second):
    """What a third party may not have would reach it by the other door."""
    with pytest.raises(ConfigurationError) as caught:
        parse(BASE + sink("processor", *first) + sink("third_party", *second))
    assert [(it.id, it.key) for it in caught.value.problems] == [("PK039", "sinks.1.role")]


def test_two_places_may_have_two_roles():
    """The ordinary case; and one place twice in one role."""
    mine, theirs = "https://mine.example/in", "https://ads.example/in"
    tables = (
        sink("processor", "http", mine)
        + sink("third_party", "http", theirs)
        + sink("third_party", "http", theirs)
    )
    assert len(parse(BASE + tables).sinks) == 3


@pytest.mark.parametrize("value", ["https://ads.example/in", None])
def test_one_place_has_one_role_wherever_its_url_is_kept(monkeypatch, value):
    """A variable is read where it is set; where it is not, its name is the place."""
    if value:
        monkeypatch.setenv("SINK_AT", value)
    kept = '[[sinks]]\ntype = "http"\npurposes = ["analytics"]\nurl = { env = "SINK_AT" }\n'
    other = sink("third_party", "http", value) if value else f'{kept}role = "third_party"\n'
    with pytest.raises(ConfigurationError) as caught:
        parse(BASE + kept + other)
    assert [(it.id, it.key) for it in caught.value.problems] == [("PK039", "sinks.1.role")]


@pytest.mark.parametrize(
    ("names", "at"),
    [
        (("lake", "lake"), [1]),
        (("lake", "other", "lake", "lake"), [2, 3]),
        (("http-1", None), [1]),
        (("events", "lake"), [0]),
        (("lake", "other", None), []),
    ],
    ids=["two", "three", "made up", "the event store's", "each its own"],
)
def test_a_name_is_one_sinks(names, at):
    """What is owed to a sink is known by its name: another would get nothing."""
    tables = BASE + '[events]\nurl = "sqlite:///e.db"\n'
    for name in names:
        tables += sink("processor", "http", "https://mine.example/in")
        tables += f'name = "{name}"\n' if name else ""
    try:
        parse(tables)
        found = []
    except ConfigurationError as error:
        found = [(it.id, it.key) for it in error.problems]
    assert found == [("PK047", f"sinks.{number}.name") for number in at]


@pytest.mark.parametrize(("sites", "found"), [("shop", []), ("shopp", ["PK075"])])
def test_a_sink_takes_events_of_sites_that_there_are(sites, found):
    """A word misspelt would leave it without an event."""
    table = sink("processor", "http", "https://mine.example/in") + f'sites = ["{sites}"]\n'
    try:
        rules = sink_rules(parse(BASE + table))
        assert rules[-1].takes("shop", "analytics")
        assert not rules[-1].takes("blog", "analytics")
        problems = []
    except ConfigurationError as error:
        problems = [it.id for it in error.problems]
    assert problems == found
