"""
Places that events go to, one kind per file, found by name. Imports a kind when it is used.

Other packages add kinds under the entry point group ``privacykit.sinks``: a callable that takes a
:class:`SinkConfig` and returns a :class:`~privacykit.collect.ports.Sink`.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points

from privacykit.collect.ports import Sink
from privacykit.errors import ConfigurationError
from privacykit.sinks.config import SinkConfig, problem

__all__ = ["GROUP", "SinkConfig", "build", "kinds"]

GROUP = "privacykit.sinks"
"""The entry point group of kinds that other packages bring."""

_OURS = {
    "http": "privacykit.sinks.http",
    "jsonl": "privacykit.sinks.jsonl",
    "memory": "privacykit.sinks.memory",
    "sql": "privacykit.sinks.sql",
}


def kinds() -> list[str]:
    """Return the names of all kinds there are, ours and others."""
    return sorted({*_OURS, *entry_points(group=GROUP).names})


def build(config: SinkConfig) -> Sink:
    """
    Build the sink that *config* describes; nothing is connected to yet.

    Raises:
        ConfigurationError: There is no such kind, or the configuration does not suit it.
        MissingExtraError: The kind needs a package that is not installed.
    """
    if config.type in _OURS:
        made: Sink = import_module(_OURS[config.type]).from_config(config)
        return made
    for found in entry_points(group=GROUP, name=config.type):
        other: Sink = found.load()(config)
        return other
    raise ConfigurationError(
        problem(config, "PK160", "type", "no such kind of sink", f"one of {', '.join(kinds())}")
    )
