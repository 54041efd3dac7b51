"""The words of Django's models to a draft of a data map. Reads the registry of applications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from privacykit.connectors.django.keys import (
    foreign_keys,
    generic_keys,
    key_line,
    owned_models,
    question,
)
from privacykit.connectors.django.marks import all_marks, privacy_of
from privacykit.connectors.django.packages import EXCLUDED, is_user
from privacykit.govern.datamap.proposal.said_in_code import SaidInCode
from privacykit.personal.mark import Personal

RETENTION_FROM = "rows grow old by no column that Django fills in itself"


def told_by_models(settings: Mapping[str, Any], alias: str) -> SaidInCode:
    """
    Return what the models whose tables are in one database say.

    Args:
        settings: ``PRIVACYKIT`` of the settings.
        alias: The database.

    Raises:
        ConfigurationError: PK211, PK213 or PK214, as :func:`.all_marks`.
    """
    models = _models(alias)
    people = {m for m in models if is_user(m) or privacy_of(m).get("subject")}
    owned = owned_models(models, people)
    lines: dict[tuple[str, str], Any] = {}
    more: dict[str, dict[str, Any]] = {}
    excluded: dict[str, str] = {}
    for model in models:
        table = model._meta.db_table
        if model._meta.label in EXCLUDED:
            excluded[table] = EXCLUDED[model._meta.label]
            continue
        relations, own = generic_keys(model, models, people | owned)
        keys = {f.column: key_line(f, people, owned) for f in foreign_keys(model)}
        here = {field.column for field in model._meta.local_concrete_fields}
        told = (keys | own | _told(model)).items()
        lines |= {(table, column): line for column, line in told if column in here}
        members = {"relations": relations} if relations else {}
        more[table] = members | _retention(model)
    marks = _marks(settings, set(models), lines)
    mapped = {m._meta.db_table for m in models if m in people | owned}
    mapped |= {table for table, members in more.items() if members}
    mapped |= {table for (table, _), mark in marks.items() if mark.withheld}
    subjects = frozenset(model._meta.db_table for model in people)
    return SaidInCode(marks, lines, more, excluded, subjects, frozenset(mapped - excluded.keys()))


def _models(alias: str) -> list[Any]:
    from django.apps import apps
    from django.db import router

    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy and router.allow_migrate_model(alias, model)
    ]


def _marks(
    settings: Mapping[str, Any], models: set[Any], lines: Mapping[tuple[str, str], Any]
) -> dict[tuple[str, str], Personal]:
    """Return the marks by table and column; a key to another row is said by its relation."""
    found: dict[tuple[str, str], Personal] = {}
    for model, marks in all_marks(settings):
        if model not in models:
            continue
        for name, mark in marks.items():
            column = getattr(model._meta.get_field(name), "column", None)
            if column is not None and (model._meta.db_table, column) not in lines:
                found[model._meta.db_table, column] = mark
    return found


def _told(model: Any) -> dict[str, Any]:
    """Return what a class ``Privacy`` excludes, by column, and of files that they are data too."""
    columns = {field.name: field.column for field in model._meta.concrete_fields}
    excluded = privacy_of(model).get("exclude", {}).items()
    return {columns[name]: {"exclude": why} for name, why in excluded if name in columns}


def _retention(model: Any) -> dict[str, Any]:
    span = privacy_of(model).get("retention")
    if not span:
        return {}
    by = [f.column for f in model._meta.local_concrete_fields if getattr(f, "auto_now_add", False)]
    start = by[0] if len(by) == 1 else question(RETENTION_FROM)["exclude"]
    return {"retention": [{"duration": span, "from": start}]}
