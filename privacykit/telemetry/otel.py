"""
Redaction around OpenTelemetry's exporters of spans and log records. Logs.

Around the exporter and nowhere else: a span that has ended refuses changes, so a span processor
cannot take anything out. What is exported is a copy; other exporters keep theirs. What cannot be
weakened is not exported (P2).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any, TypeVar

from privacykit.errors import MissingExtraError
from privacykit.logs.addresses import Weaken
from privacykit.logs.say import say
from privacykit.telemetry.attributes import TelemetryWeakener

try:
    from opentelemetry.context import Context
    from opentelemetry.sdk._logs import ReadableLogRecord
    from opentelemetry.sdk._logs.export import LogRecordExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import Event, ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import Link, SpanContext, Status
except ImportError:
    raise MissingExtraError("otel-sdk", "privacykit.telemetry.otel") from None

Item = TypeVar("Item")


class _Redaction:
    """What both exporters share: copies of what all spans and records carry, and the counter."""

    def __init__(self, weaken: Weaken | None) -> None:
        self.weakener = TelemetryWeakener(weaken)
        self.dropped = 0
        self._last: tuple[Resource, Resource] | None = None

    def all(self, items: Iterable[Item], redacted: Callable[[Item], Item]) -> list[Item]:
        """Return each of *items* redacted, without those of which that fails."""
        kept: list[Item] = []
        for each in items:
            try:
                kept.append(redacted(each))
            except Exception:  # noqa: BLE001 - P2: what cannot be weakened is not exported
                self.dropped += 1
                if self.dropped == 1:
                    say(logging.WARNING, "telemetry that cannot be weakened is not exported")
        return kept

    def span(self, span: ReadableSpan) -> ReadableSpan:
        """Return a copy of *span* without what is personal."""
        return ReadableSpan(
            name=self.weakener.name(span.name),
            context=_stateless(span.context),
            parent=_stateless(span.parent),
            resource=self.resource(span.resource),
            attributes=self.flat(span.attributes),
            events=tuple(map(self._event, span.events)),
            links=tuple(map(self._link, span.links)),
            kind=span.kind,
            status=Status(span.status.status_code),  # its description is an exception's message
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=self.scope(span.instrumentation_scope),
        )

    def record(self, record: ReadableLogRecord) -> ReadableLogRecord:
        """Return a copy of *record* without what is personal."""
        told = copy(record.log_record)
        told.body = _bare(self.weakener.value(told.body))
        told.attributes = self.flat(told.attributes)
        told.context = Context()  # it carries baggage
        told.event_name = self.weakener.name(told.event_name) if told.event_name else None
        told.severity_text = self.weakener.text(told.severity_text) if told.severity_text else None
        return replace(
            record,
            log_record=told,
            resource=self.resource(record.resource),
            instrumentation_scope=self.scope(record.instrumentation_scope),
        )

    def flat(self, attributes: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return *attributes* weakened, as exporters take them."""
        return dict(self.weakener.flat(attributes))

    def resource(self, resource: Resource) -> Resource:
        """Return *resource* weakened; all spans of a process have the same one."""
        if self._last is None or self._last[0] is not resource:
            made = Resource(dict(self.weakener.own(resource.attributes)), resource.schema_url)
            self._last = (resource, made)
        return self._last[1]

    def scope(self, scope: InstrumentationScope | None) -> InstrumentationScope | None:
        """Return *scope* weakened: its attributes are the application's."""
        if scope is None or not scope.attributes:
            return scope
        attributes = self.flat(scope.attributes)
        return InstrumentationScope(scope.name, scope.version, scope.schema_url, attributes)

    def _event(self, event: Event) -> Event:
        return Event(
            self.weakener.name(event.name), self.flat(event.attributes), timestamp=event.timestamp
        )

    def _link(self, link: Link) -> Link:
        context = _stateless(link.context)
        if context is None:
            raise TypeError("a link without its context")
        return Link(context, self.flat(link.attributes))


class RedactingSpanExporter(SpanExporter):
    """
    A span exporter that hands redacted copies to another: names, attributes, events, links, status.

    Also redacted are the resource and the attributes of the instrumentation scope; ``tracestate``
    and the description of the status, which quotes an exception, are left out.

    Args:
        inner: The exporter that sends them.
        weaken: Address text to what may be sent of it; by default as in logs.
    """

    def __init__(self, inner: SpanExporter, *, weaken: Weaken | None = None) -> None:
        self._inner = inner
        self._redaction = _Redaction(weaken)

    @property
    def dropped(self) -> int:
        """How many spans could not be weakened, and were not exported."""
        return self._redaction.dropped

    def export(self, spans: Sequence[ReadableSpan]) -> Any:  # noqa: ANN401 - the inner one's
        """Export redacted copies of *spans*, and return what the inner exporter answers."""
        return self._inner.export(self._redaction.all(spans, self._redaction.span))

    def shutdown(self) -> None:
        """Shut the inner exporter down."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the inner exporter within *timeout_millis* milliseconds."""
        return self._inner.force_flush(timeout_millis)


class RedactingLogExporter(LogRecordExporter):
    """
    A log exporter that hands redacted copies to another: body, attributes, resource.

    Args:
        inner: The exporter that sends them.
        weaken: Address text to what may be sent of it; by default as in logs.
    """

    def __init__(self, inner: LogRecordExporter, *, weaken: Weaken | None = None) -> None:
        self._inner = inner
        self._redaction = _Redaction(weaken)

    @property
    def dropped(self) -> int:
        """How many records could not be weakened, and were not exported."""
        return self._redaction.dropped

    def export(self, batch: Sequence[ReadableLogRecord]) -> Any:  # noqa: ANN401 - the inner one's
        """Export redacted copies of *batch*, and return what the inner exporter answers."""
        return self._inner.export(self._redaction.all(batch, self._redaction.record))

    def shutdown(self) -> None:
        """Shut the inner exporter down."""
        inner: Any = self._inner
        inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the inner exporter within *timeout_millis* milliseconds, where it can."""
        flush: Any = self._inner
        return bool(flush.force_flush(timeout_millis))


def _stateless(context: SpanContext | None) -> SpanContext | None:
    """Return *context* without its ``tracestate``: other systems write into it."""
    if context is None or not context.trace_state:
        return context
    return SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)


def _bare(value: object) -> Any:  # noqa: ANN401 - what a body may be
    """Return *value* as a body may be: mappings have texts for keys."""
    if isinstance(value, Mapping):
        return {str(key): _bare(inner) for key, inner in value.items()}
    return [_bare(inner) for inner in value] if isinstance(value, list) else value
