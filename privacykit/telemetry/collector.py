"""
The configuration of an OpenTelemetry collector that redacts as the exporters of ours do. Pure.

Laws of this file:

- The list of keys is an allow-list: what it does not name is deleted (``redaction``, fails closed).
- What a collector cannot do as strongly as :mod:`privacykit.telemetry.attributes` is deleted:
  paths without a template, URLs, messages and stack traces of exceptions, bodies of logs.
- Attributes of links are out of its reach.
- Patterns are of RE2, which knows neither look-around nor back-references.

After the ``transform`` and ``redaction`` processors of opentelemetry-collector-contrib.
"""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.telemetry.conventions import ADDRESSES, PLAIN, ROUTE

KEPT = (
    *sorted({*ADDRESSES, *PLAIN} - {"sentry.message.template"}),
    ROUTE,
    *"""
    cloud.account.id cloud.availability_zone cloud.platform cloud.provider cloud.region
    code.file.path code.filepath code.function code.function.name code.line.number code.lineno
    code.namespace container.id container.image.name container.image.tags container.name
    db.collection.name db.namespace db.operation.batch.size db.operation.name
    db.response.status_code db.system db.system.name exception.escaped exception.type
    faas.instance faas.name faas.version host.arch host.id host.type
    http.method http.request.method http.request.resend_count
    http.request_content_length http.response.status_code http.response_content_length http.scheme
    http.status_code k8s.cluster.name k8s.container.name k8s.deployment.name k8s.namespace.name
    k8s.node.name k8s.pod.name k8s.pod.uid log.iostream messaging.batch.message_count
    messaging.destination.name messaging.operation.name messaging.operation.type messaging.system
    net.protocol.name net.protocol.version network.protocol.name network.protocol.version
    network.transport network.type os.name os.type os.version otel.scope.name otel.scope.version
    otel.status_code process.pid process.runtime.name process.runtime.version rpc.method
    rpc.service rpc.system service.instance.id service.name service.namespace service.version
    telemetry.distro.name telemetry.distro.version telemetry.sdk.language telemetry.sdk.name
    telemetry.sdk.version thread.id url.scheme
    """.split(),  # noqa: SIM905 - eighty lines otherwise
)
"""Keys whose values leave the collector, addresses weakened."""

BLOCKED = {
    "e-mail address": r"[^\s@<>\"']+@[^\s@<>\"']+",
    "IPv4 address": r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b",
    "IPv6 address": r"(?i)\b[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}\b",
    "token": r"\b(?:eyJ[\w-]{4,}|gh[pousr]_\w{8,}|(?:sk|rk|pk)_(?:live|test)_\w{6,}|AKIA\w{8,})",
    "bearer": r"(?i)\b(?:bearer|basic)\s+[\w.~+/=-]{6,}",
    "number of nine digits and more": r"\b\d(?:[ ./-]?\d){8,}\b",
    "UUID": r"(?i)\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
}
"""What is masked inside the values that stay."""

_V4 = r"^(?:\[?::ffff:)?(\d{1,3}\.\d{1,3})\.\d{1,3}\.\d{1,3}(?:\]?:\d+)?$"
_WEAK_V4 = r"^\d{1,3}\.\d{1,3}\.0\.0$"
_CONTEXTS = {
    "trace": ("resource", "scope", "span", "spanevent"),
    "log": ("resource", "scope", "log"),
}


def collector_config() -> str:
    """
    Return the processors and pipelines of a collector, as YAML.

    IPv4 addresses keep 16 bits, as in logs; IPv6 addresses go whole, since no function of a
    collector cuts them. A span without a route is called by its method or its operation.
    """
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Written by `privacykit otel collector-config`. Put the two processors last in each"
    yield "# pipeline, before the exporters; receivers and exporters are yours."
    yield "# Attributes of links are out of reach: record none, or redact in the application."
    yield "processors:"
    yield "  transform/privacykit:"
    yield "    error_mode: propagate    # what cannot be weakened does not leave"
    for signal, contexts in _CONTEXTS.items():
        yield f"    {signal}_statements:"
        for context in contexts:
            yield f"      - context: {context}"
            yield "        statements:"
            yield from (f"          - {_quoted(each)}" for each in _statements(context))
    yield "  redaction/privacykit:"
    yield "    allow_all_keys: false"
    yield "    summary: silent          # a summary would name the keys"
    yield "    allowed_keys:"
    yield from (f"      - {key}" for key in KEPT)
    yield "    allowed_values:"
    yield f"      - {_quoted(_WEAK_V4)}"
    yield "    blocked_values:"
    for name, pattern in BLOCKED.items():
        yield f"      - {_quoted(pattern)}    # {name}"
    yield "service:"
    yield "  pipelines:"
    for pipeline in ("traces", "logs"):
        yield f"    {pipeline}:"
        yield "      receivers: [otlp]"
        yield "      processors: [transform/privacykit, redaction/privacykit]"
        yield "      exporters: [otlp]"


def _statements(context: str) -> Iterator[str]:
    """Give what is done to each item of *context*, in its order."""
    where = f"{context}.attributes"
    if context == "scope":
        yield f'keep_keys({where}, [""])'
    elif context == "resource":
        yield from (f'delete_key({where}, "{key}")' for key in ADDRESSES)
    else:
        yield from _weakened(where)
    if context == "spanevent":
        kept = ", ".join(f'"{key}"' for key in KEPT)
        yield f"keep_keys({where}, [{kept}])"
        yield 'set(spanevent.name, "event") where spanevent.name != "exception"'
    elif context == "log":
        yield 'set(log.body, "-")'
        yield 'set(log.event_name, "")'
    elif context == "span":
        yield from _of_spans()


def _weakened(where: str) -> Iterator[str]:
    """Give what cuts each IPv4 address, then what deletes all else that stands there."""
    whole, weak = (pattern.replace("\\", "\\\\") for pattern in (_V4, _WEAK_V4))
    for key in ADDRESSES:
        value = f'{where}["{key}"]'
        yield f'replace_pattern({value}, "{whole}", "$1.0.0") where {value} != nil'
        unlike = f'not IsMatch({value}, "{weak}")'
        yield f'delete_key({where}, "{key}") where {value} != nil and {unlike}'


def _of_spans() -> Iterator[str]:
    at = "span.attributes"
    method, route, operation = (
        f'{at}["{key}"]' for key in ("http.request.method", ROUTE, "db.operation.name")
    )
    yield 'set(span.status.message, "")'
    yield 'set(span.trace_state, "")'
    yield 'set(span.name, "span")'
    yield f"set(span.name, {operation}) where {operation} != nil"
    yield f"set(span.name, {method}) where {method} != nil"
    both = f"{method} != nil and {route} != nil"
    yield f'set(span.name, Concat([{method}, {route}], " ")) where {both}'


def _quoted(text: str) -> str:
    """Return *text* as YAML takes it; a dollar alone would be a variable of the collector's."""
    return "'" + text.replace("'", "''").replace("$", "$$") + "'"
