"""Write TOML: as much of it as a data map needs. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


class Commented(str):
    """
    Text to write, with a comment behind it.

    Attributes:
        comment: One line.
    """

    __slots__ = ("comment",)

    comment: str


def commented(value: str, comment: str) -> Commented:
    """Return *value*, to be written with *comment*."""
    text = Commented(value)
    text.comment = comment
    return text


def write_toml(document: Mapping[str, Any]) -> str:
    """
    Write *document* as TOML.

    Args:
        document: Text, numbers, booleans, lists and tables. A table directly under ``fields`` is
            written in one line; other tables get a header.
    """
    lines: list[str] = []
    _table(document, (), lines)
    return "\n".join(lines).strip() + "\n"


def _table(table: Mapping[str, Any], path: tuple[str, ...], lines: list[str]) -> None:
    inline = path[-1:] == ("fields",)
    simple = {k: v for k, v in table.items() if inline or not isinstance(v, Mapping) or _small(v)}
    if path and simple:
        lines += ["", f"[{'.'.join(map(_key, path))}]"]
    for key, value in simple.items():
        comment = _comment(value)
        lines.append(f"{_key(key)} = {_value(value)}" + (f"  # {comment}" if comment else ""))
    for key, value in table.items():
        if key not in simple:
            _table(value, (*path, key), lines)


def _small(table: Mapping[str, Any]) -> bool:
    """Say whether *table* is a credential, which is written in one line."""
    return len(table) == 1 and table.keys() <= {"env", "file"}


def _comment(value: object) -> str:
    if isinstance(value, Commented):
        return value.comment
    items = value.values() if isinstance(value, Mapping) else ()
    return next((item.comment for item in items if isinstance(item, Commented)), "")


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:  # noqa: ANN401 - any TOML value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    # TOML's basic strings escape as JSON's do, but for DEL.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
