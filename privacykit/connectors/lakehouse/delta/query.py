"""The query that reads what may fit, so that files can be passed over. Pure. It is kept nowhere."""

from __future__ import annotations

from typing import Any

from privacykit.connectors.lakehouse.rows.columns import kind_of_type
from privacykit.connectors.lakehouse.rows.sought import SoughtValues, Wanted

MOST = 2000
"""Values in one query; more, and every row is read and looked at."""


def query_of(wanted: Wanted, schema: Any) -> str:  # noqa: ANN401 - of Arrow
    """
    Return the query over ``t``: never fewer rows than *wanted* fits.

    Args:
        wanted: What is looked for.
        schema: The table's Arrow schema.
    """
    parts = [_part(one, schema) for one in wanted or ()]
    known = [part for part in parts if part is not None]
    if wanted is None or len(known) < len(parts):
        return "SELECT * FROM t"
    return f"SELECT * FROM t WHERE {' OR '.join(known)}"  # noqa: S608 - values are quoted


def _part(one: SoughtValues, schema: Any) -> str | None:  # noqa: ANN401 - of Arrow
    number = schema.get_field_index(one.column)
    if number < 0 or one.texts is None or one.folded or len(one.texts) > MOST:
        return None
    kind = kind_of_type(schema.field(number).type)
    column = '"' + one.column.replace('"', '""') + '"'
    if kind == "text":
        values = ["'" + text.replace("'", "''") + "'" for text in sorted(one.texts)]
    elif kind == "int":
        values = [text for text in sorted(one.texts) if _whole(text)]
    else:
        return None
    return f"{column} IN ({', '.join(values)})" if values else "FALSE"


def _whole(text: str) -> bool:
    return text.removeprefix("-").isascii() and text.removeprefix("-").isdigit()
