"""Tests of the assistant's tools, asked over standard input and output by a client of the protocol."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from privacykit.cli.mcp.asking import ask
from privacykit.cli.mcp.strict import complaints
from privacykit.cli.mcp.tools import server_of
from privacykit.errors import InputError
from privacykit.operate.context import OperatorContext
from privacykit.testing.layout import lay_out
from privacykit.testing.samples import row

LOOKS = {"explain", "check", "policy", "verify", "report", "funnel", "attribution"}


@pytest.fixture
def config(tmp_path):
    """An installation that nobody visited."""
    made = str(lay_out(tmp_path))
    (tmp_path / "datamap.toml").write_text("")
    OperatorContext(made).close()
    return made


def _asked(config, *calls):
    """Return the tools, and the answer to each of *calls*."""

    async def asked():
        command = ["-m", "privacykit", "mcp", "--config", config]
        server = StdioServerParameters(command=sys.executable, args=command, env={**os.environ})
        async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            tools = (await session.list_tools()).tools
            answers = []
            for name, given in calls:
                told = await session.call_tool(name, given)
                answers.append(json.loads(told.content[0].text))
            return tools, answers

    return asyncio.run(asked())


def test_an_assistant_asks_what_the_commands_answer(config):
    """Every tool only looks; a refusal comes with its reason, and nothing is changed."""
    tools, (explained, shown, wrong, unrun, refused, sneaked) = _asked(
        config,
        ("explain", {"country": "DE", "purpose": "profile", "gpc": True}),
        ("policy", {"id": "DE"}),
        ("policy", {"id": "XX-NOWHERE"}),
        ("verify", {}),
        ("funnel", {"steps": ["/", "order"], "segments": ["user==anna"]}),
        ("explain", {"purpose": "--config=/etc/passwd"}),
    )
    assert {tool.name for tool in tools} == LOOKS
    assert all(tool.annotations.read_only_hint for tool in tools)
    assert (explained["exit"], explained["answer"]["verdict"]) == (0, "needs_consent")
    assert (shown["exit"], "DE" in json.dumps(shown["answer"])) == (0, True)
    assert (wrong["answer"], wrong["exit"] != 0, wrong["said"] != "") == (None, True, True)
    assert "no run yet" in unrun["said"]
    assert (refused["exit"], refused["answer"], "anna" in refused["said"]) == (2, None, False)
    assert (sneaked["answer"], "may not begin with -" in sneaked["said"]) == (None, True)


def test_no_answer_holds_a_visitor(config):
    """Three people came: the figures that would be of so few are not told."""
    came = [row(number, expires_at=int(time.time()) + 86_400) for number in range(1, 4)]
    context = OperatorContext(config)
    with context.events() as store:
        store.ensure_periods(time.time(), 2)
        assert store.add(came, time.time()).early == ()
    context.close()
    calls = [
        ("report", {"kind": "overview", "first_day": "2026-01-01", "last_day": "2026-12-31"}),
        ("check", {}),
    ]
    _, answers = _asked(config, *calls)
    assert answers[0]["exit"] in {0, 1}
    marks = [mark for it in came for mark in (it.envelope.visitor, it.envelope.subject)]
    assert [mark for mark in marks if mark in json.dumps(answers)] == []
    assert '"visitors": 3' not in json.dumps(answers)


@pytest.mark.parametrize("value", ["-k1", "--k", "a\nb", "a\x00", "x" * 501])
def test_no_value_becomes_an_option(value):
    """Whatever an assistant was told to say is one argument."""
    with pytest.raises(InputError):
        ask(None, ["policy", "list"], {"--date": value})


def test_what_goes_further_is_not_offered(config):
    """No tool takes a smaller group, another file or an overlap that is accepted."""
    tools, _ = _asked(config)
    offered = {name for tool in tools for name in tool.input_schema["properties"]}
    assert not offered & {"k", "events", "columns", "synthetic", "accept_overlap", "definition"}
    assert {"first_day", "segments", "gpc"} <= offered


SCHEMAS = {
    tool.name: tool.input_schema for tool in asyncio.run(server_of("privacykit.toml").list_tools())
}
FITTING = {"string": "DE", "integer": 7, "boolean": True, "array": ["/"], "null": None}
EACH = [(tool, name) for tool, it in SCHEMAS.items() for name in it["properties"]]


def _kinds(schema):
    return {one["type"] for one in schema.get("anyOf", [schema])}


def _whole(tool):
    """Return arguments that *tool* takes."""
    schema = SCHEMAS[tool]
    chosen = {name: schema["properties"][name] for name in schema.get("required", ())}
    return {
        name: it["enum"][0] if "enum" in it else FITTING[it["type"]] for name, it in chosen.items()
    }


@pytest.mark.parametrize("tool", SCHEMAS)
def test_a_tool_refuses_an_argument_that_it_has_not(tool):
    """By its name, with those that it has; a name that may be somebody's is not repeated."""
    given = _whole(tool)
    assert list(complaints(SCHEMAS[tool], given)) == []
    for name, told in (("county", "no argument county"), ("otto@example.org", "no such argument")):
        [said] = complaints(SCHEMAS[tool], {**given, name: "x"})
        assert told in said
        assert "otto" not in said
    assert SCHEMAS[tool]["additionalProperties"] is False


@pytest.mark.parametrize(("tool", "name"), EACH, ids=[f"{a} {b}" for a, b in EACH])
def test_a_tool_refuses_an_argument_of_another_kind(tool, name):
    """Nothing is taken for what it is not: no text for a number, no text for a list."""
    schema = SCHEMAS[tool]["properties"][name]
    for kind, value in {**FITTING, "object": {}, "strings": [7]}.items():
        said = list(complaints(SCHEMAS[tool], {**_whole(tool), name: value}))
        fits = kind in _kinds(schema) and ("enum" not in schema or value in schema["enum"])
        assert said == [] if fits else name in said[0], kind
    if "enum" in schema:
        assert list(complaints(SCHEMAS[tool], {**_whole(tool), name: "neither"}))


@pytest.mark.parametrize("tool", [name for name, it in SCHEMAS.items() if it.get("required")])
def test_a_tool_says_what_it_wants(tool):
    """Where it is left out."""
    [said, *_] = complaints(SCHEMAS[tool], {})
    assert "it wants the argument" in said


def test_over_the_protocol_too(config):
    """The refusal is the answer, and nothing is run."""
    answers = _asked(
        config,
        ("explain", {"country": "DE", "region": "BY"}),
        ("explain", {"age": "forty"}),
        ("check", {"config": "/etc/passwd"}),
    )[1]
    assert [answer["exit"] for answer in answers] == [None] * 3
    assert "it has no argument region; its arguments are purpose," in answers[0]["said"]
    assert answers[1]["said"] == "explain: age is a whole number or null"
    assert answers[2]["said"] == "check: it has no argument config; its arguments are none"
