"""Sinks that stand in each other's way: by place and role, or by name. Reads their URLs."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from privacykit.errors import Problem
from privacykit.settings.model import Settings
from privacykit.settings.named_stores import EVENT_STORE, named_sinks
from privacykit.settings.types import SinkTable
from privacykit.settings.values import Credential
from privacykit.toml_files.words import did_you_mean


def sink_problems(settings: Settings) -> Iterator[Problem]:
    """
    Yield sinks of two roles at one place, two of one name, and those of a site that is none.

    What a third party may not have, since nobody allowed the sale, would reach it as a processor.
    By its name the outbox knows what it owes to a sink: of two the one would get nothing.
    """
    names = {EVENT_STORE} if settings.events.url is not None else set()
    for i, name, _ in named_sinks(settings):
        if name in names:
            hint = "give it another name; the event store's is 'events'"
            yield Problem("PK047", "", f"sinks.{i}.name", "a sink before it has this name", hint)
        names.add(name)
    sites = [site.id for site in settings.site]
    for i, table in enumerate(settings.sinks):
        for site in table.sites or ():
            if site not in sites:
                hint = did_you_mean(site, sites, f"name some of: {', '.join(sites)}")
                yield Problem("PK075", "", f"sinks.{i}.sites", "no such site", hint)
    roles: dict[str | Credential, str] = {}
    for i, table in enumerate(settings.sinks):
        first = roles.setdefault(_place(table), table.role)
        if first != table.role:
            message = "the same place is a processor's and a third party's"
            hint = "give both sinks the role 'third_party', or send to one of them only"
            yield Problem("PK039", "", f"sinks.{i}.role", message, hint)


def _place(table: SinkTable) -> str | Credential:
    """
    Return where *table* sends to, as far as one operator reaches: a host, a file, a kind.

    What cannot be read here is the place that the file names for it.
    """
    url = (table.url.reveal() or table.url) if isinstance(table.url, Credential) else table.url
    if url is None or isinstance(url, Credential):
        return url or table.type
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    return host or url
