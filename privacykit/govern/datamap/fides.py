"""
Read a Fides dataset (fideslang 3, parsed YAML) as a data map. Pure.

Fides follows every reference and takes each row it reaches for the person's. Here a reference
becomes a relation: *from* makes this row the other's (``owned_by``), *to* makes the row pointed at
this one's (``owns``), which keeps shared rows from being erased. What is lost on the way is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from privacykit.errors import DataMapError, Problem
from privacykit.govern.datamap.parts import UNWRITTEN
from privacykit.govern.datamap.toml import commented
from privacykit.personal.categories import is_category

_STRATEGIES = {
    "null_rewrite": "null",
    "string_rewrite": "mask",
    "random_string_rewrite": "random",
    "hash": "hash",
    "hmac": "hmac",
    "preserve": "keep",
}
_ORGANISATION = "organi" + "zation_fides_key"
_IGNORED = frozenset(
    {
        "name", "description", "data_categories", "fides_meta", "fidesops_meta", "fields", "meta",
        "data_qualifier", "fides_key", "collections", "tags", "third_country_transfers",
        "joint_controller", "version", _ORGANISATION,
    }
)  # fmt: skip
_META_IGNORED = frozenset(
    {
        "references", "identity", "primary_key", "masking_strategy_override", "data_type", "length",
        "return_all_elements", "read_only", "skip_processing", "resource_id", "namespace",
        "custom_request_field", "redact", "after", "erase_after", "partitioning",
    }
)  # fmt: skip


def import_fides(document: Mapping[str, Any], file: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """
    Turn parsed Fides YAML into a data map.

    Args:
        document: The file's content: ``dataset`` or ``datasets`` with a list.
        file: Its name, for messages.

    Returns:
        The document of a map, and what could not be carried over, in plain words.

    Raises:
        DataMapError: It is no Fides dataset, or has keys that fideslang does not know (PK235).
    """
    listed = document.get("dataset") or document.get("datasets")
    if not isinstance(listed, list) or not listed:
        raise DataMapError(
            Problem("PK235", file, "dataset", "no Fides dataset", "a list is needed")
        )
    notes: list[str] = []
    problems = [
        Problem("PK235", file, key, "fideslang has no such key", "mend its spelling")
        for dataset in listed
        for key in _unknown(dataset, str(dataset.get("fides_key", "?")))
    ]
    if problems:
        raise DataMapError(*problems)
    datasets, collections = {}, {}
    for dataset in listed:
        name = _name(str(dataset["fides_key"]))
        skipped = _skipped(dataset)
        url = {"env": re.sub(r"\W", "_", name).upper() + "_URL"}
        datasets[name] = {"description": str(dataset.get("description") or ""), "url": url}
        if skipped:
            why = f"{UNWRITTEN}: skip_processing in the Fides file; say why there is nothing"
            datasets[name]["excluded"] = dict.fromkeys(skipped, why)
        collections[name] = {
            item["name"]: _collection(name, item, notes)
            for item in dataset.get("collections") or []
            if item["name"] not in skipped
        }
    return {"version": 1, "datasets": datasets, "collections": collections}, tuple(notes)


def _unknown(node: Mapping[str, Any], path: str) -> Iterator[str]:
    for key in node:
        if key not in _IGNORED:
            yield f"{path}.{key}"
    for key in _meta(node):
        if key not in _META_IGNORED:
            yield f"{path}.fides_meta.{key}"
    for child in (*(node.get("collections") or ()), *(node.get("fields") or ())):
        yield from _unknown(child, f"{path}.{child.get('name', '?')}")


def _meta(node: Mapping[str, Any]) -> Mapping[str, Any]:
    return node.get("fides_meta") or node.get("fidesops_meta") or {}


def _name(key: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", key)


def _skipped(dataset: Mapping[str, Any]) -> list[str]:
    found = dataset.get("collections") or []
    return [item["name"] for item in found if _meta(item).get("skip_processing")]


def _collection(dataset: str, item: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    place = f"{dataset}.{item['name']}"
    override = (_meta(item).get("masking_strategy_override") or {}).get("strategy")
    collection: dict[str, Any] = {"erase": "delete" if override == "delete" else "fields"}
    if item.get("description"):
        collection["description"] = str(item["description"])
    if _meta(item).get("after") or _meta(item).get("erase_after"):
        notes.append(f"{place}: after and erase_after are dropped; keys give the order")
    if _meta(item).get("partitioning"):
        notes.append(f"{place}: partitioning is dropped")
    fields = dict(_fields(dataset, item, "", notes))
    keys = [name for name, meta in _walk(item, "") if meta.get("primary_key")]
    if keys:
        collection["key"] = keys
    else:
        notes.append(f"{place}: has no primary_key; the database's own is used")
    if any(isinstance(field, dict) and "identity" in field for field in fields.values()):
        collection["subject"] = True
    return collection | {"fields": fields}


def _walk(node: Mapping[str, Any], path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for field in node.get("fields") or []:
        name = f"{path}{field['name']}"
        yield name, _meta(field)
        yield from _walk(field, f"{name}.")


def _fields(
    dataset: str, node: Mapping[str, Any], path: str, notes: list[str]
) -> Iterator[tuple[str, Any]]:
    for field in node.get("fields") or []:
        name = f"{path}{field['name']}"
        if field.get("fields"):
            yield from _fields(dataset, field, f"{name}.", notes)
        else:
            yield name, _field(dataset, node, name, field, notes)


def _field(
    dataset: str, node: Mapping[str, Any], name: str, field: Mapping[str, Any], notes: list[str]
) -> dict[str, Any]:
    place = f"{dataset}.{node.get('name', '?')}.{name}"
    meta = _meta(field)
    given = [str(key) for key in field.get("data_categories") or []]
    known = [key for key in given if is_category(key)]
    notes += [f"{place}: '{key}' is no category of fideslang" for key in given if key not in known]
    if not known:
        known = [commented("user.content", "no known category in the Fides file; check")]
    line: dict[str, Any] = {"category": known[0] if len(known) == 1 else known}
    if meta.get("identity"):
        line["identity"] = str(meta["identity"])
    line |= _strategy(place, meta, notes)
    line |= _reference(place, meta.get("references") or [], notes)
    return line


def _strategy(place: str, meta: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    if meta.get("read_only"):
        return {"erase": "keep"}
    override = meta.get("masking_strategy_override")
    if not override:
        return {}
    strategy = str(override.get("strategy"))
    if strategy not in _STRATEGIES:
        notes.append(f"{place}: the strategy {strategy} has no counterpart; hmac is used")
        return {"erase": "hmac"}
    found: dict[str, Any] = {"erase": _STRATEGIES[strategy]}
    rewrite = (override.get("configuration") or {}).get("rewrite_value")
    return found | ({"to": str(rewrite)} if rewrite and found["erase"] == "mask" else {})


def _reference(place: str, references: list[Mapping[str, Any]], notes: list[str]) -> dict[str, Any]:
    if not references:
        return {}
    if len(references) > 1:
        notes.append(f"{place}: only the first of {len(references)} references is carried over")
    first = references[0]
    relation = "owns" if first.get("direction") == "to" else "owned_by"
    target = f"{_name(str(first.get('dataset')))}.{first.get('field')}"
    words = "Fides has no ownership; check"
    return {"references": target, "relation": commented(relation, words)}
