"""
Keys between Django's models as relations of a data map: whose a row is, by ``on_delete``. Pure.

Laws of this file: ``CASCADE`` says that a row goes with the one it points at, so it is theirs;
``SET_NULL`` that it stays, so they only see it; whatever says neither is a question for somebody
who knows, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from privacykit.govern.datamap.parts import UNWRITTEN

_WHOSE = "is this row theirs (relation owned_by), or do they only see it (accessed_by)?"
NOBODYS = "system.operations"
KEY = "user.unique_id"


def question(words: str) -> dict[str, str]:
    """Return the line of a column of which somebody has to say more: the check minds it (PK247)."""
    return {"exclude": f"{UNWRITTEN}: {words}"}


def foreign_keys(model: Any) -> list[Any]:
    """Return the fields of *model* that are keys to one other row, in their order."""
    return [field for field in model._meta.local_concrete_fields if field.remote_field]


def target_of(field: Any) -> Any:
    """Return the model in whose table the row stands that *field* points at."""
    return field.remote_field.model._meta.concrete_model


def on_delete_of(field: Any) -> str:
    """Return the name of what becomes of the row when the other one is deleted."""
    return str(getattr(field.remote_field.on_delete, "__name__", ""))


def owned_models(models: Sequence[Any], people: set[Any]) -> set[Any]:
    """Return the models whose rows go with a person's, over however many keys."""
    owned: set[Any] = set()
    grown = True
    while grown:
        before = len(owned)
        for model in set(models) - people - owned:
            keys = [f for f in foreign_keys(model) if on_delete_of(f) == "CASCADE"]
            above = {target_of(field) for field in keys} | _generic_owners(models, model)
            if not above.isdisjoint(people | owned):
                owned.add(model)
        grown = len(owned) > before
    return owned


def key_line(field: Any, people: set[Any], owned: set[Any]) -> Any:
    """Return the line of the column of *field*, a key to one other row."""
    target = target_of(field)
    if target not in people | owned:
        return NOBODYS
    line = _line(field, target, people)
    if not getattr(field, "db_constraint", True) and "relation" in line:
        place = f"{target._meta.db_table}.{field.target_field.column}"
        return line | {"references": place}
    return line


def _line(field: Any, target: Any, people: set[Any]) -> dict[str, str]:
    does, model = on_delete_of(field), field.model
    others = [f for f in foreign_keys(model) if f is not field and on_delete_of(f) == "CASCADE"]
    to_people = [f for f in others if target_of(f) in people]
    if does == "CASCADE":
        if target in people and _owns(field, to_people):
            return {"category": KEY, "relation": "owned_by"}
        if target not in people and not to_people:
            return {"category": KEY, "relation": "owned_by"}
        first = (to_people or others)[0].name
        return question(f"rows go with {first} and with {field.name}; {_WHOSE}")
    if does == "SET_NULL":
        if target in people and model not in people:
            return {"category": KEY, "relation": "accessed_by", "erase": "detach"}
        place = f"{target._meta.db_table}.{field.target_field.column}"
        return {"category": KEY, "references": place, "erase": "detach"}
    return question(f"on_delete is {does or 'nothing that is known'}; {_WHOSE}")


def _owns(field: Any, others: Sequence[Any]) -> bool:
    """Tell whether *field* says whose a row is, though *others* lead to people too."""
    if not others or field.remote_field.parent_link:
        return True
    order = [each.name for each in field.model._meta.local_concrete_fields]
    through = bool(field.model._meta.auto_created)
    return through and all(order.index(field.name) < order.index(each.name) for each in others)


def generic_keys(
    model: Any,
    models: Sequence[Any],
    ours: set[Any],
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """
    Return the relations over content types of *model*, and the lines of their columns.

    Args:
        model: A model of Django's.
        models: All of them: one that says ``GenericRelation`` takes the rows along when it goes.
        ours: Those whose rows are people's.
    """
    relations: list[dict[str, Any]] = []
    lines: dict[str, Any] = {}
    for key in model._meta.private_fields:
        if not hasattr(key, "ct_field") or not hasattr(key, "fk_field"):
            continue
        if getattr(key, "mti_inherited", False):  # its columns are in the parent's table
            continue
        kind, number = (model._meta.get_field(name).column for name in (key.ct_field, key.fk_field))
        targets = [each for each in _pointing_back(models, model, key) if each in ours]
        relations += [_generic(kind, number, each) for each in targets]
        told = f"with {kind} it points at rows of any model; name those that are people's"
        lines[number] = NOBODYS if targets else question(told)
    return relations, lines


def _generic_owners(models: Sequence[Any], model: Any) -> set[Any]:
    """Return the models that take rows of *model* along by a ``GenericRelation``."""
    keys = [key for key in model._meta.private_fields if hasattr(key, "fk_field")]
    return {owner for key in keys for owner in _pointing_back(models, model, key)}


def _pointing_back(models: Sequence[Any], model: Any, key: Any) -> Iterator[Any]:
    for each in models:
        for field in each._meta.private_fields:
            named = getattr(field, "object_id_field_name", None)
            if named == key.fk_field and target_of(field) is model:
                yield each


def _generic(kind: str, number: str, target: Any) -> dict[str, Any]:
    meta = target._meta
    return {
        "kind": "owned_by",
        "columns": [number],
        "references": [meta.db_table, meta.pk.column],
        "type": {
            "columns": [kind],
            "references": ["django_content_type", "id"],
            "where": [f'app_label = "{meta.app_label}"', f'model = "{meta.model_name}"'],
        },
    }
