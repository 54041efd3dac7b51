"""Tests of what is said of a wrong value: words of the file, for every shape that people write."""

from __future__ import annotations

import re

import pytest

from privacykit.errors import ConfigurationError
from privacykit.govern.datamap import DataMap, parse_datamap
from privacykit.policy.parse import parse_policy
from privacykit.policy.parse.shape import PolicyShape
from privacykit.settings.load import parse
from privacykit.settings.model import Settings
from privacykit.settings.types import SinkTable
from privacykit.testing.layout import CONFIG
from privacykit.toml_files.words import PATTERNS, did_you_mean, meant_key

VALUES = ['"yes"', '"on"', '"1"', "1", "1.5", "[]", "{}", "2026-01-01", '"c4n4ry"']


def _patterns(schema):
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        for inner in schema.values():
            yield from _patterns(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _patterns(inner)


@pytest.mark.parametrize("shape", [Settings, PolicyShape, DataMap])
def test_every_pattern_has_words(shape):
    """Nobody is shown a regular expression."""
    found = set(_patterns(shape.__pydantic_core_schema__))
    assert found
    assert found <= set(PATTERNS)


@pytest.mark.parametrize("value", ["yes", "on", "true", 1, 0], ids=repr)
@pytest.mark.parametrize(
    "key",
    [
        "choice.secure",
        "metrics.otel",
        "events.bots",
        "client_ip.trust_unix_socket",
        "policies.strict",
    ],
)
def test_a_word_or_a_number_is_no_truth_value(key, value):
    """As a reader would put it, with the line."""
    table, name = key.split(".")
    text = CONFIG.replace("[choice]\nsecure = false\n", "").replace(
        "[client_ip]\n",
        "[client_ip]\n" if table != "client_ip" else f"[client_ip]\n{name} = {value!r}\n",
    )
    if table == "events":
        text = text.replace("[events]\n", f"[events]\n{name} = {value!r}\n")
    elif table != "client_ip":
        text += f"[{table}]\n{name} = {value!r}\n"
    with pytest.raises(ConfigurationError) as caught:
        parse(text)
    (problem,) = caught.value.problems
    assert (problem.id, problem.key) == ("PK014", key)
    assert problem.message == "expected true or false, without quotes"
    assert text.split("\n")[problem.line - 1].startswith(name)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (
            parse_datamap,
            '[datasets.a]\npath = "."\n[collections.a.x]\nsubject = "yes"\nfields = {}\n',
        ),
        (
            lambda text: parse_policy(text, "X.toml"),
            (
                'id = "X"\nname = "X"\nkind = "country"\n[rules.sale]\nmodel = "opt_in"\n'
                'citation = "1"\nconfidence = "verified"\nany_size = "yes"\n'
            ),
        ),
    ],
    ids=["data map", "policy"],
)
def test_nor_is_it_one_in_other_files(read, text):
    """One rule for all files that people write."""
    with pytest.raises(ConfigurationError, match="expected true or false, without quotes"):
        read(text)


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize(
    "key",
    [
        "client_ip.hops",
        "choice.prefix",
        "audit.origin",
        "requests.holidays",
        "metrics.listen",
        "geo.edge",
    ],
)
def test_no_wrong_value_is_answered_in_python_s_words(key, value):
    """No types of Python, no expressions, not the value."""
    table, name = key.split(".")
    problems = ()
    try:
        parse(f"[{table}]\n{name} = {value}\n")
    except ConfigurationError as error:
        problems = error.problems
    said = "\n".join(map(str, problems))
    assert not re.search(r"Input|instance|pattern|\^|\$|c4n4ry|str\b|int\b|dict|NoneType", said)
    assert all(problem.line in {1, 2} for problem in problems if problem.key)


def _tables(shape, path=()):
    yield shape, path
    for name, field in shape.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Settings.__mro__[1]):
            yield from _tables(inner, (*path, name))


@pytest.mark.parametrize(
    ("table", "path"),
    list(_tables(Settings)),
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else "",
)
def test_a_misspelt_key_is_guessed_in_every_table(table, path):
    """With a letter too many, and in capitals."""
    for name in table.model_fields:
        for wrong in (f"{name}x", name.upper()):
            assert meant_key(Settings, (*path, wrong)) == f"did you mean '{name}'?"


@pytest.mark.parametrize(
    "location",
    [
        ("purposes", "label", "retenton"),
        ("site", 0, "hots"),
        ("site", 3, "audience", "child_direct"),
        ("sinks", 0, "purpose"),
    ],
    ids=str,
)
def test_keys_inside_lists_and_named_tables_are_guessed(location):
    """Whatever the names of the tables are: a purpose may be called as a key is."""
    assert meant_key(Settings, location).startswith("did you mean")


def test_nothing_alike_is_no_guess():
    """A wrong hint is worse than none."""
    assert did_you_mean("zzz", ["abc"], "remove it") == "remove it"
    assert "type" in SinkTable.model_fields


def test_a_table_where_a_list_of_tables_belongs_is_told_how_to_begin():
    """`[sinks.NAME]` is how other tools have it."""
    with pytest.raises(ConfigurationError) as caught:
        parse(CONFIG + '\n[sinks.mine]\ntype = "memory"\n')
    said = {problem.message for problem in caught.value.problems}
    assert said == {"expected a list of tables, each begun by [[sinks]]"}
