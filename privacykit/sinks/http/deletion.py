"""
The deletion interface of an HTTP backend as data: what is asked, and how answers are read. Pure.

A call is made of the same sources as a mapping. In place of an event they read: ``ids``, those that
one call asks for; ``id``, the first of them; ``found``, what :attr:`DeletionAPI.find` found;
``task``, the backend's own name of what it works on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from privacykit.sinks.deletes import DeletionLevel, FoundBy
from privacykit.sinks.http.answers import Answer, by_status
from privacykit.sinks.kind import NoOptions
from privacykit.sinks.mapping.rules import FieldRule
from privacykit.sinks.mapping.sources import ValueSource
from privacykit.webhook import AnswerKind

TASK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
"""What a task may be called: it is put into a path."""

State = Literal["done", "working", "failed"]


class CallReading(msgspec.Struct, frozen=True):
    """
    What the answer of one call says.

    Attributes:
        kind: Whether it was taken at all.
        wait: Seconds that we are asked to wait, if we are.
        found: Of *find*: what there is yet; nothing means that nothing is left of these ids.
        tasks: Of *ask* or *find*: what goes on once it was asked for, to be followed.
        state: Of *follow*: how far it is.
        said: A word of the backend's or of ours, free of data; the status, if there is none.
    """

    kind: AnswerKind = AnswerKind.TAKEN
    wait: float | None = None
    found: Sequence[Any] = ()
    tasks: tuple[str, ...] = ()
    state: State = "done"
    said: str = ""


CallReader = Callable[[Answer], CallReading]


def taken(answer: Answer) -> CallReading:
    """Read the status alone."""
    said = by_status(answer)
    return CallReading(said.kind, said.wait)


@dataclass(frozen=True, slots=True)
class DeletionCall:
    """
    One call.

    Attributes:
        path: Behind the URL of the interface.
        read: Reads the answer.
        method: In capitals.
        query: Parameters of the query.
        fields: The fields of the body.
        form: Whether the body is a form, with lists and tables as PHP spells them, and no JSON.
    """

    path: ValueSource
    read: CallReader = taken
    method: Literal["GET", "POST"] = "POST"
    query: tuple[FieldRule, ...] = ()
    fields: tuple[FieldRule, ...] = ()
    form: bool = False


@dataclass(frozen=True, slots=True)
class DeletionAPI:
    """
    How a backend is asked to delete what it got of a person.

    Where there is *find*, ids are looked for until nothing is found, and what was found is asked
    for; else each id is asked for once. Either way what goes on then is followed until it is done.

    Attributes:
        by: The field of the mapping whose values it looks for.
        ask: The call that deletes.
        most: Ids in one call.
        url: Where it is; empty: where events go to.
        headers: Of all calls, made of settings and constants; authentication among them.
        find: The call that looks for what there is.
        follow: The call that asks how far a task is.
        options: The keys that only this interface knows, of the table ``deletion``.
        found_by: Whether one of its ids may stand for several people.
        switch: A key of the sink without which the backend finds nothing; empty if it needs none.
        table: Whether it cannot do without the table ``deletion``.
        named: Whether a task is the name of an order and says nothing of anybody, so that a
            receipt may show it.
        content_type: Of bodies that are no form.
    """

    by: str
    ask: DeletionCall
    most: int = 1
    url: str = ""
    headers: tuple[FieldRule, ...] = ()
    find: DeletionCall | None = None
    follow: DeletionCall | None = None
    options: type[msgspec.Struct] = NoOptions
    found_by: FoundBy = "visitor"
    switch: str = ""
    table: bool = True
    named: bool = False
    content_type: str = "application/json"

    @property
    def level(self) -> DeletionLevel:
        """The most that it can say: where it neither shows nor follows, it only takes the order."""
        return "none" if self.find is None and self.follow is None else "logical"

    def facts(self) -> Iterable[tuple[str, str]]:
        """Yield what the documentation tells of it."""
        yield "looks for", f"what was sent as `{self.by.replace('/', '.')}`"
        for name, call in (("finds", self.find), ("asks", self.ask), ("follows", self.follow)):
            if call is not None:
                yield name, f"`{call.method}` {_words(call.path).replace('always ', '')}"
        for field in self.ask.fields:
            yield f"field `{field.to.replace('/', '.')}`", _words(field.source)
        yield "ids in one call", f"at most {self.most:,}"


_SAID = {
    "of the sink": "of `[sinks.deletion]`",
    "`sink_token` of `[sinks.deletion]`": "`token` of the sink",
    "`ids`": "the ids",
    "`id`": "the id",
    "`found`": "what was found",
    "`task`": "what goes on",
}


def _words(source: ValueSource) -> str:
    told = source.words()
    for ours, said in _SAID.items():
        told = told.replace(ours, said)
    return told


def within(answer: Answer, *path: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what stands at *path* in an answer of tables; ``None`` where there is nothing."""
    found = answer.json()
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def tasks_of(*names: object) -> tuple[str, ...]:
    """Return those of *names* that can be followed."""
    return tuple(str(name) for name in names if name is not None and TASK.fullmatch(str(name)))
