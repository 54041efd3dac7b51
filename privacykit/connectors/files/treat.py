"""The treatment of one row of a file, what became of many, and what may be shown. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from privacykit.connectors.files.owned_rows import FileWhose
from privacykit.connectors.files.record import known_by, value_at, with_value
from privacykit.errors import InputError, StoreError
from privacykit.govern.erasure.export_fields import Mine, exported_fields, may_name_strangers
from privacykit.govern.erasure.ownership import Ownership
from privacykit.govern.erasure.ports.connector import REDACTED, Context, Where
from privacykit.govern.erasure.ports.work import Applied, Work
from privacykit.govern.erasure.strategies import weaken
from privacykit.govern.erasure.treatment import (
    CO_OWNED,
    NAMED,
    OWN,
    REFERENCED,
    SEEN,
    SOMEBODYS,
    Cut,
    FieldChange,
    cuts_of,
    explains,
    structure,
    treat,
)
from privacykit.govern.erasure.whole_values import INSIDE, stands_alone
from privacykit.govern.planned import PlanStep
from privacykit.govern.records import Action
from privacykit.govern.words import ErasureStrategy

_encoder = msgspec.json.Encoder(order="sorted", enc_hook=str)


class Treatment:
    """Decides, row by row, what a plan's step does to it."""

    def __init__(self, ownership: Ownership, whose: FileWhose, context: Context) -> None:
        self._ownership = ownership
        self._whose = whose
        self._context = context

    def decide(self, name: str, step: PlanStep, values: Mapping[str, Any]) -> dict[str, Any] | bool:
        """
        Return new values, ``False`` for a row that goes, ``True`` for one that is left alone.

        Raises:
            StoreError: A strategy does not fit the value.
        """
        kind = step.justification or OWN
        now = self._whose.kind(name, values)
        if step.action is Action.DELETE:
            # What pointed at the row may have gone in the file before.
            return not (now == OWN or (now is None and self._whose.ownerless(name, values)))
        if step.action in {Action.CHANGE, Action.DETACH} and now != kind:
            return True
        if step.action is Action.CHANGE:
            return self._changed(values, self._changes(name, kind))
        if step.action is Action.DETACH:
            return self._detached(name, kind, values)
        return self._marked(name, step, values)

    def _changes(self, name: str, kind: str) -> Sequence[FieldChange]:
        selection = self._context.selection
        if not isinstance(selection, Where):
            return treat(self._ownership, name, kind)[1]
        fields = self._ownership.collections[name].fields
        wanted = selection.fields or [n for n, field in fields.items() if field.personal]
        table = self._ownership.tables[name]
        return [
            FieldChange(column, fields[n].erase or selection.then, fields[n].to)
            for n in wanted
            if (column := table.column(n)) is not None
        ]

    def _detached(self, name: str, kind: str, values: Mapping[str, Any]) -> dict[str, Any] | bool:
        found: dict[str, Any] = {}
        for cut in _leading(self._ownership, self._whose, name, kind, values):
            found = self._changed(found or values, cut.changes)
        return found or True

    def _marked(
        self, name: str, step: PlanStep, values: Mapping[str, Any]
    ) -> dict[str, Any] | bool:
        if not self._whose.found(name, values):
            return True
        new = dict(values)
        if step.action is Action.RECTIFY:
            changes = self._context.changes
            for column, value in changes.items():
                new = with_value(new, column, value)
            if any(value_at(new, column) != value for column, value in changes.items()):
                return True
        else:
            mapped = self._ownership.collections[name]
            objects = step.justification == "objection"
            flag = mapped.objection if objects else mapped.restriction
            if flag is not None:
                new = with_value(new, flag.column, flag.value)
        return new

    def _changed(self, values: Mapping[str, Any], changes: Sequence[FieldChange]) -> dict[str, Any]:
        """
        Return *values* with *changes* made.

        Raises:
            StoreError: A strategy does not fit.
        """
        row, new = _encoder.encode(values), dict(values)
        for change in changes:
            path = change.column.name
            old = value_at(values, path)
            durable = change.strategy is ErasureStrategy.HMAC
            key = self._context.key if durable else self._context.salt
            if durable and not key:
                raise StoreError("the strategy hmac needs a key (PK227)")
            try:
                weak = weaken(old, change.strategy, change.column, change.to, key=key, row=row)
            except InputError as error:
                raise StoreError(f"a strategy does not fit: {error} (PK226)") from None
            if old is not None:
                new = with_value(new, path, weak)
        return new


def _leading(
    ownership: Ownership, whose: FileWhose, name: str, kind: str, values: Mapping[str, Any]
) -> Iterator[Cut]:
    """Yield how a row of *kind* that stays is cut loose: each way that leads to the person."""
    for cut in cuts_of(ownership, name, kind):
        if cut.tie is not None:
            mine = whose.tied(cut.tie, values)
        else:
            mine = cut.is_person or whose.in_column(name, cut.changes[0].column.name, values)
        if mine:
            yield cut


def action_of(
    ownership: Ownership,
    whose: FileWhose,
    collection: str,
    values: Mapping[str, Any],
    kind: str,
    context: Context,
) -> Action:
    """Return what is to become of a row of *kind*, for a person or for rows that are over."""
    selection = context.selection
    if isinstance(selection, Where) and kind == OWN:
        return Action.DELETE if selection.then is ErasureStrategy.DELETE else Action.CHANGE
    if isinstance(selection, Where) and kind == REFERENCED:
        return Action.KEEP
    action = treat(ownership, collection, kind)[0]
    if kind not in SOMEBODYS or action is Action.KEEP:
        return action
    changes = (c for it in _leading(ownership, whose, collection, kind, values) for c in it.changes)
    there = any(value_at(values, change.column.name) is not None for change in changes)
    return action if there else Action.KEEP


class WorkCount:
    """
    How many rows of each batch were met, and how many of them were treated.

    Of rows that are equal as many count as were planned, though all of them are treated alike.

    Args:
        work: The batches.
    """

    def __init__(self, work: Sequence[Work]) -> None:
        self._sizes = [len(item.keys) for item in work]
        self._planned = Counter(
            (number, known_by(key)) for number, item in enumerate(work) for key in item.keys
        )
        self._met: dict[bool, Counter[tuple[int, tuple[str, ...]]]] = {
            True: Counter(),
            False: Counter(),
        }

    def note(self, number: int, *known: str, treated: bool) -> None:
        """Count a row of the batch *number* that *known* names."""
        self._met[treated][number, known] += 1

    def applied(self) -> list[Applied]:
        """Return what became of each batch; rows not met were gone."""
        changed, skipped = Counter[int](), Counter[int]()
        for place, planned in self._planned.items():
            done = min(planned, self._met[True][place])
            changed[place[0]] += done
            skipped[place[0]] += min(planned - done, self._met[False][place])
        return [
            Applied(changed[number], size - changed[number] - skipped[number], skipped[number])
            for number, size in enumerate(self._sizes)
        ]


def redacted(
    ownership: Ownership,
    whose: FileWhose,
    name: str,
    values: Mapping[str, Any],
    context: Context,
    known: Mine,
) -> dict[str, Any]:
    """Return what of a row its person may see; *known* are the values that are theirs."""
    fields = exported_fields(ownership.collections[name].fields, given=context.given)
    shown = {path: value_at(values, path) for path in fields}
    kind = whose.kind(name, values)
    ties = [tie for tie in ownership.ties[name] if tie.points]
    to_me = {column for tie in ties if whose.tied(tie, values) for column in tie.columns}
    if kind not in {*SEEN, *CO_OWNED, NAMED} and not whose.others(name, values):
        named = (c for c in may_name_strangers(ownership, name) if c in shown and c not in to_me)
        return _blackened(shown, known.strangers(fields, named, shown))
    to_others = {column for tie in ties for column in tie.columns} - to_me
    fixed, black = structure(ownership, name), []
    # What hangs on the person among people is somebody else.
    seen = kind in SEEN or (kind in CO_OWNED and ownership.collections[name].subject)
    for path, field in fields.items():
        mine = path in ownership.identity_fields(name) and known.holds(field, shown[path])
        strange = path in to_others or field.about in to_others
        strange = strange or bool(field.identity and not mine and path not in to_me)
        if seen and field.personal and field.about not in to_me and path not in fixed:
            strange = strange or not mine
        if strange:
            black.append(path)
    return _blackened(shown, black)


def _blackened(shown: dict[str, Any], paths: Sequence[str]) -> dict[str, Any]:
    """Return *shown* without what stands at *paths*, in a whole that holds one of them either."""
    black = [path for path in paths if shown[path] is not None]
    return {
        path: REDACTED
        if any(inner == path or inner.startswith(f"{path}.") for inner in black)
        else value
        for path, value in shown.items()
    }


def why_it_stands(
    ownership: Ownership,
    whose: FileWhose,
    name: str,
    values: Mapping[str, Any],
    found: tuple[str, str],
    wanted: Sequence[str],
) -> str | None:
    """
    Return why one of *wanted* may stand in a row; ``None`` where nobody says.

    Args:
        ownership: The dataset's ties.
        whose: Says whose rows are.
        name: The collection, mapped or not.
        values: The row.
        found: The path at which it stands, and what is written there.
        wanted: The values, of which it is one.
    """
    path, text = found
    kind = whose.kind(name, values) if name in ownership.collections else None
    if kind is not None and explains(ownership, name, kind, path):
        return kind
    return None if stands_alone(text, wanted) else INSIDE
