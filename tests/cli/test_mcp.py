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
