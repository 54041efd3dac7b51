"""
The queries over a table in Spark. Pure. Values are joined with and stand in no statement.

Spark shows the text of a plan to whoever sees its event log or its pages: a literal of a condition
would stand there, and a parameter of a query too. What comes from a frame does not.
"""

# ruff: noqa: S608 - names are quoted, and no value stands in a statement

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from privacykit.connectors.lakehouse.rows.columns import kind_of_type
from privacykit.connectors.lakehouse.rows.sought import SoughtValues, Wanted

ROWS = "privacykit_rows"
"""What the rows of a table are called in a query."""

SOUGHT = "privacykit_sought_"
"""What the names of the frames begin with that values are looked for by."""

VALUE = "value"
"""Their one column, of text."""


class SparkCondition(NamedTuple):
    """
    A condition, and the frames that it names.

    Attributes:
        text: SQL; empty for every row.
        values: By the name of its frame the values of one, sorted.
        few: Whether only rows come that hold one of the values: they fit into memory.
    """

    text: str
    values: dict[str, list[str]]
    few: bool

    def __repr__(self) -> str:
        return "<SparkCondition>"


EVERY_ROW = SparkCondition("", {}, few=False)


def condition_of(
    wanted: Wanted,
    schema: Any,  # noqa: ANN401 - of Arrow
    file: str,
    folders: Mapping[str, Mapping[str, str | None]],
) -> SparkCondition:
    """
    Return the condition that no row fails which *wanted* fits.

    Args:
        wanted: What is looked for.
        schema: The Arrow schema of what the files hold.
        file: The column that says in which file a row is.
        folders: File to the columns that its folders give values.
    """
    parts, values, few = [], dict[str, list[str]](), True
    for number, one in enumerate(wanted or ()):
        name = f"{SOUGHT}{number}"
        found = _column(one.column, schema)
        if found is not None:
            text, some = _fits(one, *found, name)
            few = few and some is not None
        else:
            text, some = f"{quoted(file)} IN (SELECT {VALUE} FROM {name})", _files(one, folders)
            if some is None:
                return EVERY_ROW
        parts.append(text)
        if some is not None:
            values[name] = some
    return SparkCondition(" OR ".join(parts), values, few) if parts else EVERY_ROW


def _column(path: str, schema: Any) -> tuple[str, str] | None:  # noqa: ANN401 - of Arrow
    """Return the column at *path*, as SQL takes it, and what it holds; ``None`` for none."""
    import pyarrow as pa

    if schema.get_field_index(path) >= 0:
        return quoted(path), kind_of_type(schema.field(path).type)
    head, *rest = path.split(".")
    if not rest or schema.get_field_index(head) < 0:
        return None
    kind = schema.field(head).type
    for name in rest:
        if not pa.types.is_struct(kind) or kind.get_field_index(name) < 0:
            return None
        kind = kind.field(name).type
    return ".".join(map(quoted, (head, *rest))), kind_of_type(kind)


def _fits(one: SoughtValues, column: str, kind: str, name: str) -> tuple[str, list[str] | None]:
    if one.texts is None or kind not in {"text", "int"}:
        return f"{column} IS NOT NULL", None
    among = f"IN (SELECT {VALUE} FROM {name})"
    if kind == "int" or not one.folded:
        return f"CAST({column} AS STRING) {among}", sorted(one.texts)
    # Beyond ASCII, lower case is not the same everywhere: those rows are looked at.
    beyond = f"octet_length({column}) <> char_length({column})"
    return f"lower({column}) {among} OR {beyond}", sorted({it.lower() for it in one.texts})


def _files(one: SoughtValues, folders: Mapping[str, Mapping[str, str | None]]) -> list[str] | None:
    """Return the files whose folders give a column such a value; ``None`` where none has it."""
    given = {
        file: columns[one.column] for file, columns in folders.items() if one.column in columns
    }
    if len(given) < len(folders):
        return None
    return sorted(file for file, value in given.items() if _may_be(value, one))


def _may_be(value: str | None, one: SoughtValues) -> bool:
    if value is None:
        return False
    texts = one.texts
    if texts is None or value in texts:
        return True
    return one.folded and (not value.isascii() or value.lower() in {it.lower() for it in texts})


def holding_condition(
    values: Sequence[str],
    schema: Any,  # noqa: ANN401 - of Arrow
    file: str,
    folders: Mapping[str, Mapping[str, str | None]],
) -> SparkCondition:
    """
    Return the condition of the rows in some column of which one of *values* occurs.

    Args:
        values: In lower case.
        schema: The Arrow schema of what the files hold.
        file: The column that says in which file a row is.
        folders: File to the columns that its folders give values.
    """
    texts = [text for field in schema for text in _texts(field)]
    said = f"concat_ws('\\n', {', '.join(texts)})"
    held, named = f"{SOUGHT}0", f"{SOUGHT}1"
    parts = [f"EXISTS (SELECT 1 FROM {held} WHERE contains(lower({said}), {held}.{VALUE}))"]
    if not all(value.isascii() for value in values):
        parts.append(f"octet_length({said}) <> char_length({said})")
    files = sorted(
        it
        for it, columns in folders.items()
        if any(value in (told or "").lower() for told in columns.values() for value in values)
    )
    if files:
        parts.append(f"{quoted(file)} IN (SELECT {VALUE} FROM {named})")
    frames = {held: sorted(values)} | ({named: files} if files else {})
    return SparkCondition(" OR ".join(parts), frames, few=True)


def _texts(field: Any) -> list[str]:  # noqa: ANN401 - of Arrow
    column = quoted(field.name)
    found = [f"CAST({column} AS STRING)"]
    if kind_of_type(field.type) == "float":
        # A number with an exponent is written out.
        found.append(f"CAST(try_cast({column} AS DECIMAL(38, 6)) AS STRING)")
    return found


def rows_query(condition: SparkCondition) -> str:
    """Return the query for the rows of a table that fulfil *condition*."""
    return f"SELECT * FROM {ROWS}{f' WHERE {condition.text}' if condition.text else ''}"


def quoted(name: str) -> str:
    """Return a name as SQL takes it."""
    return "`" + name.replace("`", "``") + "`"


def plain_path(path: str) -> str:
    """Return *path* so that Spark takes no character of it for a pattern."""
    return "".join(f"\\{it}" if it in "[]{}*?\\" else it for it in path)
