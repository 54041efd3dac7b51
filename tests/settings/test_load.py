"""Tests of reading privacykit.toml: every mistake is named, with file, key, id and what to do."""

from __future__ import annotations

import pytest

from privacykit.errors import ConfigurationError
from privacykit.settings.load import load, parse
from privacykit.settings.values import Credential, DurationText
from privacykit.testing.layout import CONFIG


def _problems(text: str) -> list[tuple[str, str]]:
    with pytest.raises(ConfigurationError) as caught:
        parse(text)
    return [(problem.id, problem.key) for problem in caught.value.problems]


def test_the_example_is_valid():
    """The configuration we hand out has nothing wrong with it."""
    assert parse(CONFIG).site[0].id == "shop"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("[geo]", "[geos]"), ("PK012", "geos")),
        (("database =", "databases ="), ("PK012", "geo.databases")),
        (('id = "shop"\n', ""), ("PK013", "site.0.id")),
        (('retention = "3 months"', 'retention = "3 moons"'), ("PK014", "purposes.ads.retention")),
        (('page = "analytics"', 'page = "stats"'), ("PK015", "events.page")),
        (('"_ga*" = "ads"', '"_ga*" = "adds"'), ("PK015", "cookies._ga*")),
        (('otherwise = "analytics"', 'otherwise = "profile"'), ("PK016", "purposes.profile.otherwise")),
        (('["targeted_ads", "sale"]', '["ads"]'), ("PK017", "purposes.ads.uses")),
        (('"testserver"', '"shop.example"'), ("PK019", "site.0.hosts")),
        (("Europe/Berlin", "Europe/Atlantis"), ("PK020", "site.0.timezone")),
        (("127.0.0.0/8", "127.0.0.1/8"), ("PK021", "client_ip.trusted_proxies.0")),
        (('trusted_proxies = ["127.0.0.0/8"]', ""), ("PK022", "client_ip.source")),
        (('source = "headers"', 'source = "scope"'), ("PK023", "client_ip.source")),
    ],
)  # fmt: skip
def test_each_mistake_has_its_id(change, problem):
    """A mistake is found where it was made."""
    assert change[0] in CONFIG
    assert problem in _problems(CONFIG.replace(*change))


@pytest.mark.parametrize(
    "other",
    [
        '[records]\nurl = "sqlite:///./data/../s.db"\n',
        '[events]\nurl = "sqlite:///s.db"\n',
        '[outbox]\nurl = "sqlite:///s.db"\n',
        '[[sinks]]\ntype = "sql"\nurl = "sqlite:///s.db"\npurposes = ["ads"]\n',
    ],
)
def test_salts_share_their_file_with_nothing(other):
    """However the other store spells it: a journal of its own would keep dead salts."""
    text = CONFIG.replace('[events]\npage = "analytics"\n', "") + other
    parse(text)
    assert _problems(text + '[salts]\nurl = "sqlite:///s.db"\n') == [("PK136", "salts.url")]


def test_salts_do_not_share_the_file_of_an_outbox_that_nobody_named():
    """What a configuration leaves unsaid is a file as well."""
    text = CONFIG + '[salts]\nurl = "sqlite:///privacykit-events.db"\n'
    assert _problems(text) == [("PK136", "salts.url")]


def test_every_mistake_is_named_at_once():
    """Nobody has to run the check five times."""
    text = (
        CONFIG.replace("database =", "databases =")
        .replace("3 moons", "")
        .replace('id = "shop"\n', "")
    )
    assert len(_problems(text)) == 2


def test_a_misspelt_key_is_guessed():
    """The hint says what was probably meant."""
    with pytest.raises(ConfigurationError, match="did you mean 'database'"):
        parse(CONFIG.replace("database =", "databases ="))


def test_broken_toml_says_where():
    """A syntax error names its line."""
    with pytest.raises(ConfigurationError, match=r"PK011 privacykit.toml:2: not valid TOML: "):
        parse("[[site]]\nid = \n")


def test_a_missing_file_is_said(tmp_path):
    """A wrong path is no traceback."""
    with pytest.raises(ConfigurationError, match="PK010"):
        load(tmp_path / "nothing.toml")


def test_two_sites_of_one_id_are_refused():
    """Salts and events are told apart by the site's id."""
    text = CONFIG + '\n[[site]]\nid = "shop"\nhosts = ["b.example"]\n'
    assert ("PK018", "site.1.id") in _problems(text)


def test_no_value_is_quoted():
    """A credential in the wrong place does not come back in the message."""
    with pytest.raises(ConfigurationError) as caught:
        parse(CONFIG + '\n[[sinks]]\ntype = "http"\npurposes = "hunter2"\n')
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "months", "days"),
    [("13 months", 13, 0), ("1 month", 1, 0), ("2 years", 24, 0), ("30 days", 0, 30), ("2 weeks", 0, 14)],
)  # fmt: skip
def test_durations(text, months, days):
    """Numbers and units as people write them."""
    assert DurationText.parse(text) == DurationText(months, days)


def test_credentials_are_read_and_never_print(tmp_path, monkeypatch):
    """All three spellings give the value, and none shows it."""
    (tmp_path / "token").write_text("from-file\n")
    monkeypatch.setenv("PK_TOKEN", "from-env")
    made = [
        Credential.parse(value)
        for value in ("plain", {"env": "PK_TOKEN"}, {"file": str(tmp_path / "token")})
    ]
    assert [c.reveal() for c in made] == ["plain", "from-env", "from-file"]
    assert not any(word in repr(made) for word in ("plain", "from-env", "from-file", "PK_TOKEN"))


def test_a_missing_credential_is_none(tmp_path, monkeypatch):
    """What is not there is not invented."""
    monkeypatch.delenv("PK_TOKEN", raising=False)
    found = [
        Credential.parse(v).reveal() for v in ({"env": "PK_TOKEN"}, {"file": str(tmp_path / "x")})
    ]
    assert found == [None, None]


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ('[pages]\npatterns = ["/orders/{id}", "orders"]', ("PK025", "pages.patterns.1")),
        ('[text]\nquery_keep = ["page", "gclid"]', ("PK026", "text.query_keep.1")),
    ],
)
def test_mistakes_about_texts_have_ids(table, problem):
    """A pattern that never matches and a parameter that is never kept are said."""
    assert problem in _problems(f"{CONFIG}\n{table}")
