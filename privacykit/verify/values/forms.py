"""
Forms: what may stand in each member of an event and each column of ours, by their own schemas.

Those of an event are read off the format itself: what has a pattern or a list of values there may
stand there and nowhere else; every other text goes through the detectors, and so does a member that
the format does not know. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from msgspec import inspect

from privacykit.collect.events.format import Event

Fits = Callable[[str], bool]

_HEX = re.compile(r"[0-9a-f]{8,128}")
_ID = re.compile(r"[0-9a-f]{16}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_REFERENCE = re.compile(rf"{_UUID.pattern}|[0-9a-f]{{32}}")
_CHANCE = re.compile(r"(?:drill-)?(?:[0-9a-f]{16}|[0-9a-f]{32})")
_LABEL = re.compile(r"[A-Z][A-Z0-9-]*@[0-9a-f]{12}")
_ANYTHING = re.compile(r".*", re.DOTALL)
_BATCH = re.compile(rf"{_UUID.pattern}(?:~[0-9a-f]{{16}})*")
_RECORD = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_-]{22}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(T\d\d)?")
_WRAPPED = re.compile(r"[A-Za-z0-9+/_-]{80}")
_ACTOR = re.compile(r"system|op-[0-9a-f]{16}")
_OWNER = re.compile(r"|[0-9a-f]{0,16}\.\d{1,9}\.\d{0,20}\.[0-9a-f]{16}|[0-9a-f]{16,32}")


@cache
def event_forms() -> Mapping[str, Fits]:
    """Return what fits each member of an event, by its path, where its schema says so."""
    return dict(_forms(inspect.type_info(Event), ""))


def _forms(kind: inspect.Type, path: str) -> Iterator[tuple[str, Fits]]:
    if isinstance(kind, inspect.Metadata):
        kind = kind.type
    if isinstance(kind, inspect.StructType):
        for field in kind.fields:
            yield from _forms(field.type, f"{path}.{field.name}" if path else field.name)
    elif isinstance(kind, inspect.UnionType):
        for one in kind.types:
            yield from _forms(one, path)
    elif isinstance(kind, inspect.StrType) and kind.pattern:
        yield path, _matching(re.compile(kind.pattern))
    elif isinstance(kind, inspect.LiteralType):
        yield path, frozenset(map(str, kind.values)).__contains__
    elif isinstance(kind, inspect.IntType):
        yield path, _matching(re.compile(r"\d{1,3}"))
    elif isinstance(kind, inspect.VarTupleType):
        yield from _forms(kind.item_type, path)


def _matching(pattern: re.Pattern[str]) -> Fits:
    return lambda text: pattern.search(text) is not None


def _whole(pattern: re.Pattern[str]) -> Fits:
    return lambda text: pattern.fullmatch(text) is not None


_OF_COLUMNS: Mapping[str, re.Pattern[str]] = {
    "visitor": re.compile(r"[0-9a-f]{32}"),
    "subject": re.compile(r"[0-9a-f]{32}"),
    "record": _RECORD,
    "key": _HEX,
    "hash": _HEX,
    "exact": _HEX,
    "text_hash": _HEX,
    "prev_hash": _HEX,
    "detail_digest": _HEX,
    "digest": _HEX,
    "fingerprint": _HEX,
    "seal": _HEX,
    "token_hash": _HEX,
    "request_id": _REFERENCE,
    "plan_id": _CHANCE,
    "plan": _CHANCE,
    "hold": _CHANCE,
    "hold_id": _CHANCE,
    "incident": _CHANCE,
    "incident_id": _CHANCE,
    "made_by": _ACTOR,
    "question": _HEX,
    "subject_ref": _REFERENCE,
    "day": _DAY,
    "first_day": _DAY,
    "last_day": _DAY,
    "actor": _ACTOR,
    "owner": _OWNER,
    "policies": _LABEL,
    "policy": _LABEL,
    "text_version": _HEX,
    "confirmed_by": _ACTOR,
    "salt": _ANYTHING,
    "batch": _BATCH,
    "last": _UUID,
}
"""
What keyed hashes, references and names of processes look like, by the columns that hold them. Salts
are random bytes.
"""

_OF_TABLES: Mapping[tuple[str, str], re.Pattern[str]] = {
    ("outbox_batches", "id"): _BATCH,
    ("outbox_rejected", "id"): _UUID,
    ("events", "id"): _UUID,
    ("audit_head", "frontier"): _ANYTHING,
    ("consent_head", "frontier"): _ANYTHING,
    ("consent_entries", "ended"): re.compile(r"[\[\]0-9, -]*"),
    ("leases", "name"): re.compile(rf"retention {_ID.pattern}"),
    ("sealing_keys", "kid"): _HEX,
    ("sealing_keys", "person"): _HEX,
    ("sealing_keys", "wrapped_by"): _HEX,
    ("sealing_keys", "wrapped"): _WRAPPED,
    ("sealing_wrapping", "id"): _HEX,
    ("audit_checkpoints", "note"): re.compile(r"[\x20-\x7e\n\u2014]*"),
    ("anonymisations", "plan.policy"): re.compile(r"ids: key [0-9a-f]{8,64}"),
    ("consent_texts", "body"): _ANYTHING,
    ("consents", "notice"): re.compile(r"|[0-9a-f]{12}@\d{4}-\d\d-\d\d"),
    ("stops", "key"): re.compile(rf"[0-9a-f]{{32}}|{_RECORD.pattern}"),
}
"""
Columns of one table. Frontiers are hashes alone, checkpoints are signed notes, and texts that were
shown are the site's own words.
"""


@cache
def column_form(table: str, path: str) -> Fits | None:
    """Return what fits *path* in *table*, a table of ours; ``None`` where any text would."""
    name = path.rpartition(".")[2]
    pattern = _OF_TABLES.get((table, path)) or _OF_COLUMNS.get(name)
    return None if pattern is None else _whole(pattern)
