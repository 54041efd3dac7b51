"""The configuration of a collector: an allow-list, with patterns that RE2 reads."""

from __future__ import annotations

import re

import pytest
import yaml
from typer.testing import CliRunner

from privacykit.cli.main import app
from privacykit.logs.addresses import truncate_logged
from privacykit.telemetry.collector import BLOCKED, KEPT, collector_config
from privacykit.telemetry.conventions import ADDRESSES, is_dropped
from tests.telemetry.markers import CANARY, leaks

_STATEMENT = re.compile(r"(set|replace_pattern|delete_key|keep_keys)\(.+\)( where [^$]+)?")
_PERSONS = ("url.full", "url.path", "http.url", "http.target", "exception.message", "user.id")


@pytest.fixture(scope="module")
def processors():
    """Return the processors of the printed configuration, dollars as the collector reads them."""
    done = CliRunner().invoke(app, ["otel", "collector-config"])
    assert done.stdout == collector_config()
    text = done.stdout.replace("$$", "\0")
    assert "$" not in text  # the collector would look for a variable
    return yaml.safe_load(text.replace("\0", "$"))["processors"]


def statements(processors, context):
    """Yield what is done in *context*."""
    for signal in ("trace_statements", "log_statements"):
        for group in processors["transform/privacykit"][signal]:
            if group["context"] == context:
                yield from group["statements"]


def test_the_pipelines_name_the_processors_in_their_order():
    """Weakened first: what is left of an address must not be masked as one."""
    pipelines = yaml.safe_load(collector_config())["service"]["pipelines"]
    order = ["transform/privacykit", "redaction/privacykit"]
    assert {name: each["processors"] for name, each in pipelines.items()} == {
        "traces": order,
        "logs": order,
    }


def test_the_list_of_keys_fails_closed(processors):
    """Nothing that our exporters leave out is on it, and nothing that a collector cannot weaken."""
    redaction = processors["redaction/privacykit"]
    assert redaction["allow_all_keys"] is False
    assert redaction["summary"] == "silent"
    assert redaction["allowed_keys"] == list(KEPT)
    assert len(set(KEPT)) == len(KEPT)
    assert [key for key in KEPT if is_dropped(key) or key in _PERSONS] == []


@pytest.mark.parametrize("context", ["span", "spanevent", "log"])
@pytest.mark.parametrize("key", ADDRESSES)
def test_an_address_is_cut_as_in_a_log_or_deleted(processors, context, key):
    """The very patterns of the configuration, on addresses of every form."""
    told = [each for each in statements(processors, context) if f'["{key}"]' in each]
    cut, deleted = told
    pattern, replacement = re.findall(r'"((?:[^"\\]|\\.)*)"', cut)[1:3]
    pattern, replacement = pattern.replace("\\\\", "\\"), replacement.replace("$1", r"\1")
    weak = re.findall(r'IsMatch\(.*, "(.*)"\)', deleted)[0].replace("\\\\", "\\")
    for address in ("203.0.113.77", "203.0.113.77:4711", "::ffff:203.0.113.77"):
        left = re.sub(pattern, replacement, address)
        assert left == truncate_logged("203.0.113.77")
        assert re.search(weak, left)
    for other in (str(CANARY.ipv6), "jane", "203.0.113.77, 10.0.0.1"):
        assert not re.search(weak, re.sub(pattern, replacement, other))


@pytest.mark.parametrize("value", ["{ipv4}", "{email}", "at {ipv6} now", "+49 170 1234567 9"])
def test_a_value_that_stays_is_masked(processors, value):
    """The patterns find in a kept value what has a plain form."""
    text = value.format(ipv4=CANARY.ipv4, ipv6=CANARY.ipv6, email=CANARY.email)
    for pattern in processors["redaction/privacykit"]["blocked_values"]:
        text = re.sub(pattern, "****", text)
    assert leaks(text) == set()
    assert "****" in text


def test_every_statement_is_of_a_form_that_the_language_has(processors):
    """Functions of its own, quotes in pairs; names, messages, states and bodies are set."""
    contexts = ("resource", "scope", "span", "spanevent", "log")
    told = [each for context in contexts for each in statements(processors, context)]
    assert [each for each in told if not _STATEMENT.match(each) or each.count('"') % 2] == []
    assert {
        'set(span.status.message, "")', 'set(span.trace_state, "")', 'set(span.name, "span")',
        'set(log.body, "-")', 'keep_keys(scope.attributes, [""])',
    } <= set(told)  # fmt: skip


def test_no_pattern_needs_more_than_re2():
    """RE2 knows neither look-around nor back-references."""
    for pattern in (*BLOCKED.values(), collector_config()):
        assert re.search(r"\(\?[=!<]|\\[1-9]", pattern) is None
