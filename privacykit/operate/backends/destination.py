"""
The destination of a sink, as a digest: an order is for it, whatever bears the sink's name.

I/O: reads a URL that is kept outside the file.
"""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from urllib.parse import urlsplit

import msgspec

from privacykit.operate.context import OperatorContext
from privacykit.settings.backends import sink_config
from privacykit.settings.named_stores import named_sinks
from privacykit.sinks.config import SinkConfig

HOW = frozenset(
    {
        *("batch", "ca_file", "create", "gather", "keep", "mechanism", "mode", "months"),
        *("properties", "record", "remember", "timeout", "unclear", "user"),
    }
)
"""Keys of a sink that say how it is written to, or as whom, and not where."""


def destination_of(context: OperatorContext, name: str) -> str:
    """
    Return a digest of where the sink called *name* leads; empty if there is none.

    It is made of its kind, its URL and the account that its table names.

    No credential goes into it, so that one may be changed while an order waits: not ``token``, not
    ``key``, nor what a URL says of a user or behind its ``?``.

    Raises:
        ConfigurationError: Its URL cannot be read.
    """
    for i, found, table in named_sinks(context.settings):
        if found == name:
            config = sink_config(table, name, f"sinks.{i}", context.paths, context.clock)
            told = (config.type, _place(config), _place(config.deletion))
            return sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()[:32]
    return ""


def _place(config: SinkConfig | None) -> object:
    if config is None:
        return None
    where: tuple[str, ...] = ()
    with suppress(ValueError):  # what is no URL is told when the sink is built
        url = urlsplit(config.url or "")
        where = (url.scheme, url.netloc.rpartition("@")[2], url.path)
    return where, {name: value for name, value in config.options.items() if name not in HOW}
