"""The manifest of an export: the information of GDPR Art. 15(1), machine-readable. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from privacykit.govern.datamap import Collection, DataMap
from privacykit.govern.datamap.schema import Table
from privacykit.govern.records import Identity
from privacykit.personal.categories import CATEGORIES

FORMAT = "privacykit-export/1"
RIGHTS = (
    "You may have wrong data corrected, have data erased or its use restricted, object to its use,"
    " take data you provided elsewhere, withdraw a consent, and complain to a supervisory"
    " authority. Which of these rights you have depends on the law that applies to you."
)


class File(msgspec.Struct, frozen=True):
    """
    A file of the package.

    Attributes:
        path: Inside the package.
        bytes: Its size.
        sha256: Hex.
    """

    path: str
    bytes: int
    sha256: str


class Controller(msgspec.Struct, frozen=True):
    """
    Who is responsible for the data (GDPR Art. 4(7), 13(1)(a)).

    Attributes:
        name: Of the organisation.
        address: Its postal address.
        contact: Where to write about data.
        officer: The data protection officer's contact.
        authority: The supervisory authority that people may complain to.
    """

    name: str = ""
    address: str = ""
    contact: str = ""
    officer: str = ""
    authority: str = ""


class Searched(msgspec.Struct, frozen=True):
    """
    An identity that was searched for, as the request named it. Its repr shows the type only.

    Attributes:
        type: What it is.
        value: The value; of a composite one, its parts.
    """

    type: str
    value: str

    def __repr__(self) -> str:
        return f"<Searched {self.type}>"


NOBODY = Controller()
"""Whoever configured none."""


class PackagePart(msgspec.Struct, frozen=True):
    """
    One collection of the package.

    Attributes:
        system: The system it belongs to.
        dataset: The store.
        collection: The table or file set.
        description: In the map's words.
        rows: How many.
        redacted: Rows in which something of other people was blackened.
        fields: Name, kind, categories, origin and description of each field.
        withheld: Field to the reason why it is not here.
        purposes: What the data is for.
        recipients: Who else gets it.
        retention: How long it stays.
        kept: Laws that keep some of it longer.
        files: The same rows as JSON lines, as CSV and to read.
        error: Why it is not whole.
    """

    system: str
    dataset: str
    collection: str
    description: str
    rows: int
    redacted: int
    fields: tuple[dict[str, Any], ...]
    withheld: dict[str, str]
    purposes: tuple[str, ...]
    recipients: tuple[dict[str, str], ...]
    retention: tuple[str, ...]
    kept: tuple[str, ...]
    files: tuple[File, ...]
    error: str | None = None


class Manifest(msgspec.Struct, frozen=True):
    """
    The package's own description.

    Attributes:
        format: Name and version of the format.
        created_at: ISO 8601, UTC.
        request: The request served.
        type: ``access`` or ``portability``.
        searched: The identities searched for, as the request named them: whoever reads the package
            can tell what was not looked for.
        found_by: Types of all identities that found something, those learned on the way too.
        categories: fideslang key to plain words, for the keys used.
        parts: The collections.
        incomplete: What could not be reached, in plain words; empty when whole.
        rights: What else the person may ask.
        notes: What cannot be here, and why, in plain words; nothing is missing for it.
        controller: Who is responsible.
    """

    format: str
    created_at: str
    request: str
    type: str
    searched: tuple[Searched, ...]
    found_by: tuple[str, ...]
    categories: dict[str, str]
    parts: tuple[PackagePart, ...]
    incomplete: tuple[str, ...]
    rights: str = RIGHTS
    notes: tuple[str, ...] = ()
    controller: Controller = Controller()


class Contents(msgspec.Struct, frozen=True):
    """
    What was written of one collection.

    Attributes:
        fields: Names, in order.
        rows: How many rows.
        redacted: Rows in which something of other people was blackened.
        files: The files.
        error: Why it is not whole.
    """

    fields: tuple[str, ...]
    rows: int
    redacted: int
    files: tuple[File, ...]
    error: str | None = None


def describe_part(
    datamap: DataMap, dataset: str, name: str, table: Table | None, contents: Contents
) -> PackagePart:
    """Say of one collection what Art. 15(1) asks to be said."""
    mapped, settings = datamap.of(dataset)[name], datamap.datasets[dataset]
    recipients = (datamap.recipients[key] for key in datamap.recipients_of(dataset, name))
    return PackagePart(
        settings.system,
        dataset,
        name,
        mapped.description,
        contents.rows,
        contents.redacted,
        tuple(_field(mapped, table, field) for field in contents.fields),
        {n: f.withhold for n, f in mapped.fields.items() if f.withhold},
        datamap.purposes(dataset, name),
        tuple({"name": r.name, "role": r.role, "country": r.country} for r in recipients),
        tuple(
            f"{rule.duration} from {rule.from_}" + (f" for {rule.purpose}" if rule.purpose else "")
            for rule in mapped.retention
        ),
        tuple(datamap.reasons[rule.reason].citation for rule in mapped.keep),
        contents.files,
        contents.error,
    )


def searched(identity: Identity) -> Searched:
    """Return an identity as the package names it."""
    value = identity.value or ", ".join(f"{name} {part}" for name, part in identity.parts)
    kind = identity.type if identity.format == "raw" else f"{identity.type} ({identity.format})"
    return Searched(kind, value)


def _field(mapped: Collection, table: Table | None, name: str) -> dict[str, Any]:
    field, column = mapped.fields[name], table.column(name) if table else None
    return {
        "name": name,
        "kind": column.kind if column else "text",
        "categories": field.category,
        "origin": field.origin,
        "description": field.description,
    }


def category_words(parts: tuple[PackagePart, ...]) -> dict[str, str]:
    """Return the words for every category that *parts* use."""
    used = {key for part in parts for field in part.fields for key in field["categories"]}
    return {key: CATEGORIES[key] for key in sorted(used)}
