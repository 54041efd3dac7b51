"""Purposes that nothing uses, sinks that get nothing, and sinks that keep too long. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.errors import InputError, Problem
from privacykit.govern.datamap.duration import parse_duration
from privacykit.settings.load import DEFAULT_FILE
from privacykit.settings.model import Settings


def unused(settings: Settings) -> Iterator[Problem]:
    """Yield warnings of what *settings* define and nothing in the file ever uses."""
    weaker = {id_: table.otherwise for id_, table in settings.purposes.items()}
    pages = {settings.events.page, weaker.get(settings.events.page or "")}
    named = {
        *settings.cookies.values(),
        *(name for sink in settings.sinks for name in sink.purposes),
    }
    used = {*pages, *weaker.values(), *named}
    for id_, table in settings.purposes.items():
        if id_ not in used and table.otherwise is None:
            message = "nothing in this file uses this purpose"
            hint = "use it in [events] page, [cookies] or a sink; fine if your code names it"
            yield Problem("PK036", DEFAULT_FILE, f"purposes.{id_}", message, hint)
    for i, sink in enumerate(settings.sinks):
        if pages.isdisjoint(sink.purposes):
            message = "no page event has a purpose of this sink"
            hint = "name the purpose of [events] page; fine if your code emits events of these"
            yield Problem("PK037", DEFAULT_FILE, f"sinks.{i}.purposes", message, hint)


def kept_longer(settings: Settings) -> Iterator[Problem]:
    """
    Yield warnings of sinks that keep events for longer than a purpose of theirs lets them live.

    A month counts as thirty days.
    """
    for i, sink in enumerate(settings.sinks):
        try:
            keep = parse_duration(str((sink.model_extra or {})["keep"]))
        except (KeyError, InputError):
            continue  # it has none, or says what is wrong itself
        for name in sink.purposes:
            life = settings.purposes[name].retention if name in settings.purposes else None
            if life is not None and keep.months * 30 + keep.days > life.months * 30 + life.days:
                message = f"longer than [purposes.{name}] retention, and no erasure reaches there"
                hint = "say that or less: what expires stays in this sink until then"
                yield Problem("PK473", DEFAULT_FILE, f"sinks.{i}.keep", message, hint)
                break
