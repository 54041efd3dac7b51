"""
The law of mappings: nothing is sent that is not of the event, a constant or a setting. Pure.

It knows no product: it looks at what a mapping was given and at what came out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from privacykit.sinks.mapping.addresses import CampaignQuery
from privacykit.sinks.mapping.choices import Chosen
from privacykit.sinks.mapping.rules import FieldRule
from privacykit.sinks.mapping.shapes import SHAPES
from privacykit.sinks.mapping.sources import Const
from privacykit.sinks.mapping.tables import Each, Numbered


def foreign_values(
    made: object,
    *,
    fields: Iterable[FieldRule],
    event: Mapping[str, Any],
    settings: Mapping[str, Any],
    now: float,
    form_names: Iterable[str] = (),
) -> list[str]:
    """
    Return where in *made* something stands that is of nowhere.

    Args:
        made: What is sent, as JSON has it.
        fields: The fields of the mapping, and those of the batch.
        event: What it was made of, as JSON has it.
        settings: The sink's settings, credentials as texts.
        now: Unix seconds of the attempt.
        form_names: Names that the mapping's form brings.
    """
    known = [*leaves(event), *leaves(settings), now]
    names = set(form_names)
    for field in fields:
        names.update(field.to.split("/"))
        for part in parts_of(field.source):
            if isinstance(part, Const):
                known.append(part.value)
            elif isinstance(part, Chosen):
                known += part.table.values()
            elif isinstance(part, Each):
                names.update(part.named.apply(part.prefix + key) for key in keys(event))
            elif isinstance(part, CampaignQuery):
                names.update(part.told)
            elif isinstance(part, Numbered):
                names.update(f"{part.prefix}{number}" for number in leaves(settings))
    names.update(keys(event), *(keys(value) for value in settings.values()))
    names.update(value for value in leaves(settings) if isinstance(value, str))
    allowed = {(type(one), one) for one in _shaped(known)}
    texts = {one if isinstance(one, str) else str(one) for _, one in allowed} | names
    ordered = sorted(filter(None, texts), key=len, reverse=True)
    return [*_strangers(made, allowed, ordered, names, "")]


def parts_of(source: object) -> Iterator[object]:
    """Yield *source* and every source inside it."""
    yield source
    for slot in getattr(source, "__slots__", ()):
        inner = getattr(source, slot)
        for one in inner if isinstance(inner, tuple) else (inner,):
            if type(one).__module__.startswith("privacykit.sinks.mapping"):
                yield from parts_of(one)


def leaves(value: object) -> Iterator[object]:
    """Yield every value in *value* that is no table or list."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner)
    elif value is not None:
        yield value


def keys(value: object) -> Iterator[str]:
    """Yield every key of a table in *value*."""
    if isinstance(value, Mapping):
        yield from map(str, value)
        for inner in value.values():
            yield from keys(inner)


def _shaped(known: Iterable[object]) -> Iterator[object]:
    for value in known:
        yield value
        for shape in SHAPES:
            try:
                yield shape.apply(value)
            except (ValueError, TypeError, AttributeError, OverflowError, OSError):
                continue  # it is none of this value's


def _strangers(
    made: object,
    allowed: Collection[object],
    texts: Sequence[str],
    names: Collection[str],
    where: str,
) -> Iterator[str]:
    if isinstance(made, Mapping):
        for key, inner in made.items():
            if key not in names:
                yield f"{where}/{key} (a name)"
            yield from _strangers(inner, allowed, texts, names, f"{where}/{key}")
    elif isinstance(made, list):
        for at, inner in enumerate(made):
            yield from _strangers(inner, allowed, texts, names, f"{where}/{at}")
    elif isinstance(made, str) and made.startswith('{"'):
        yield from _strangers(msgspec.json.decode(made), allowed, texts, names, where)
    elif made is not None and not _is_of(made, allowed, texts):
        yield where


def _is_of(value: object, allowed: Collection[object], texts: Sequence[str]) -> bool:
    if (type(value), value) in allowed:
        return True
    if not isinstance(value, str):
        return False
    # A text may be joined of several: take away what is known, the longest first.
    for one in texts:
        value = value.replace(one, "")
    return not value.strip(",:;?&=/ ")
