"""
Marks of Django's models: the nested class ``Privacy``, the settings, and what is known of packages.

Reads the registry of applications. What a model of your own says stands before what is known of
packages, and what the settings say before both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from privacykit.connectors.django.packages import known_fields
from privacykit.errors import ConfigurationError, Problem
from privacykit.personal.mark import Personal, mark_of

SETTING = "PERSONAL"
"""In ``PRIVACYKIT`` of Django's settings: label of a model to its fields and their categories."""
MEMBERS: Mapping[str, type] = {"fields": dict, "subject": bool, "exclude": dict, "retention": str}
"""What a class ``Privacy`` may say, and as what."""


def privacy_of(model: Any) -> dict[str, Any]:
    """
    Return what the nested class ``Privacy`` of *model*, or of its abstract parents, says.

    Raises:
        ConfigurationError: PK211, it says something else; PK215, or not as it is to be said.
    """
    told = next((each.Privacy for each in _bodies(model) if "Privacy" in vars(each)), None)
    parts = reversed(told.__mro__) if isinstance(told, type) else ()
    found = {n: v for each in parts for n, v in vars(each).items() if not n.startswith("_")}
    if unknown := sorted(found.keys() - MEMBERS.keys()):
        raise ConfigurationError(
            _wrong("PK211", f"{model._meta.label}.Privacy.{unknown[0]}", "an unknown member")
        )
    for name, kind in MEMBERS.items():
        if not isinstance(found.get(name, kind()), kind):
            key, message = f"{model._meta.label}.Privacy.{name}", f"not a {kind.__name__}"
            raise ConfigurationError(_wrong("PK215", key, message))
    return found


def _bodies(model: Any) -> Iterator[Any]:
    """Yield *model* and its abstract parents, up to the next model with a table of its own."""
    from django.db.models import Model

    for each in model.__mro__:
        is_model = issubclass(each, Model) and each is not Model
        if is_model and each is not model and not each._meta.abstract:
            return
        yield each


def marks_of_model(model: Any, settings: Mapping[str, Any]) -> dict[str, Personal]:
    """
    Return the marks of *model* by the names of its fields.

    Args:
        model: A model of Django's.
        settings: ``PRIVACYKIT`` of the settings.

    Raises:
        ConfigurationError: PK211, PK213 or PK214: a member, category or field that is none.
    """
    label = model._meta.label
    named = dict(known_fields(model))
    named |= privacy_of(model).get("fields", {})
    named |= settings.get(SETTING, {}).get(label, {})
    there = {field.name for field in model._meta.get_fields()}
    columns = {field.name for field in model._meta.concrete_fields}
    excluded = privacy_of(model).get("exclude", {}).keys()
    for name in [*named, *(excluded - columns)]:
        if name not in there or name in excluded - columns:
            raise ConfigurationError(
                _wrong("PK214", f"{label}.{name}", "the model has no such field")
            )
    return {name: mark_of(told) for name, told in named.items()}


def all_marks(settings: Mapping[str, Any]) -> Iterator[tuple[Any, dict[str, Personal]]]:
    """
    Yield every model that is marked, with its marks.

    Args:
        settings: As for :func:`marks_of_model`.

    Raises:
        ConfigurationError: As there, or PK214: the settings name a model that is none.
    """
    from django.apps import apps

    models = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}
    for label in settings.get(SETTING, {}):
        if label not in models:
            raise ConfigurationError(
                _wrong("PK214", f"PRIVACYKIT.{SETTING}.{label}", "no such model is installed")
            )
    for model in models.values():
        if marks := marks_of_model(model, settings):
            yield model, marks


def _wrong(number: str, key: str, message: str) -> Problem:
    hint = "mend its spelling"
    return Problem(number, "models of Django", key, message, hint)
