"""TOML text to :class:`DataMap`, or every problem with id, file and key. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from privacykit.errors import DataMapError, InputError, Problem
from privacykit.govern.datamap.collection import Collection
from privacykit.govern.datamap.field import Field
from privacykit.govern.datamap.model import DataMap
from privacykit.govern.datamap.path import split_field
from privacykit.toml_files.lines import syntax_problem, with_lines
from privacykit.toml_files.words import meant_key, words_of

HINTS = {
    "PK211": "remove it or mend its spelling; what is unknown is never skipped",
    "PK213": "`privacykit datamap categories` lists them",
    "PK277": "see relations and places inside a column in the reference of the data map",
    "PK214": "define it, or mend its spelling",
    "PK219": "give that field an identity: no key joins two stores, identities do",
    "PK216": 'write `name = "user.name"` or `name = { exclude = "why" }`',
}

OF_SINKS = "privacykit-"
"""How the recipients are called that are sinks of ours: no recipient of a map may be."""


def parse_datamap(text: str, file: str = "datamap.toml") -> DataMap:
    """
    Read a data map.

    Args:
        text: The TOML text.
        file: Its name, for messages.

    Raises:
        DataMapError: With every problem found: not TOML (PK210), unknown key (PK211), wrong value
            (PK212), unknown category (PK213), name not defined (PK214), strategy without its
            parameter (PK215), field neither mapped nor excluded (PK216), subject that nothing
            identifies (PK217), reference into another store without identity (PK219), key
            under a condition or place inside a column that cannot be read (PK277).
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataMapError(syntax_problem("PK210", file, error)) from None
    try:
        datamap = build_datamap(document, file)
        _check_recipients(datamap, file)
    except DataMapError as error:
        raise DataMapError(*with_lines(error.problems, text)) from None
    return datamap


def _check_recipients(datamap: DataMap, file: str) -> None:
    """
    Refuse names of sinks: our own map, which is built, has them; one that is written may not.

    Raises:
        DataMapError: There is one.
    """
    message = f"a name that begins with {OF_SINKS} is a sink's"
    if found := [name for name in datamap.recipients if name.startswith(OF_SINKS)]:
        keys = (f"recipients.{name}" for name in found)
        raise DataMapError(*(Problem("PK212", file, it, message, "choose another") for it in keys))


def build_datamap(document: dict[str, Any], file: str) -> DataMap:
    """
    Make a data map of a parsed *document*.

    Raises:
        DataMapError: As :func:`parse_datamap`.
    """
    try:
        datamap = DataMap.model_validate(document)
    except ValidationError as error:
        raise DataMapError(*_problems(error, file)) from None
    if found := [
        Problem(i, file, key, message, HINTS.get(i, "")) for i, key, message in _names(datamap)
    ]:
        raise DataMapError(*found)
    return datamap


def _problems(error: ValidationError, file: str) -> Iterator[Problem]:
    for item in error.errors(include_input=False, include_url=False):
        kind, key = item["type"], ".".join(str(part) for part in item["loc"])
        if kind == "extra_forbidden":
            near = meant_key(DataMap, item["loc"])
            hint = HINTS["PK211"] if near == "remove it" else near
            yield Problem("PK211", file, key, "no such key", hint)
        else:
            identifier = kind if kind.startswith("PK") else "PK212"
            yield Problem(identifier, file, key, words_of(item), HINTS.get(identifier, ""))


_Found = Iterator[tuple[str, str, str]]


def _names(datamap: DataMap) -> _Found:
    """Names that nothing defines, and what no single line can know."""
    for name, dataset in datamap.datasets.items():
        key = f"datasets.{name}"
        if dataset.system and dataset.system not in datamap.systems:
            yield "PK214", f"{key}.system", "no such system"
        yield from _undefined(dataset.recipients, datamap.recipients, f"{key}.recipients")
        if both := sorted(dataset.excluded.keys() & datamap.of(name).keys()):
            yield "PK216", f"{key}.excluded.{both[0]}", "is mapped and excluded"
    for dataset_name, collections in datamap.collections.items():
        if dataset_name not in datamap.datasets:
            yield "PK214", f"collections.{dataset_name}", "no such dataset"
        for name, collection in collections.items():
            yield from _collection(
                datamap, dataset_name, collection, f"collections.{dataset_name}.{name}"
            )


def _retention(collection: Collection, key: str) -> _Found:
    fields = collection.fields
    for rule in collection.retention:
        yield from _undefined(_columns(rule.from_, rule.where), fields, key)
        if counted := rule.aggregate:
            yield from _undefined(counted.columns(), fields, key)
            for name in counted.columns():
                if name in fields and fields[name].personal:
                    yield "PK215", f"{key}.aggregate", f"{name} speaks of a person"


def _collection(datamap: DataMap, dataset: str, collection: Collection, key: str) -> _Found:
    yield from _undefined(collection.recipients, datamap.recipients, f"{key}.recipients")
    yield from _undefined(collection.key, collection.fields, f"{key}.key")
    store = datamap.datasets.get(dataset)
    if collection.via == "orm" and store is not None and store.kind != "django":
        yield "PK215", f"{key}.via", 'orm is for a dataset with connector = "django"'
    for rule in collection.keep:
        yield from _undefined((rule.reason,), datamap.reasons, f"{key}.keep")
        columns = (*_columns(rule.from_, rule.where), *rule.with_)
        yield from _undefined(columns, collection.fields, f"{key}.keep")
    yield from _retention(collection, f"{key}.retention")
    for relation in collection.relations:
        named = (*relation.columns, *(item.column for item in relation.where))
        named += relation.type.columns if relation.type else ()
        yield from _undefined(named, collection.fields, f"{key}.relations")
    for composite in collection.identities:
        columns = tuple(composite.parts.values())
        yield from _undefined(columns, collection.fields, f"{key}.identities")
    for flag in (collection.restriction, collection.objection):
        if flag:
            yield from _undefined((flag.column,), collection.fields, key)
    for name, field in collection.fields.items():
        yield from _place(name, f"{key}.fields.{name}")
        yield from _field(datamap, dataset, collection, field, f"{key}.fields.{name}")
    identified = collection.identities or any(f.identity for f in collection.fields.values())
    if collection.subject and not identified:
        yield "PK217", key, "its rows are people, yet no field has an identity"


def _place(name: str, key: str) -> _Found:
    try:
        split_field(name)
    except InputError as error:
        yield "PK277", key, str(error)


def _field(
    datamap: DataMap, dataset: str, collection: Collection, field: Field, key: str
) -> _Found:
    yield from _undefined(field.keep, datamap.reasons, f"{key}.keep")
    named = {name for name, it in collection.fields.items() if it.identity}
    if field.about and field.about not in _relation_columns(collection) | named:
        yield "PK214", f"{key}.about", "names no column with a relation or an identity"
    if field.references:
        found = _reference(datamap, dataset, field.references)
        if found is None:
            yield "PK214", f"{key}.references", "reads [dataset.]collection.column, all mapped"
        elif found[0] != dataset and not datamap.of(found[0])[found[1]].fields[found[2]].identity:
            yield "PK219", f"{key}.references", "points at a field of another dataset"


def _relation_columns(collection: Collection) -> set[str]:
    single = {name for name, field in collection.fields.items() if field.relation}
    return single | {column for rule in collection.relations for column in rule.columns}


def _reference(datamap: DataMap, dataset: str, text: str) -> tuple[str, str, str] | None:
    head, _, column = text.rpartition(".")
    for place, name in ((dataset, head), tuple(head.split(".", 1)) if "." in head else ("", "")):
        collection = datamap.of(place).get(name)
        if collection and column in collection.fields:
            return place, name, column
    return None


def resolve_reference(datamap: DataMap, dataset: str, text: str) -> tuple[str, str, str]:
    """Return dataset, collection and column of a reference that :func:`parse_datamap` accepted."""
    found = _reference(datamap, dataset, text)
    assert found is not None, "checked when the map was read"
    return found


def _columns(start: str | None, where: tuple[Any, ...]) -> tuple[str, ...]:
    return ((start,) if start else ()) + tuple(condition.column for condition in where)


def _undefined(names: tuple[str, ...], defined: Any, key: str) -> _Found:  # noqa: ANN401 - any mapping
    for name in names:
        if name not in defined:
            yield "PK214", key, f"'{name}' is not defined"
