"""JSON lines whose names say something together, and texts in other shapes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.logs.files.fields import LogFields
from privacykit.logs.files.scrubber import Scrubber

PLANTED = "zqplanted"
_CONTAINERS = """
cookies args query form body user user_agent agent session request_body remote_user auth params
forwarded Set-Cookie authorization
"""
INSIDE = ("name", "original", "a", "message", "path", "host", "uri", "value", "theme", "request")
objects = st.recursive(
    st.sampled_from([PLANTED, f"{PLANTED} two", f"/{PLANTED}", f"{PLANTED}.example", 7, True]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=2),
        st.dictionaries(st.sampled_from(INSIDE), inner, min_size=1, max_size=2),
    ),
    max_leaves=6,
)


def _line(value):
    return Scrubber(LogFields()).line(json.dumps(value).encode())


@settings(max_examples=200, deadline=None)
@given(
    name=st.sampled_from(_CONTAINERS.split()),
    value=objects,
    around=st.sampled_from(["", "http", "context", "request"]),
)
def test_what_stands_inside_a_dropped_object_is_dropped_however_it_is_called(name, value, around):
    """The name of an object decides for all in it, as in a structured log."""
    line = {"remote_addr": "203.0.113.7", name: value}
    out = _line({around: line} if around else line)
    assert PLANTED.encode() not in out
    assert Scrubber(LogFields()).line(out) == out
    json.loads(out)


def test_names_of_elastic_s_common_schema_are_read_whole():
    """What is flat elsewhere is nested there."""
    line = {
        "client": {"ip": "203.0.113.7", "port": 51234},
        "source": {"address": "203.0.113.7", "port": 51234},
        "url": {"original": "/a?q=zq", "query": "q=zq"},
        "user_agent": {"original": "zq"},
        "user": {"name": "zq", "id": 4711},
        "http": {"request": {"method": "GET"}, "response": {"status_code": 200}},
    }
    assert json.loads(_line(line)) == {
        "client": {"ip": "203.0.0.0", "port": 0},
        "source": {"address": "203.0.0.0", "port": 0},
        "url": {"original": "/a", "query": "-"},
        "user_agent": {"original": "-"},
        "user": {"name": "-", "id": 0},
        "http": {"request": {"method": "GET"}, "response": {"status_code": 200}},
    }


@pytest.mark.parametrize("name", ["MESSAGE", "note"])
@pytest.mark.parametrize(
    "text",
    [
        "203.0.113.7",
        '203.0.113.7 - ann [28/Nov/2026:12:37:20 +0000] "GET /?q=zq HTTP/1.1" 200 2 "-" "-"',
        "\x1b[1mann@example.org\x1b[0m from 203.0.113.7",
    ],
)
def test_an_array_of_bytes_is_the_text_that_it_spells(name, text):
    """So journald writes texts that are not plain: escapes of a terminal are enough."""
    out = json.loads(_line({name: list(text.encode()), "PRIORITY": "6"}))
    assert [each for each in ("zq", "203.0.113", "@example.org") if each in out[name]] == []


@pytest.mark.parametrize("numbers", [[1, 2, 3], [0], [200, 301], [255, 255, 255, 0], [10, 20, 30]])
def test_numbers_that_spell_nothing_stay(numbers):
    """Sizes and histograms are as they were written."""
    assert _line({"sizes": numbers}) == json.dumps({"sizes": numbers}).encode()


def test_octets_of_an_address_are_no_numbers():
    """An address may be an array too."""
    assert b"113" not in _line({"remote_ip": [203, 0, 113, 7], "client": [203, 0, 113, 7]})


def test_structured_data_of_syslog_goes_by_the_same_names():
    """One list says what programs call a user."""
    line = b'<165>1 2026-11-28T12:00:00Z h a 1 I [x@32473 user="zq" cookie="zq" uri="/a?q=zq"] hi'
    left = b'<165>1 2026-11-28T12:00:00Z h a 1 I [x@32473 user="-" cookie="-" uri="/a"] hi'
    assert Scrubber(LogFields()).line(line) == left
