"""Redaction around the exporters of the real SDK: nothing of a visitor leaves, nothing is changed."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanContext, Status, StatusCode, TraceFlags, TraceState

from privacykit.logs.addresses import Weaken, truncate_logged
from privacykit.telemetry.otel import RedactingLogExporter, RedactingSpanExporter
from tests.telemetry.markers import CANARY, PERSONAL_KEYS, anything, attributes, formed, leaks

RESOURCE = Resource(
    {"service.name": "shop", "service.instance.id": "4d6d0d9c-6c5d-4d0c-8c3f-5f0b6a1d2e3f"}
)


def tracing(resource=RESOURCE, weaken: Weaken | None = None):
    """Return a tracer, what left redacted, what left beside, and the exporter between."""
    redacted, beside = InMemorySpanExporter(), InMemorySpanExporter()
    exporter = RedactingSpanExporter(redacted, weaken=weaken)
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    provider.add_span_processor(SimpleSpanProcessor(beside))
    return (
        provider.get_tracer("shop", attributes={"owner": CANARY.email}),
        redacted,
        beside,
        exporter,
    )


def one_span(**given_attributes):
    """Return the only span that left, of one with these attributes."""
    tracer, redacted, _, _ = tracing()
    with tracer.start_as_current_span("GET", attributes=given_attributes):
        pass
    [span] = redacted.get_finished_spans()
    return span


@settings(deadline=None)
@given(name=formed, found=attributes, event=attributes, link=attributes, said=anything)
def test_no_span_holds_a_canary(name, found, event, link, said):
    """Name, attributes, events, links, status, trace state, scope, resource, exception messages."""
    tracer, redacted, beside, exporter = tracing(RESOURCE.merge(Resource(found)))
    state = TraceState([("vendor", "canary")])
    other = SpanContext(1, 2, is_remote=True, trace_flags=TraceFlags(1), trace_state=state)
    span = tracer.start_span(name, attributes=found, links=[Link(other, link)])
    span.add_event(name, event)
    span.record_exception(ValueError(said))
    span.set_status(Status(StatusCode.ERROR, said))
    span.end()
    [sent] = redacted.get_finished_spans()
    scope = dict(sent.instrumentation_scope.attributes)
    state_of = [sent.context.trace_state, *(each.context.trace_state for each in sent.links)]
    assert leaks(f"{sent.to_json()} {scope} {state_of}") == set()
    assert "canary" not in str(state_of)
    assert (len(sent.events), len(sent.links), exporter.dropped) == (2, 1, 0)
    [kept] = beside.get_finished_spans()
    assert dict(kept.attributes) == {
        key: tuple(value) if isinstance(value, list) else value for key, value in found.items()
    }


@settings(deadline=None)
@given(body=formed | st.lists(formed) | st.dictionaries(st.just("note"), formed), found=attributes)
def test_no_log_record_holds_a_canary(body, found):
    """Body, attributes and resource; a record keeps its trace and its severity."""
    sent, exporter = _logged(body, found)
    assert leaks(sent.to_json()) == set()
    assert sent.log_record.severity_number is SeverityNumber.ERROR
    assert exporter.dropped == 0


def _logged(body, found):
    inner = InMemoryLogRecordExporter()
    exporter = RedactingLogExporter(inner)
    provider = LoggerProvider(resource=RESOURCE.merge(Resource(found)), shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    record = LogRecord(
        timestamp=1, severity_number=SeverityNumber.ERROR, body=body, attributes=found
    )
    provider.get_logger("shop").emit(record)
    [sent] = inner.get_finished_logs()
    assert record.body == body
    return sent, exporter


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("client.address", "203.0.113.77", "203.0.0.0"),
        ("network.peer.address", "2001:db8:77:88::99", "2001:db8:77::"),
        ("net.peer.ip", "203.0.113.77", "203.0.0.0"),
        ("http.route", "/users/{name}", "/users/{name}"),
        ("http.route", "/users/<int:pk>", "/users/{pk}"),
        ("http.route", "/users/jane", "/users/[id]"),
        ("url.full", "https://shop.example/users/jane?q=x", "https://shop.example/users/[id]"),
        ("http.target", "/users/jane?q=x", "/users/[id]"),
        ("server.address", "shop.example", "shop.example"),
        ("server.port", 443, 443),
        ("peer.hostname", "pc-jane.isp.example", "-"),
        ("client.hostname", "pc-jane.isp.example", "-"),
        ("http.request.method", "GET", "GET"),
        ("http.response.status_code", 200, 200),
        ("http.request.body.size", 3, 3),
        ("gen_ai.usage.input_tokens", 17, 17),
        ("db.query.summary", "SELECT orders", "SELECT orders"),
        ("customer_id", 4711, "-"),
        ("exception.type", "ValueError", "ValueError"),
        ("sizes", [1, 2], [1, 2]),
        ("mixed", ["a", "203.0.113.77"], ["a", "203.0.0.0"]),
    ],
)
def test_an_attribute_is_weakened_by_its_convention(key, value, shown):
    """Each treatment of a key that there is."""
    assert one_span(**{key: value}).attributes[key] == shown


@pytest.mark.parametrize(
    "key", sorted({each for each in PERSONAL_KEYS if "." in each} - {"http.request.body"})
)
def test_a_key_of_a_person_is_left_out(key):
    """Whatever stands under it."""
    assert key not in one_span(**{key: "jane"}).attributes


def test_a_stack_trace_tells_where_and_nothing_else():
    """The file, the line and the function of each frame."""
    tracer, redacted, _, _ = tracing()
    with pytest.raises(ValueError, match="jane"), tracer.start_as_current_span("pay"):
        raise ValueError("jane")
    [event] = redacted.get_finished_spans()[0].events
    told = event.attributes["exception.stacktrace"]
    assert "jane" not in str(dict(event.attributes))
    assert "in test_a_stack_trace_tells_where_and_nothing_else" in told
    assert event.attributes["exception.type"] == "ValueError"


def test_a_resource_keeps_what_names_the_machine():
    """Whoever reads a trace must know which instance it is of."""
    assert dict(one_span().resource.attributes) == dict(RESOURCE.attributes)


def test_an_exception_of_ours_drops_the_span_alone(caplog):
    """The others of the batch leave; the dropped one is counted, and said once."""

    def weaken(address):
        if address == "203.0.113.77":
            raise RuntimeError(address)
        return truncate_logged(address)

    tracer, redacted, _, exporter = tracing(weaken=weaken)
    with caplog.at_level(logging.WARNING):
        for address in ("203.0.113.77", "203.0.113.78", "203.0.113.77"):
            tracer.start_span("GET", attributes={"client.address": address}).end()
    assert [dict(span.attributes) for span in redacted.get_finished_spans()] == [
        {"client.address": "203.0.0.0"}
    ]
    assert exporter.dropped == 2
    assert caplog.text.count("cannot be weakened") == 1
    assert leaks(caplog.text) == set()


def test_an_exception_of_ours_drops_the_record():
    """The same for logs."""

    def weaken(address):
        raise RuntimeError(address)

    inner = InMemoryLogRecordExporter()
    exporter = RedactingLogExporter(inner, weaken=weaken)
    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    provider.get_logger("shop").emit(LogRecord(body="203.0.113.77"))
    assert inner.get_finished_logs() == ()
    assert exporter.dropped == 1


def test_the_exporters_pass_on_what_they_are_told():
    """Flush and shutdown reach the inner exporter."""
    spans, logs = InMemorySpanExporter(), InMemoryLogRecordExporter()
    assert RedactingSpanExporter(spans).force_flush()
    assert RedactingLogExporter(logs).force_flush()
    RedactingSpanExporter(spans).shutdown()
    RedactingLogExporter(logs).shutdown()
    assert (spans._stopped, logs._stopped) == (True, True)


def test_without_the_sdk_the_extra_is_named():
    """Whoever has only the API is told what to install."""
    code = "import sys; sys.modules['opentelemetry.sdk._logs'] = None; import privacykit.telemetry.otel"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "PK001" in done.stderr
    assert "privacykit[otel-sdk]" in done.stderr
