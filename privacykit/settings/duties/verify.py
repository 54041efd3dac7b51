"""``[verify]``: the log files, the last report, and what database roles may read. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from privacykit.toml_files.words import pattern

STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)
"""As every table of the file: keys it does not know are errors."""

_READS = pattern(
    r"^[A-Za-z_*][\w*-]*(\.[A-Za-z_*][\w*]*){0,3}$",
    "dataset.collection or dataset.collection.field; * is every one",
)
Reads = Annotated[str, StringConstraints(pattern=_READS)]
"""Fields that a role may read: ``shop.orders``, ``shop.orders.total``, ``shop.*``."""


class RoleTable(BaseModel):
    """
    What one database role is for.

    Attributes:
        purposes: The purposes it serves; data mapped for one of them it may read.
        reads: What else it may read, or all that it may where no purposes are said.
        never: What it may not read, whatever its purposes are.
    """

    model_config = STRICT

    purposes: list[str] = []
    reads: list[Reads] = []
    never: list[Reads] = []


class VerifyTable(BaseModel):
    """
    What ``privacykit verify`` looks at beside the stores.

    Attributes:
        logs: Log files, as patterns of paths.
        report: The file that keeps the last run's report, signed.
        roles: Database roles, by name, for statement logs.
    """

    model_config = STRICT

    logs: list[Annotated[str, Field(min_length=1)]] = []
    report: str = "privacykit.verified.json"
    roles: dict[str, RoleTable] = {}
