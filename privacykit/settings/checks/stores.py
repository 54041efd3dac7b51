"""Stores that must not share a file. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import normpath

from privacykit.errors import Problem
from privacykit.settings.model import Settings
from privacykit.settings.named_stores import outbox_url
from privacykit.settings.paths import SQLITE, Paths
from privacykit.settings.values import Url


def salts_apart(settings: Settings, file: str) -> Iterator[Problem]:
    """Salts are overwritten every midnight, never backed up: no store shares their file."""
    paths = Paths.beside(file)

    def sqlite_file(url: Url | None) -> str | None:
        # One that is not there yet is said by whoever opens the store.
        there = url if isinstance(url, str) else url.reveal() if url is not None else ""
        absolute = paths.url(there or "")
        return normpath(absolute.partition("?")[0]) if absolute.startswith(SQLITE) else None

    salts = sqlite_file(settings.salts.url)
    others = {
        "records.url": settings.records.url,
        "events.url": settings.events.url,
        "outbox.url": outbox_url(settings),  # said or not
        **{f"sinks.{i}.url": sink.url for i, sink in enumerate(settings.sinks)},
    }
    shared = [key for key, url in others.items() if salts and sqlite_file(url) == salts]
    if shared:
        message = f"{shared[0]} is the same file: no salt would ever be made"
        hint = "give the salts a file of their own"
        yield Problem("PK136", file, "salts.url", message, hint)
