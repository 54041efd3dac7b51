"""
Places that events go to, one kind per file, found by name. Imports a kind when it is used.

Other packages add kinds under the entry point group ``privacykit.sinks``: a
:class:`~privacykit.sinks.kind.SinkKind`, or any callable that takes a :class:`SinkConfig` and
returns a :class:`~privacykit.collect.ports.Sink`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points

from privacykit.collect.ports import Sink
from privacykit.errors import ConfigurationError
from privacykit.sinks.config import SinkConfig, problem
from privacykit.sinks.kind import SinkKind

__all__ = ["GROUP", "SinkConfig", "SinkKind", "build", "kind_of", "kinds"]

GROUP = "privacykit.sinks"
"""The entry point group of kinds that other packages bring."""

OURS = {
    "amplitude": "products.amplitude",
    "amqp": "streams.amqp",
    "clickhouse": "storage.clickhouse",
    "duckdb": "storage.duckdb",
    "ga4": "products.ga4",
    "goatcounter": "products.goatcounter",
    "http": "http.webhook",
    "hubspot": "products.hubspot",
    "jitsu": "pipelines.jitsu",
    "jsonl": "jsonl",
    "kafka": "streams.kafka",
    "matomo": "products.matomo",
    "memory": "memory",
    "mixpanel": "products.mixpanel",
    "mqtt": "streams.mqtt",
    "nats": "streams.nats",
    "objects": "storage.object_kind",
    "otlp": "pipelines.otlp",
    "plausible": "products.plausible",
    "posthog": "products.posthog",
    "redis": "streams.redis",
    "rudderstack": "pipelines.rudderstack",
    "segment": "products.segment",
    "snowplow": "pipelines.snowplow",
    "sql": "sql",
    "umami": "products.umami",
}
"""Our kinds, and the module below this one whose ``KIND`` each is."""


def kinds() -> list[str]:
    """Return the names of all kinds there are, ours and others."""
    return sorted({*OURS, *entry_points(group=GROUP).names})


def kind_of(name: str) -> SinkKind | None:
    """Return the kind called *name*, ours or another's; ``None`` if there is none."""
    if name in OURS:
        ours: SinkKind = import_module(f"privacykit.sinks.{OURS[name]}").KIND
        return ours
    for found in entry_points(group=GROUP, name=name):
        other: SinkKind | Callable[[SinkConfig], Sink] = found.load()
        if isinstance(other, SinkKind):
            return other
        return SinkKind(name, "Of another package.", other)
    return None


def build(config: SinkConfig) -> Sink:
    """
    Build the sink that *config* describes; nothing is connected to yet.

    Raises:
        ConfigurationError: There is no such kind, or the configuration does not suit it.
        MissingExtraError: The kind needs a package that is not installed.
    """
    kind = kind_of(config.type)
    if kind is None:
        hint = f"one of {', '.join(kinds())}"
        raise ConfigurationError(problem(config, "PK160", "type", "no such kind of sink", hint))
    return kind(config)
