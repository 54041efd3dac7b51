"""The keys of the installed semantic conventions, each asked what it may say of a person."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import opentelemetry.semconv
import pytest

from privacykit.telemetry.attributes import TelemetryWeakener
from privacykit.telemetry.conventions import DROPPED_BELOW

PLANTED = "zqplanted wrote"
TELLS = re.compile(
    r"(?:message|status_description|completion|prompt|arguments|call\.result|documents|explanation"
    r"|instructions|record\.original|graphql\.document|query\.text|statement|conversation\.id"
    r"|installation\.id|message\.keys?|ordering_key|message\.group|stacktrace|event_subject"
    r"|faas\.document\.name|metadata|header)$"
)
"""Last words of keys under which stands what somebody typed, asked, said, or is recognised by."""


def keys():
    """Yield every key that the package names, stable or not."""
    folder = Path(next(iter(opentelemetry.semconv.__path__))) / "_incubating" / "attributes"
    for path in sorted(folder.glob("[a-z]*.py")):
        name = f"opentelemetry.semconv._incubating.attributes.{path.stem}"
        found = vars(importlib.import_module(name)).items()
        yield from (value for key, value in found if key.isupper() and isinstance(value, str))


OF_OTHERS = """
input.value output.value llm.prompts llm.prompts.0.prompt.text llm.prompt_template.variables
llm.input_messages.0.message.content llm.output_messages.0.message.content tool.parameters
embedding.embeddings.0.embedding.text retrieval.documents.0.document.content reranker.query
traceloop.entity.input traceloop.entity.output traceloop.association.properties.customer
"""


@pytest.mark.parametrize("key", sorted({key for key in keys() if TELLS.search(key)}))
def test_no_key_of_free_text_passes_what_stands_under_it(key):
    """A newer package with a new one of these fails here, before it leaks."""
    assert PLANTED not in str(TelemetryWeakener().flat({key: PLANTED}))


@pytest.mark.parametrize("key", OF_OTHERS.split())
def test_no_prompt_of_other_conventions_passes(key):
    """OpenInference and OpenLLMetry are in no package of OpenTelemetry's."""
    assert TelemetryWeakener().flat({key: PLANTED}) == {}


@pytest.mark.parametrize("below", sorted(DROPPED_BELOW))
def test_what_is_dropped_below_a_key_is_dropped_under_it(below):
    """Conventions moved from one value to many, and instrumentations write either."""
    assert TelemetryWeakener().flat({below.removesuffix("."): PLANTED, f"{below}0": PLANTED}) == {}


def test_the_package_has_keys_to_ask():
    """An empty list would ask nothing."""
    assert {"gen_ai.prompt", "error.message", "log.record.original"} <= set(keys())
