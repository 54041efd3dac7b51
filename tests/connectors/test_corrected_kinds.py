"""A correction keeps the kind of value that stands there, or is refused before anybody approves."""

from __future__ import annotations

import json

import pytest

from privacykit.govern import flow
from privacykit.govern.records import Identity, RequestStatus, RequestType
from tests.connectors.conftest import world

__all__ = ["world"]

PEOPLE = """
[collections.app.people]
subject = true
[collections.app.people.fields]
id = { category = "user.unique_id", identity = "people.id" }
email = { category = "user.contact.email", identity = "email" }
PLACE = "user.content"
"""
ME = (Identity("email", "me@x.example"),)
KEPT = {
    "number": ("$.a", {"a": 5}, "7", {"a": 7}),
    "number below": ("$.a", {"a": 5}, "-7", {"a": -7}),
    "fraction": ("$.a", {"a": 5}, "7.50", {"a": 7.5}),
    "whole of a fraction": ("$.a", {"a": 5.5}, "7", {"a": 7}),
    "truth": ("$.a", {"a": False}, "true", {"a": True}),
    "truth as Python has it": ("$.a", {"a": True}, False, {"a": False}),
    "text of digits": ("$.a", {"a": "005"}, "0070", {"a": "0070"}),
    "text of truth": ("$.a", {"a": "no"}, "true", {"a": "true"}),
    "nothing yet": ("$.a.b", {"a": {}}, "7", {"a": {"b": "7"}}),
    "in a list": ("$.a[1]", {"a": ["x", 5]}, "7", {"a": ["x", 7]}),
    "in a row of a list": ("$.a[0].b", {"a": [{"b": True}]}, "false", {"a": [{"b": False}]}),
    "emptied": ("$.a", {"a": 5}, None, {"a": None}),
}
REFUSED = {
    "number to text": ("$.a", {"a": 5}, "seven"),
    "number to digits with zeros": ("$.a", {"a": 5}, "007"),
    "number to one that has no room": ("$.a", {"a": 5}, "7.10000000000000000001"),
    "truth to text": ("$.a", {"a": True}, "yes"),
    "truth to number": ("$.a", {"a": True}, "1"),
    "object to text": ("$.a", {"a": {"b": 1}}, "x"),
    "list to text": ("$.a", {"a": [1]}, "x"),
    "no list": ("$.a[0]", {}, "x"),
    "no list, deeper": ("$.b.a[0]", {"b": {}}, "x"),
    "no list but a text": ("$.a[0]", {"a": "y"}, "x"),
    "no list but an object": ("$.a[0]", {"a": {"b": "y"}}, "x"),
    "an empty list": ("$.a[0]", {"a": []}, "x"),
    "behind the list": ("$.a[1]", {"a": ["y"]}, "x"),
}


def correct(made, place, value):
    """Plan, approve whatever the problems, and carry out."""
    changes = {"app.people": {place: value}}
    plan = flow.plan_request(
        made.means, RequestType.RECTIFICATION, ME, plan_id="p", request_id="r", changes=changes
    )
    flow.approve(made.means, "p", plan.targets_digest, "op", accept_problems=plan.problems_digest)
    return plan, flow.conclude(made.means, plan, flow.execute(made.means, "p", plan.targets_digest))


def documents(world, url, path, document):
    """Build a table of one person with a document."""
    kind = "jsonb" if url.startswith("postgresql") else "json"
    tables = [
        f"create table people (id int primary key, email varchar(90), meta {kind})",
        f"insert into people values (1, 'me@x.example', '{json.dumps(document)}')",
    ]
    return world(url, tables, PEOPLE.replace("PLACE", f'"meta -> {path}"'))


def stored(made):
    """Return the document as it stands."""
    [(_, _, found)] = made.rows("people")
    return found if isinstance(found, dict) else json.loads(found)


@pytest.mark.parametrize("kind", KEPT)
def test_a_correction_keeps_the_kind_of_value(world, sql_url, kind):
    """A number stays a number and true a truth value; what is nothing yet takes a text."""
    path, before, value, after = KEPT[kind]
    made = documents(world, sql_url, path, before)
    plan, outcome = correct(made, f"meta -> {path}", value)
    assert (repr(stored(made)), plan.problems) == (repr(after), ())
    assert outcome.status is RequestStatus.FULFILLED


@pytest.mark.parametrize("kind", REFUSED)
def test_a_correction_to_another_kind_of_value_is_refused(world, sql_url, kind):
    """The plan says so, and even a yes to that writes nothing and fulfils nothing."""
    path, before, value = REFUSED[kind]
    made = documents(world, sql_url, path, before)
    plan, outcome = correct(made, f"meta -> {path}", value)
    assert "(PK273)" in " ".join(plan.problems)
    assert stored(made) == before
    assert outcome.status is not RequestStatus.FULFILLED


ARRAYS = {
    "text": ("text[]", "array['a','b']", '["c", "d"]', ["c", "d"]),
    "text with commas": ("varchar(20)[]", "array['a']", '["c, d"]', ["c, d"]),
    "whole numbers": ("int[]", "array[1]", "[2, 3]", [2, 3]),
    "none": ("text[]", "array['a']", "[]", []),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_an_array_is_corrected_by_a_list(world, postgres_url, kind):
    """Written as JSON writes it."""
    type_, before, value, after = ARRAYS[kind]
    tables = [
        f"create table people (id int primary key, email varchar(90), tags {type_})",
        f"insert into people values (1, 'me@x.example', {before})",
    ]
    made = world(postgres_url, tables, PEOPLE.replace("PLACE", "tags"))
    plan, outcome = correct(made, "tags", value)
    assert (made.rows("people")[0][2], plan.problems) == (after, ())
    assert outcome.status is RequestStatus.FULFILLED


@pytest.mark.parametrize("value", ["c", "{c}", '{"a": 1}', "[1, {}]", '["x", ["y"]]'])
def test_what_is_no_list_is_a_problem_of_the_plan(world, postgres_url, value):
    """Said before anybody approves, and nothing is written."""
    tables = [
        "create table people (id int primary key, email varchar(90), tags text[])",
        "insert into people values (1, 'me@x.example', array['a'])",
    ]
    made = world(postgres_url, tables, PEOPLE.replace("PLACE", "tags"))
    plan, _ = correct(made, "tags", value)
    assert "a new value does not fit its column" in " ".join(plan.problems)
    assert made.rows("people")[0][2] == ["a"]
