"""A column of the data map, one line of the file. Pure."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from privacykit.govern.datamap.parts import Categories, Names, Origin, Reason, Strict
from privacykit.govern.records import IdentityFormat
from privacykit.govern.words import ErasureStrategy, Relation, StoredTreatment
from privacykit.personal.categories import personal
from privacykit.toml_files.words import Truth


class Field(Strict):
    """
    A column: what kind of data, whom it finds, what becomes of it.

    Attributes:
        category: fideslang keys; a bare string in the file is this.
        exclude: Why the column holds nothing of a person; then it needs no category.
        identity: The identity type whose values it holds.
        format: How they are written: as they are, or the hex of a hash.
        match: ``exact`` uses an index; ``ignore-case`` needs one on ``lower(column)``.
        teaches: Whether its values lead from a row that is the person to further rows; unsaid, the
            identity type's default.
        relation: Whose the row is, when this column is a foreign key.
        references: ``[dataset.]collection.column``, where the store cannot declare it.
        about: The relation column of the person this field speaks of, in rows of several.
        erase: What erasure does to it in a row that stays.
        to: What the strategy goes to: length kept, ``year``/``month``/``day``/bucket, mask text.
        keep: Reasons to keep for which the field itself is needed.
        anonymise: What ``privacykit anonymise`` makes of what was stored; unsaid, the category
            decides.
        withhold: Why it is not in exports (a password hash).
        origin: Where it came from; portability covers what was provided and observed.
        description: For readers of the export.
    """

    category: Categories = ()
    exclude: Reason | None = None
    identity: str | None = None
    format: IdentityFormat = "raw"
    match: Literal["exact", "ignore-case"] = "exact"
    teaches: Truth | None = None
    relation: Relation | None = None
    references: str | None = None
    about: str | None = None
    erase: ErasureStrategy | None = None
    to: str | int | None = None
    keep: Names = ()
    anonymise: StoredTreatment | None = None
    withhold: Reason | None = None
    origin: Origin = "provided"
    description: str = ""

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: object) -> object:
        return {"category": value} if isinstance(value, str | list) else value

    @model_validator(mode="after")
    def _whole(self) -> Field:
        if not self.category and not self.exclude:
            raise PydanticCustomError("PK216", "needs a category, or exclude with the reason")
        if self.exclude and any(personal(key) for key in self.category):
            raise PydanticCustomError("PK216", "is excluded and yet of a personal category")
        if self.erase in {ErasureStrategy.DELETE, ErasureStrategy.SHRED}:
            raise PydanticCustomError("PK215", "a field cannot be deleted; use null, mask, hash …")
        if self.erase is ErasureStrategy.TRUNCATE and not _positive(self.to):
            raise PydanticCustomError("PK215", "truncate needs 'to', how many characters stay")
        if self.erase is ErasureStrategy.GENERALISE and not (_positive(self.to) or _time(self.to)):
            raise PydanticCustomError("PK215", "generalise needs 'to': year, month, day or a width")
        if self.erase is ErasureStrategy.DETACH and not (self.relation or self.references):
            raise PydanticCustomError("PK215", "detach is for a column with a relation")
        if self.teaches is not None and not (self.identity or self.references):
            raise PydanticCustomError("PK215", "teaches is for a column with an identity")
        return self

    @property
    def personal(self) -> bool:
        """Whether it speaks of a person."""
        return any(personal(key) for key in self.category)


def _positive(value: object) -> bool:
    return isinstance(value, int) and value > 0


def _time(value: object) -> bool:
    return value in {"year", "month", "day", "hour"}
