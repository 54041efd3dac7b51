"""
Events in columns: the Arrow schema of events, and batches of it. Needs the extra ``parquet``. Pure.

Columns are the members of :class:`~privacykit.collect.events.format.Event` and, beside them, of its
``data``, by the same names and in the same order, so that whatever is added to the event is a
column:

- times are UTC timestamps in milliseconds;
- parts (``place``, ``consent``, …) are structs of their members, ``consent.purposes`` a map;
- ``props``, whose values have no common type, is JSON text;
- what an event leaves out is null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, inspect
from msgspec.structs import asdict

from privacykit.collect.events.format import Event, EventData, moment
from privacykit.errors import MissingExtraError

if TYPE_CHECKING:
    import pyarrow as pa

_encode = msgspec.json.Encoder().encode
_SIMPLE = {inspect.StrType: "string", inspect.IntType: "int64", inspect.LiteralType: "string"}


@cache
def arrow_schema() -> pa.Schema:
    """
    Return the Arrow schema of events.

    Raises:
        MissingExtraError: The extra ``parquet`` is not installed.
    """
    return _arrow().schema([_column(field) for field in _members()])


def record_batch(events: Iterable[Event]) -> pa.RecordBatch:
    """
    Return *events* as one batch of :func:`arrow_schema`, a row each, in order. Nothing is lost.

    Raises:
        MissingExtraError: The extra ``parquet`` is not installed.
        ValueError: A time of an event is none.
    """
    schema = arrow_schema()
    cells = {field.name: _cell(field.type) for field in _members()}
    columns: dict[str, list[Any]] = {name: [] for name in cells}
    for event in events:
        for part in (event, event.data):
            for name, value in asdict(part).items():
                if name in cells:
                    columns[name].append(cells[name](value))
    return _arrow().RecordBatch.from_pydict(columns, schema=schema)


def _arrow() -> Any:  # noqa: ANN401 - a module without types
    try:
        import pyarrow as pa
    except ImportError:
        raise MissingExtraError("parquet", "events in columns") from None
    return pa


@cache
def _members() -> tuple[inspect.Field, ...]:
    """Return the members of an event, those of its data in the place of ``data``."""
    whole, data = inspect.type_info(Event), inspect.type_info(EventData)
    assert isinstance(whole, inspect.StructType)
    assert isinstance(data, inspect.StructType)
    return (*(field for field in whole.fields if field.name != "data"), *data.fields)


def _column(field: inspect.Field) -> Any:  # noqa: ANN401
    kind = _one(field.type)
    always = field.required and not isinstance(field.type, inspect.UnionType)
    return _arrow().field(field.name, _arrow_type(kind), nullable=not always)


def _one(kind: inspect.Type) -> inspect.Type:
    """Return the type of a member where there is one: without ``null``."""
    if isinstance(kind, inspect.UnionType):
        (kind,) = (each for each in kind.types if not isinstance(each, inspect.NoneType))
    return kind


def _is_moment(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.Metadata) and bool((kind.extra or {}).get("moment"))


def _bare(kind: inspect.Type) -> inspect.Type:
    return kind.type if isinstance(kind, inspect.Metadata) else kind


def _arrow_type(kind: inspect.Type) -> Any:  # noqa: ANN401
    arrow = _arrow()
    if _is_moment(kind):
        return arrow.timestamp("ms", tz="UTC")
    match _bare(kind):
        case inspect.StructType(fields=fields):
            return arrow.struct([_column(field) for field in fields])
        case inspect.VarTupleType(item_type=item):
            return arrow.list_(_arrow_type(item))
        case inspect.DictType(value_type=inspect.UnionType()):
            return arrow.string()
        case inspect.DictType(value_type=value):
            return arrow.map_(arrow.string(), _arrow_type(value))
        case bare:
            return arrow.type_for_alias(_SIMPLE[type(bare)])


def _cell(kind: inspect.Type) -> Callable[[Any], Any]:
    """Return what turns a member of *kind*, or its absence, into what Arrow takes for it."""
    make = _present(_one(kind))
    return lambda value: None if value is None or value is UNSET else make(value)


def _present(kind: inspect.Type) -> Callable[[Any], Any]:
    if _is_moment(kind):
        return moment
    match _bare(kind):
        case inspect.StructType(fields=fields):
            cells = {field.name: _cell(field.type) for field in fields}
            return lambda part: {name: cells[name](it) for name, it in asdict(part).items()}
        case inspect.DictType(value_type=inspect.UnionType()):
            return lambda value: _encode(value).decode()
        case inspect.DictType():
            return lambda value: list(value.items())
        case _:
            return lambda value: value
