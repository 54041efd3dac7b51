"""Marks in tables and models of SQLAlchemy, by table and column. Imports the application's code."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from sqlalchemy import MetaData, Table

from privacykit.errors import ConfigurationError, InputError
from privacykit.personal.mark import Personal, mark_of
from privacykit.personal.marks import INFO, marks_of


def marks_in(module: str) -> dict[tuple[str, str], Personal]:
    """
    Return what the models of a module say of their columns.

    Args:
        module: Its dotted name; every metadata and every base class that it holds is read.

    Returns:
        Table (with its schema before a dot) and column to the mark: ``info`` of the column, an
        annotation of the model, or a declaration.

    Raises:
        InputError: The module cannot be imported, or holds no tables.
        ConfigurationError: PK213, no data category.
    """
    try:
        found = import_module(module)
    except ConfigurationError:
        raise
    except Exception:  # noqa: BLE001 - whatever the application's code raises
        raise InputError("that module cannot be imported from here") from None
    tables, mappers = _described(found)
    if not tables:
        raise InputError("that module holds no tables of SQLAlchemy")
    marks = {
        (table.fullname, column.name): mark_of(column.info[INFO])
        for table in tables.values()
        for column in table.columns
        if INFO in column.info
    }
    for mapper in mappers:
        for name, mark in marks_of(mapper.class_).items():
            if name in mapper.columns:
                column = mapper.columns[name]
                marks[column.table.fullname, column.name] = mark
    return marks


def _described(module: ModuleType) -> tuple[dict[str, Table], set[Any]]:
    """Return the tables and the mappers that *module* holds or leads to."""
    tables: dict[str, Table] = {}
    mappers: set[Any] = set()
    for value in vars(module).values():
        for metadata in _metadata(value):
            tables |= dict(metadata.tables)
        registry = getattr(value, "registry", None)
        mappers |= set(getattr(registry, "mappers", ()))
    return tables, mappers


def _metadata(value: object) -> Iterator[MetaData]:
    if isinstance(value, Table | MetaData):
        yield value.metadata if isinstance(value, Table) else value
    elif isinstance(found := getattr(value, "metadata", None), MetaData):
        yield found
