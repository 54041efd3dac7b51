"""Purposes and their uses: every name that a key uses is defined. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.errors import Problem
from privacykit.policy.words import Use
from privacykit.settings.model import Settings
from privacykit.toml_files.words import did_you_mean


def purpose_problems(settings: Settings) -> Iterator[Problem]:
    """Yield names of purposes and uses that nothing defines."""
    yield from _names(settings)
    for id_, table in settings.purposes.items():
        key = f"purposes.{id_}"
        weaker = settings.purposes.get(table.otherwise or "")
        if weaker is not None and weaker.otherwise is not None:
            message = "the weaker purpose has a weaker one itself, or is this one"
            hint = "name a purpose without 'otherwise'"
            yield _problem("PK016", f"{key}.otherwise", message, hint)
        for use in table.uses:
            if use not in list(Use):
                hint = did_you_mean(use, Use, "name some of: " + ", ".join(Use))
                yield _problem("PK017", f"{key}.uses", "no such use", hint)


def _names(settings: Settings) -> Iterator[Problem]:
    purposes = settings.purposes
    named = [("events.page", settings.events.page)]
    named += [(f"cookies.{glob}", name) for glob, name in settings.cookies.items()]
    for i, sink in enumerate(settings.sinks):
        named += [(f"sinks.{i}.purposes", name) for name in sink.purposes]
    named += [(f"purposes.{id_}.otherwise", table.otherwise) for id_, table in purposes.items()]
    for i, banner in enumerate(settings.banners):
        for category, meant in banner.categories.items():
            named += [(f"banners.{i}.categories.{category}", name) for name in meant]
    if settings.tcf is not None:
        named += [("tcf.google_providers", name) for name in settings.tcf.google_providers]
    for who, storages in settings.tags.storages().items():
        for storage, meant in storages.items():
            named += [(f"tags.{who}.{storage}", name) for name in meant]
    for key, name in named:
        if name is not None and name not in purposes:
            known = "name one of: " + ", ".join(purposes) if purposes else "define it: [purposes.…]"
            yield _problem("PK015", key, "no such purpose", did_you_mean(name, purposes, known))


def _problem(id_: str, key: str, message: str, hint: str) -> Problem:
    return Problem(id_, "", key, message, hint)
