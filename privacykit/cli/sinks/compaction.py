"""Small objects of a sink, joined by command. Does I/O through the sink."""

from __future__ import annotations

from privacykit.delivery.at_once import at_once
from privacykit.errors import InputError, SinkError
from privacykit.settings.backends import Backends
from privacykit.sinks.compaction import Compacts


def compacted(backends: Backends, name: str, now: float) -> tuple[int, int, str]:
    """
    Join what the sink called *name* holds in small pieces.

    Returns:
        How many pieces became how many, and what stood in the way.

    Raises:
        ConfigurationError: It cannot be built.
        InputError: There is no such sink, or its kind has nothing to join.
    """
    sink = backends.sink(name)
    if not isinstance(sink, Compacts):
        raise InputError("this kind of sink has nothing to join: only `objects` has")
    try:
        before, after = at_once(sink, sink.compact(now))
    except SinkError as error:
        return 0, 0, str(error)
    return before, after, ""
