"""What stands in a text under a name that is sensitive, however it is written down."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.pseudonym.texts.detectors import find
from privacykit.pseudonym.texts.names import is_name
from privacykit.pseudonym.texts.sensitive import is_credential, is_sensitive
from privacykit.pseudonym.texts.text import scrub_in_place, scrub_text

PLANTED = "zqplanted"
NAMES = ("sid", "refresh token", "client secret", "email", "user id", "api key", "login", "phone")
WRITTEN = {
    "parameter": lambda name, value: f"a=1&{name}={value}&b=2",
    "key and value": lambda name, value: f"level=info {name}={value} n=2",
    "quoted": lambda name, value: f"{name}='{value} two' n=2",
    "JSON": lambda name, value: json.dumps({"a": 1, name: f"{value} two", "b": 2}),
    "JSON list": lambda name, value: json.dumps({name: [value, f"{value} two"], "b": 2}),
    "JSON object": lambda name, value: json.dumps({name: {"in": {"it": value}, "b": value}}),
    "JSON in JSON": lambda name, value: json.dumps({"x": json.dumps({name: f"{value} two"})}),
    "repr": lambda name, value: repr({name: f"{value} two", "b": 2}),
    "quotes inside": lambda name, value: json.dumps({name: f'a"{value}" and "{value}'}),
    "Ruby": lambda name, value: f'{{"{name}"=>"{value} two"}}',
    "call": lambda name, value: f"Customer({name}='{value}', n=2)",
}
SPELT = {
    "snake": "_".join,
    "camel": lambda words: words[0] + "".join(map(str.capitalize, words[1:])),
    "dotted": ".".join,
    "header": lambda words: "-".join(map(str.capitalize, words)),
    "capitals": lambda words: "_".join(words).upper(),
}
LINES = ("authorization: X {}", "cookie: theme=dark; x={}", "User-Agent: {} 1", "Referer: /x/{}")


@given(
    name=st.sampled_from(NAMES),
    form=st.sampled_from(["{}", "x_{}", "{}_x"]),
    spelt=st.sampled_from(list(SPELT.values())),
    written=st.sampled_from(list(WRITTEN.values())),
    gap=st.sampled_from(["", " ", "\n", "; ", ", "]),
)
@settings(max_examples=200, deadline=None)
def test_what_stands_under_a_sensitive_name_leaves_no_text(name, form, spelt, written, gap):
    """The names are those of parameters and properties, in every spelling and notation."""
    called = spelt(form.format(name).replace("_", " ").split())
    assert is_sensitive(called)
    text = f"before{gap or ' '}{written(called, PLANTED)}{gap}"
    scrubbed = scrub_text(text)
    assert PLANTED not in scrubbed
    assert scrub_text(scrubbed) == scrubbed
    assert PLANTED not in scrub_in_place(text)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("shown", [str, lambda pair: repr(dict([pair.split(": ")]))])
def test_a_header_line_leaves_nothing_of_its_value(line, shown):
    """Cookies and agents have words in them that no form gives away."""
    assert PLANTED not in scrub_text(f"sent {shown(line.format(PLANTED))}")


def test_a_user_agent_is_found_wherever_it_stands():
    """The whole of it, comments and products."""
    agent = (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
        "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
    )
    assert scrub_text(f"seen {agent}, again") == "seen [agent], again"


@pytest.mark.parametrize(
    "text",
    [
        "login: failed, see above",
        "the address: unknown, the ticket: closed",
        "sid=None email=null phone=- login=false",
        "a=1 b:2 n => 3",
        "email sent, phone rang",
        "visited /help? and left",
        "and/or? yes",
    ],
)
def test_prose_and_what_says_nothing_stay(text):
    """A colon in prose names nothing but credentials, and no value is none."""
    assert scrub_text(text) == text


@pytest.mark.parametrize("name", ["email:opened", "login:failed", "phone:rang", "ticket:closed"])
def test_names_of_events_with_a_colon_stay_names(name):
    """They have no blank behind it."""
    assert is_name(name)
    assert find(name) == []


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ('"GET /a?q=zq&x=1 HTTP/1.1" 200', '"GET /a HTTP/1.1" 200'),
        ("redirect to /next?email=zq", "redirect to /next"),
        ("(/reset/abcdefgh?x)", "(/reset/[token]"),
        ("Location=/a?b=c", "Location=/a"),
    ],
)
def test_a_path_in_a_text_has_no_query(text, scrubbed):
    """Request lines and redirects have no origin before them."""
    assert scrub_text(text) == scrubbed


def test_a_credential_is_a_sensitive_name_that_opens_a_door():
    """In prose only these are taken for names of values."""
    assert [is_credential(name) for name in ("clientSecret", "X-Api-Key", "email", "sort_key")] == [
        True,
        True,
        False,
        False,
    ]


def test_hostile_fields_cost_little():
    """Names, quotes and brackets without end are read once."""
    hostile = [
        "sid=" * 9999,
        'sid="' * 9999,
        "sid=[" * 9999,
        "(/" * 9999,
        "a." * 9999,
        "a=\\" * 9999,
    ]
    hostile += ["Mozilla/5.0 (" * 9999, "cookie:" * 9999, "cookie:\n" * 9999, "sid=\\'" * 9999]
    start = time.process_time()
    for text in hostile:
        scrub_text(text, limit=10_000)
    assert time.process_time() - start < 2
