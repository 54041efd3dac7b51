"""Values that a configuration file may spell in more than one way: credentials and durations."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from pydantic import GetCoreSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


class Credential:
    """
    A value that must not be printed: written out, ``{ env = "X" }`` or ``{ file = "…" }``.

    It is read when asked for, so that a rotated file is seen, and it never prints.
    """

    __slots__ = ("_kind", "_where")

    def __init__(self, kind: str, where: str) -> None:
        self._kind = kind
        self._where = where

    def __repr__(self) -> str:
        return f"<Credential from {self._kind}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Credential) and (self._kind, self._where) == (
            other._kind,
            other._where,
        )

    def __hash__(self) -> int:
        return hash((self._kind, self._where))

    @property
    def is_written_out(self) -> bool:
        """Whether the configuration file holds the value itself."""
        return self._kind not in {"env", "file"}

    @property
    def missing(self) -> str | None:
        """Why there is no value, in words; ``None`` where there is one."""
        if self.reveal():
            return None
        if self._kind == "env":
            return "the environment variable that it names is not set"
        return "the file that it names cannot be read, or is empty" if self._kind == "file" else ""

    def reveal(self) -> str | None:
        """Return the value, ``None`` when the environment or the file system has none."""
        if self._kind == "env":
            return os.environ.get(self._where)
        if self._kind == "file":
            try:
                return Path(self._where).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                return None
        return self._where

    @classmethod
    def parse(cls, value: object, folder: Path | None = None) -> Credential:
        """
        Read one of the three spellings.

        Args:
            value: What the file says.
            folder: Where relative paths start from: the configuration file's folder.

        Raises:
            PydanticCustomError: It is none of them.
        """
        if isinstance(value, Credential):
            return value
        if isinstance(value, str):
            return cls("the configuration", value)
        if isinstance(value, dict) and len(value) == 1:
            kind, where = next(iter(value.items()))
            if kind == "file" and isinstance(where, str):
                return cls(kind, str((folder or Path()) / Path(where).expanduser()))
            if kind == "env" and isinstance(where, str):
                return cls(kind, where)
        raise PydanticCustomError(
            "credential", 'expected text, { env = "NAME" } or { file = "PATH" }'
        )

    @classmethod
    def __get_pydantic_core_schema__(cls, _: object, __: GetCoreSchemaHandler) -> CoreSchema:
        def read(value: object, info: ValidationInfo) -> Credential:
            return cls.parse(value, (info.context or {}).get("folder"))

        return core_schema.with_info_plain_validator_function(read)

    @classmethod
    def __get_pydantic_json_schema__(cls, _: CoreSchema, __: object) -> dict[str, object]:
        one = {"type": "object", "additionalProperties": False}
        return {
            "anyOf": [
                {"type": "string"},
                *(
                    one | {"properties": {key: {"type": "string"}}, "required": [key]}
                    for key in ("env", "file")
                ),
            ]
        }


Url = str | Credential
"""A URL, which may hold a login: written out, or as a credential may be."""


_DURATION = re.compile(r"^(\d{1,4}) (day|week|month|year)s?$")
_MONTHS = {"month": 1, "year": 12}
_DAYS = {"day": 1, "week": 7}


_SHORTEST_MONTH: Final = 28
"""Days of a February."""


class DurationText:
    """
    A calendar duration: ``"13 months"``, ``"30 days"``, ``"2 years"``.

    Attributes:
        months: Calendar months.
        days: Days on top.
    """

    __slots__ = ("days", "months")

    def __init__(self, months: int = 0, days: int = 0) -> None:
        self.months = months
        self.days = days

    @property
    def shortest_days(self) -> int:
        """How many days it is at least, whenever it begins."""
        days: int = self.months * _SHORTEST_MONTH + self.days
        return days

    def __repr__(self) -> str:
        return f"Duration(months={self.months}, days={self.days})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DurationText) and (self.months, self.days) == (
            other.months,
            other.days,
        )

    def __hash__(self) -> int:
        return hash((self.months, self.days))

    @classmethod
    def parse(cls, value: object) -> DurationText:
        """
        Read a number and a unit.

        Raises:
            PydanticCustomError: It is not of that form, or nothing long.
        """
        if isinstance(value, DurationText):
            return value
        found = _DURATION.match(value) if isinstance(value, str) else None
        if found is None or int(found[1]) == 0:
            raise PydanticCustomError(
                "duration", 'expected a number and a unit, as in "13 months" or "30 days"'
            )
        number, unit = int(found[1]), found[2]
        return cls(number * _MONTHS.get(unit, 0), number * _DAYS.get(unit, 0))

    @classmethod
    def __get_pydantic_core_schema__(cls, _: object, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls.parse)

    @classmethod
    def __get_pydantic_json_schema__(cls, _: CoreSchema, __: object) -> dict[str, object]:
        return {"type": "string", "pattern": _DURATION.pattern}
