"""
The column map: which columns of somebody's events file a report reads. Reads maps of ours.

Names are columns of CSV or Parquet, or dotted paths in the objects of JSON lines.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from privacykit.errors import ConfigurationError, InputError, Problem
from privacykit.toml_files.lines import with_lines

MAPPED: Final = {
    "page": "page",
    "channel": "channel",
    "campaign": "campaign",
    "content": "content",
    "referrer_host": "referrer_host",
    "country": "country",
    "region": "region",
    "language": "language",
    "device": "device",
    "browser": "browser",
    "os": "os",
    "currency": "currency",
}
"""Texts that are taken as they are."""

_PROPERTY: Final = re.compile(r"[A-Za-z0-9_]{1,64}")


class ColumnMap(BaseModel):
    """
    Where an events file keeps what a report reads.

    Attributes:
        time: When: ISO 8601 (without a zone: UTC), or seconds, milliseconds or microseconds since
            1970.
        visitor: Whose; rows without, or with an empty text, are in no figure.
        name: What happened; where it is empty, a page was seen: ``page``.
        visit: The visit, where the file has visits; otherwise they are cut.
        order: What orders events of one instant: numbers or texts; otherwise their place in the
            file.
        value: Money.
        optional: Whether columns may be missing in a file, other than time, visitor and name.
        digits: How many decimals ``value`` has, at most; money is counted in the smallest unit.
        basis: A column that says ``consent`` or ``law``.
        policies: A column that names the policies of an event, ``id@hash`` or ids, separated by
            anything but letters, digits, ``-`` and ``@``.
        ids: What visitor ids allow: ``consented`` ones last, ``daily`` ones end at midnight;
            unsaid they end at midnight, but for events that are of nobody.
        properties: Columns to compare with ``prop.NAME``: names, or names and where they are.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    time: str
    visitor: str
    name: str
    visit: str | None = None
    order: str | None = None
    page: str | None = None
    channel: str | None = None
    campaign: str | None = None
    content: str | None = None
    referrer_host: str | None = None
    country: str | None = None
    region: str | None = None
    language: str | None = None
    device: str | None = None
    browser: str | None = None
    os: str | None = None
    value: str | None = None
    optional: bool = False
    digits: Annotated[int, Field(ge=0, le=4)] = 0
    currency: str | None = None
    basis: str | None = None
    policies: str | None = None
    ids: Literal["consented", "daily", "mixed"] | None = None
    properties: list[str] | dict[str, str] = []

    def property_paths(self) -> dict[str, str]:
        """
        Return where each property is, by its name.

        Raises:
            InputError: A name holds other characters than letters, digits and ``_``.
        """
        given = self.properties
        paths = given if isinstance(given, dict) else {name.split(".")[-1]: name for name in given}
        for name in paths:
            if not _PROPERTY.fullmatch(name):
                raise InputError(
                    "properties of the column map: a name holds letters, digits and _ only; else "
                    'write { NAME = "path" }'
                )
        return paths


OURS: Final = ColumnMap(
    time="time",
    visitor="data.visitor",
    name="data.name",
    order="id",
    page="data.page",
    channel="data.referrer.channel",
    campaign="data.campaign.name",
    content="data.campaign.content",
    referrer_host="data.referrer.host",
    country="data.place.country",
    region="data.place.region",
    language="data.language",
    device="data.device.type",
    browser="data.device.browser",
    os="data.device.os",
    basis="data.consent.source",
    policies="data.consent.policies",
    ids="mixed",
)
"""Our own events, as the ``jsonl`` sink writes them."""


READY: Final = ("ga4", "matomo", "plausible", "umami")
"""Maps of what other tools export, by name."""


_WRONG: Final = {"extra_forbidden": "there is no such key", "missing": "this key is missing"}


def _wrong(kind: str) -> str:
    return _WRONG.get(kind, "this is no value for it")


def ready_map(name: str) -> ColumnMap:
    """Return the column map of the tool *name*."""
    file = resources.files("privacykit.reports.sources").joinpath("maps", f"{name}.toml")
    return read_column_map(file.read_text(encoding="utf-8"), f"{name}.toml")


def read_column_map(text: str, file: str) -> ColumnMap:
    """
    Read a column map.

    Args:
        text: The TOML.
        file: What to call it.

    Raises:
        ConfigurationError: It is no TOML, a key is unknown or missing, or a value is wrong.
    """
    try:
        document: Mapping[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = Problem("PK280", file, "", f"no TOML: {error}")
        raise ConfigurationError(problem) from None
    try:
        return ColumnMap.model_validate(document)
    except ValidationError as error:
        problems = [
            Problem(
                "PK280", file, ".".join(str(part) for part in one["loc"][:1]), _wrong(one["type"])
            )
            for one in error.errors(include_input=False, include_url=False)
        ]
        raise ConfigurationError(*with_lines(problems, text)) from None
