"""Everything that is wrong with a configuration is named in one run, and nothing that is not."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.app import engine_of
from privacykit.cli.check import examine
from privacykit.errors import ConfigurationError
from privacykit.testing.layout import CONFIG, lay_out

GOOD = (
    CONFIG
    + """prefix = "/privacy"
[controller]
timezone = "Europe/Berlin"
[text]
query_keep = ["page"]
[pages]
patterns = ["/orders", "/{item}"]
[ip]
mode = "truncate"
[requests.form]
send = "json:dumps"
[watch]
signup = "json:loads"
[[sinks]]
type = "jsonl"
folder = "."
purposes = ["ads"]
"""
)
SIGNUP = "a hook that signs nobody up"
MISTAKES = {
    "a value of another type": ('hosts = ["', 'hosts = 3 # ["', "PK014", "site.0.hosts"),
    "an unknown table": ("[geo]", "[geos]", "PK012", "geos"),
    "a time zone that is none": (
        '[controller]\ntimezone = "Europe/Berlin"',
        '[controller]\ntimezone = "Berlin"',
        "PK020",
        "controller.timezone",
    ),
    "a purpose that is none": ('page = "analytics"', 'page = "statistics"', "PK015", "events.page"),
    "a path that is none": ('prefix = "/privacy"', 'prefix = "privacy"', "PK014", "choice.prefix"),
    "a parameter that is a secret": ('["page"]', '["token"]', "PK026", "text.query_keep.0"),
    "a page that is none": ('"/orders"', '"orders"', "PK025", "pages.patterns.0"),
    "a page of another type": ('"/{item}"', "3", "PK014", "pages.patterns.1"),
    "a cookie that no browser sends": ('"_ga*"', '"_ga;"', "PK032", "cookies._ga;"),
    "a cookie for no text": ('session = "necessary"', "session = 3", "PK014", "cookies.session"),
    "a mode that is none": ('mode = "truncate"', 'mode = "cut"', "PK100", "ip.mode"),
    "a kind of sink that is none": ('type = "jsonl"', 'type = "pigeon"', "PK160", "sinks.0.type"),
    "a missing key": ('purposes = ["ads"]\n', "", "PK013", "sinks.0.purposes"),
    "a hook of nobody's": (
        "json:dumps",
        "no_module_at_all:send",
        "PK371",
        "requests.form.send",
    ),
    "a key that is none": (
        "[watch]",
        """[requests.ddrf]
domain = "shop.example"
keys = ["no key"]
identifiers = [{ type = "mail", identity = "email" }]
[watch]""",
        "PK370",
        "requests.ddrf.keys.0",
    ),
    SIGNUP: ("json:loads", "json:__doc__", "PK333", "watch.signup"),
    "a missing file": ("[ip]", '[datamap]\nfile = "none.toml"\n[ip]', "PK035", "datamap.file"),
}

NO_START = {"a missing file", SIGNUP}
"""No visitor needs the data map or the watch: a server starts without, and `check` says so."""


def _spoilt(folder, names):
    text = GOOD
    for name in names:
        right, wrong, _, _ = MISTAKES[name]
        assert text.count(right) == 1, name
        text = text.replace(right, wrong)
    return lay_out(folder, text)


def _refused(config):
    """Return what a start is refused for."""
    with pytest.raises(ConfigurationError) as refused:
        engine_of(str(config))
    return refused.value.problems


def _found(problems):
    return {(one.id, one.key) for one in problems}


def test_the_good_one_is_good(tmp_path):
    """Otherwise the rest would show nothing."""
    assert examine(str(lay_out(tmp_path, GOOD)))[0] == []


@settings(max_examples=25, deadline=None)
@given(st.sets(st.sampled_from(sorted(MISTAKES)), min_size=1))
def test_whatever_is_wrong_is_named_at_once(names):
    """However many mistakes there are, and of whatever kind: each with its line, and no other."""
    with tempfile.TemporaryDirectory() as folder:
        config = _spoilt(Path(folder), names)
        wrong, _ = examine(str(config))
        at_start = _refused(config) if names - NO_START else wrong
    assert _found(wrong) == {MISTAKES[name][2:] for name in names}
    of_the_watch = {MISTAKES[SIGNUP][2:]} if names - NO_START else set()
    assert _found(at_start) == _found(wrong) - of_the_watch
    assert all(one.line for one in wrong)
    assert [one.line for one in wrong] == sorted(one.line for one in wrong)


def test_a_table_under_a_misspelt_name_is_read_all_the_same(tmp_path):
    """What is wrong inside is named under the name that the file has."""
    text = GOOD.replace("[purposes.", "[purposez.").replace('uses = ["', 'uses = ["x_')
    wrong, _ = examine(str(lay_out(tmp_path, text)))
    assert ("PK012", "purposez") in _found(wrong)
    assert {one.id for one in wrong} == {"PK012", "PK017"}
    assert all(one.key.startswith("purposez") for one in wrong)
    assert all(one.line for one in wrong)
