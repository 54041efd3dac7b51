"""
Receivers of a purpose's data as visitors may read them: one list for every page and proof. Pure.

Who receives is named by the purpose (``[purposes] recipients``) or is behind a sink. Files and
memory of this machine are nobody, unless the configuration says who they are or that they are a
third party.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from privacykit.settings.model import Settings
from privacykit.settings.named_stores import named_sinks
from privacykit.settings.types import Role, SinkTable

HERE = frozenset({"jsonl", "memory"})
"""Kinds of sinks that are files or memory of this machine."""


class NamedReceiver(msgspec.Struct, frozen=True):
    """
    Somebody who receives data.

    Attributes:
        id: The name of the sink; of who is named by purposes alone, the key in
            ``[notice.recipients]`` that says more of that name, else the name.
        name: The public name, empty where none is stated.
        role: On our behalf, or on their own; ``None`` where nobody stated it.
        sink: The number of the sink; ``None`` without one.
    """

    id: str
    name: str
    role: Role | None
    sink: int | None = None

    @property
    def shown(self) -> str:
        """What visitors read: nothing of a processor without a public name."""
        return self.name or (self.id if self.role == "third_party" else "")


def sink_receivers(settings: Settings) -> Iterator[tuple[NamedReceiver, SinkTable]]:
    """Yield who is behind each sink, with the sink."""
    for number, id_, table in named_sinks(settings):
        name = _public_name(settings, id_, table)
        if name or table.role == "third_party" or table.type not in HERE:
            yield NamedReceiver(id_, name, table.role, number), table


def named_receivers(settings: Settings) -> Iterator[NamedReceiver]:
    """Yield each whom purposes name and who is behind no sink, once, in the order of the file."""
    behind = {name for one, _ in sink_receivers(settings) for name in (one.id, one.name)}
    said = {} if settings.notice is None else settings.notice.recipients
    stated = {one.name: (id_, one.role) for id_, one in said.items() if id_ not in behind}
    named = (name for table in settings.purposes.values() for name in table.recipients)
    for name in dict.fromkeys(named):
        if name not in behind:
            id_, role = stated.get(name, (name, None))
            yield NamedReceiver(id_, name, role)


def receivers_of(settings: Settings, purpose: str) -> tuple[NamedReceiver, ...]:
    """
    Return who receives data of *purpose*: those it names, then those whose sinks take its events.

    Args:
        settings: The configuration.
        purpose: A name in ``[purposes]``.
    """
    behind = [one for one, table in sink_receivers(settings) if purpose in table.purposes]
    asked = settings.purposes[purpose].recipients
    named = {one.name: one for one in named_receivers(settings)}
    return (*(named[name] for name in dict.fromkeys(asked) if name in named), *behind)


def shown_names(settings: Settings, *purposes: str) -> tuple[str, ...]:
    """Return who receives data of *purposes*, as visitors read it, once each."""
    found = (one.shown for purpose in purposes for one in receivers_of(settings, purpose))
    return tuple(dict.fromkeys(filter(None, found)))


def _public_name(settings: Settings, id_: str, table: SinkTable) -> str:
    said = {} if settings.notice is None else settings.notice.recipients
    return said[id_].name if id_ in said else table.recipient
