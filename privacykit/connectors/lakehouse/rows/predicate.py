"""The condition of what may fit, so that files can be passed over. Pure. It is kept nowhere."""

from __future__ import annotations

from typing import Any

from privacykit.connectors.lakehouse.rows.columns import kind_of_type
from privacykit.connectors.lakehouse.rows.sought import SoughtValues, Wanted

MOST = 2000
"""Values in one condition; more, and every row is read and looked at."""


def sql_condition(wanted: Wanted, schema: Any, quote: str = '"') -> str:  # noqa: ANN401 - of Arrow
    """
    Return the condition in SQL: never fewer rows than *wanted* fits; empty for every row.

    Args:
        wanted: What is looked for.
        schema: The table's Arrow schema.
        quote: What stands around the name of a column.
    """
    parts = [_part(one, schema, quote) for one in wanted or ()]
    known = [part for part in parts if part is not None]
    return "" if wanted is None or len(known) < len(parts) else " OR ".join(known)


def _part(one: SoughtValues, schema: Any, quote: str) -> str | None:  # noqa: ANN401 - of Arrow
    number = schema.get_field_index(one.column)
    if number < 0 or one.texts is None or one.folded or len(one.texts) > MOST:
        return None
    if quote in one.column:  # not every engine knows how to write it
        return None
    kind = kind_of_type(schema.field(number).type)
    column = f"{quote}{one.column}{quote}"
    if kind == "text":
        values = ["'" + text.replace("'", "''") + "'" for text in sorted(one.texts)]
    elif kind == "int":
        values = [text for text in sorted(one.texts) if _whole(text)]
    else:
        return None
    return f"{column} IN ({', '.join(values)})" if values else "FALSE"


def _whole(text: str) -> bool:
    return text.removeprefix("-").isascii() and text.removeprefix("-").isdigit()
