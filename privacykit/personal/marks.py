"""
The marks of a class, read from its annotations, from SQLAlchemy's columns and from declarations.

Pure but for a register of declarations, which lasts as long as the process.

Laws of this file: a field whose annotation cannot be read counts as personal (P2); reading an
object asks no database: of an object of SQLAlchemy or Django only what is loaded is seen.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Annotated, Any, Protocol, get_args, get_origin, get_type_hints, runtime_checkable

from privacykit.personal.mark import Personal, mark_of

UNREAD = Personal("user")
"""The mark of a field whose annotation names what cannot be found."""
INFO = "personal"
"""The key in ``Column.info`` of SQLAlchemy."""
MOST_CLASSES = 4096

_declared: dict[type, dict[str, Personal]] = {}


@runtime_checkable
class _Struct(Protocol):
    """A class of msgspec, as it names its fields."""

    __struct_fields__: tuple[str, ...]


@runtime_checkable
class _Model(Protocol):
    """A class of pydantic, as it describes its fields."""

    __pydantic_fields__: dict[str, Any]


@runtime_checkable
class _Attrs(Protocol):
    """A class of attrs, as it describes its fields."""

    __attrs_attrs__: tuple[Any, ...]


@runtime_checkable
class _Named(Protocol):
    """A named tuple, or a row of SQLAlchemy, as it names its fields."""

    _fields: tuple[str, ...]


@runtime_checkable
class _Mapped(Protocol):
    """A class of SQLAlchemy, as its mapper describes it."""

    __mapper__: Any


def declare(kind: type, **marked: object) -> None:
    """
    Mark fields of a class that is not yours: ``declare(User, email="user.contact.email")``.

    Args:
        kind: The class; its subclasses have the marks too.
        marked: Name of a field to its category, several, or a :class:`.Personal`. A later
            declaration of a field stands in the place of an earlier one.

    Raises:
        ConfigurationError: PK213, no data category of fideslang.
    """
    found = {name: mark_of(told) for name, told in marked.items()}
    _declared.setdefault(kind, {}).update(found)
    marks_of.cache_clear()


@lru_cache(MOST_CLASSES)
def marks_of(kind: type) -> Mapping[str, Personal]:
    """
    Return the marks of *kind* by the names of its fields; those of its bases too.

    A field that is annotated again without a mark keeps that of the base: whoever means that it is
    nobody's says ``system.operations``.

    Raises:
        ConfigurationError: PK213, a column's ``info`` names no data category.
    """
    marks = {name: mark for base in reversed(kind.__mro__) for name, mark in _annotated(base)}
    if isinstance(kind, _Mapped):
        for attribute in kind.__mapper__.column_attrs:
            told = _info(attribute.columns[0])
            marks |= {} if told is None else {attribute.key: mark_of(told)}
    for base in reversed(kind.__mro__):
        marks |= _declared.get(base, {})
    return marks


def _info(column: Any) -> object:  # noqa: ANN401 - of SQLAlchemy, which need not be here
    """Return what a column says of itself, or an expression by the first column that says so."""
    info = getattr(column, "info", None)
    if isinstance(info, Mapping):
        return info.get(INFO)
    return next(filter(None, map(_info, column.get_children())), None)


def withheld_fields(kind: type) -> frozenset[str]:
    """Return the fields of *kind* that speak of a person."""
    return frozenset(name for name, mark in marks_of(kind).items() if mark.withheld)


def fields_of(value: object) -> dict[str, object] | None:
    """
    Return the fields of an instance of a model by name, ``None`` where it is none.

    Args:
        value: An instance of a dataclass, of pydantic, attrs or msgspec, a named tuple, a row of
            SQLAlchemy, a ``SimpleNamespace``, or of any class with a declared or SQLAlchemy's mark.
    """
    return _fields(value, type(value))


def _fields(value: object, kind: type) -> dict[str, object] | None:
    names = _names(kind)
    if names is None and (row := named_items(value)) is not None:
        return row
    if isinstance(value, SimpleNamespace):
        return dict(vars(value))
    if names is not None:
        extra = getattr(value, "__pydantic_extra__", None) or {}
        return {name: getattr(value, name, None) for name in names} | extra
    if not marks_of(kind):
        return None
    loaded = getattr(value, "__dict__", {})
    return {name: told for name, told in loaded.items() if not name.startswith("_")}


def named_items(value: object) -> dict[str, object] | None:
    """Return the items of a named tuple or a row by their names, ``None`` of anything else."""
    if not (isinstance(value, Sequence) and isinstance(value, _Named)):
        return None
    names: object = value._fields  # of a row each has its own, and of its class it is a property
    return dict(zip(names, value, strict=False)) if isinstance(names, tuple) else None


@lru_cache(MOST_CLASSES)
def _names(kind: type) -> tuple[str, ...] | None:
    """Return the fields of a model, ``None`` where it is none, or its objects load them late."""
    if isinstance(kind, _Mapped):
        return None
    named: tuple[str, ...] | None = None
    if is_dataclass(kind):
        named = tuple(field.name for field in fields(kind))
    elif isinstance(kind, _Struct):
        named = kind.__struct_fields__
    elif isinstance(kind, _Model):
        named = tuple(kind.__pydantic_fields__)
    elif isinstance(kind, _Attrs):
        named = tuple(each.name for each in kind.__attrs_attrs__)
    elif isinstance(told := getattr(kind, "_fields", None), tuple):
        named = told
    return named


def _annotated(kind: type) -> Iterator[tuple[str, Personal]]:
    """Yield the marks in the annotations of *kind*."""
    if isinstance(kind, _Model):
        for name, field in kind.__pydantic_fields__.items():
            found = [each for each in field.metadata if isinstance(each, Personal)]
            if mark := next(iter(found), None) or _inside(field.annotation):
                yield name, mark
        return
    model = _names(kind) is not None or isinstance(kind, _Mapped)
    for name, hint in _hints(kind).items():
        mark = _inside(hint)
        if mark is not None and (model or mark is not UNREAD):
            yield name, mark


def _hints(kind: type) -> dict[str, object]:
    try:
        return get_type_hints(kind, include_extras=True)
    except Exception:  # noqa: BLE001 - whatever an annotation says when it is evaluated
        return _each_hint(kind)


def _each_hint(kind: type) -> dict[str, object]:
    """Read annotations one by one, so that one which cannot be read speaks for itself only."""
    found: dict[str, object] = {}
    for base in reversed(kind.__mro__):
        names = vars(sys.modules.get(base.__module__, object)) | {base.__name__: base}
        for name, told in vars(base).get("__annotations__", {}).items():
            probe = type("Probe", (), {"__annotations__": {name: told}})
            try:
                hints = get_type_hints(probe, dict(names), dict(vars(base)), include_extras=True)
            except Exception:  # noqa: BLE001 - as above
                hints = {name: Annotated[object, UNREAD]}
            found |= hints
    return found


def _inside(hint: object) -> Personal | None:
    """Return the first mark anywhere in *hint*: of an optional text or of a list's items too."""
    if get_origin(hint) is Annotated:
        inner, *told = get_args(hint)
        marks = [each for each in told if isinstance(each, Personal)]
        return marks[0] if marks else _inside(inner)
    return next(filter(None, map(_inside, get_args(hint))), None)
