"""The data map as a whole: systems, datasets, recipients, reasons. Pure."""

from __future__ import annotations

from typing import Any, Literal

import pydantic

from privacykit.govern.datamap.collection import Collection
from privacykit.govern.datamap.parts import Names, Reason, Span, Strict
from privacykit.govern.words import Effect
from privacykit.toml_files.words import Whole


class Dataset(Strict):
    """
    One store.

    Attributes:
        system: The system it belongs to.
        description: For readers.
        connector: ``sql``, ``files``, ``django``, a lake (``parquet``, ``delta``, …) or a name
            under the entry point ``privacykit.connectors``.
        url: Where it is: a URL, ``{ env = "X" }`` or ``{ file = "…" }``.
        path: For files: the directory.
        options: Settings of a lake, or of a connector of your own.
        effect: The level an erasure is asked to reach.
        only: The database schema, where there are several.
        purposes: What the data is for, where a collection does not say.
        recipients: Who else gets this data, by name.
        excluded: Table to the reason why it holds nothing of a person.
        max_rows: Most rows one plan may destroy here.
        max_proportion: Most of a collection one plan may destroy, 0 to 1; from 100 rows on.
    """

    system: str = ""
    description: str = ""
    connector: str = ""
    url: str | dict[str, str] | None = None
    path: str | None = None
    options: dict[str, Any] = pydantic.Field(default_factory=dict)
    effect: Effect = Effect.LOGICAL
    only: str | None = None
    purposes: Names = ()
    recipients: Names = ()
    excluded: dict[str, Reason] = pydantic.Field(default_factory=dict)
    max_rows: Whole = pydantic.Field(default=1_000_000, gt=0)
    max_proportion: float = pydantic.Field(default=0.5, gt=0, le=1)

    @property
    def kind(self) -> str:
        """Which connector serves it."""
        return self.connector or ("files" if self.path is not None else "sql")


class System(Strict):
    """
    What a dataset is part of.

    Attributes:
        description: For readers.
    """

    description: str = ""


class Recipient(Strict):
    """
    Somebody who gets personal data from us (GDPR Art. 4(9), 19).

    Attributes:
        name: Who it is.
        role: On our behalf, or on their own.
        country: Where, ISO 3166.
        url: Where requests are passed on to; none means by hand.
        protocol: How: a signed webhook, OpenDSR 2.0, or the Data Deletion Request Framework 1.0.
        token: What the recipient wants to see of us, as a bearer token.
    """

    name: str
    role: Literal["processor", "third_party"] = "processor"
    country: str = ""
    url: str | dict[str, str] | None = None
    protocol: Literal["webhook", "opendsr", "ddrf"] = "webhook"
    token: str | dict[str, str] | None = None


class ReasonToKeep(Strict):
    """
    A law or interest that outlives a request for erasure (GDPR Art. 17(3)).

    Attributes:
        citation: The clause.
        justification: Its DPV or own code.
        duration: How long; none means while it lasts.
    """

    citation: str = pydantic.Field(min_length=3)
    justification: str = "legal_obligation"
    duration: Span | None = None


class DataMap(Strict):
    """
    Everything the map says.

    Attributes:
        version: Of the format; 1.
        systems: By name.
        datasets: By name.
        collections: Dataset to collection to what it is.
        recipients: By name.
        reasons: By name.
    """

    version: Literal[1] = 1
    systems: dict[str, System] = pydantic.Field(default_factory=dict)
    datasets: dict[str, Dataset] = pydantic.Field(default_factory=dict)
    collections: dict[str, dict[str, Collection]] = pydantic.Field(default_factory=dict)
    recipients: dict[str, Recipient] = pydantic.Field(default_factory=dict)
    reasons: dict[str, ReasonToKeep] = pydantic.Field(default_factory=dict)

    def of(self, dataset: str) -> dict[str, Collection]:
        """Return the collections of *dataset*, by name."""
        return self.collections.get(dataset, {})

    def identity_types(self) -> frozenset[str]:
        """Return the types of the identities that stand in the columns of people."""
        return frozenset(
            field.identity
            for collections in self.collections.values()
            for collection in collections.values()
            if collection.subject
            for field in collection.fields.values()
            if field.identity
        )

    def known_types(self) -> frozenset[str]:
        """Return the types of all identities that stand anywhere, those of several parts too."""
        fields, composites = set[str](), set[str]()
        for collections in self.collections.values():
            for collection in collections.values():
                fields |= {field.identity for field in collection.fields.values() if field.identity}
                composites |= {item.type for item in collection.identities}
        return frozenset(fields | composites)

    def known_purposes(self) -> frozenset[str]:
        """Return every purpose that a dataset or a collection of it is for."""
        found = {name for dataset in self.datasets.values() for name in dataset.purposes}
        for collections in self.collections.values():
            found.update(name for each in collections.values() for name in each.purposes)
        return frozenset(found)

    def purposes(self, dataset: str, collection: str) -> tuple[str, ...]:
        """Return what *collection* is for: its own word, else its dataset's."""
        own = self.collections[dataset][collection].purposes
        return own or self.datasets[dataset].purposes

    def recipients_of(self, dataset: str, collection: str) -> tuple[str, ...]:
        """Return who gets *collection*, sorted: its own recipients and its dataset's."""
        own = self.collections[dataset][collection].recipients
        return tuple(sorted({*own, *self.datasets[dataset].recipients}))
