"""A table of the data map: whose its rows are, how long they stay, what keeps them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pydantic
from pydantic import StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from privacykit.govern.datamap.field import Field
from privacykit.govern.datamap.parts import Conditions, Names, Span, Strict
from privacykit.govern.words import ErasureStrategy, Relation
from privacykit.toml_files.words import Truth, Whole, pattern

_BY = pattern(
    r"^[A-Za-z_][A-Za-z0-9_]*( by (year|month|day))?$",
    "the name of a column, or one with a period, as in created by month",
)
_INTO = pattern(r"^[A-Za-z_][A-Za-z0-9_]*$", "the name of a table")


class TypeLookup(Strict):
    """
    What a row points to, where another table says so (Django's ``django_content_type``).

    Attributes:
        columns: Columns of this row.
        references: The other table and its columns, equal to *columns*.
        where: Which rows of it mean the relation's target.
    """

    columns: tuple[str, ...] = pydantic.Field(min_length=1)
    references: tuple[str, ...] = pydantic.Field(min_length=2)
    where: Conditions = pydantic.Field(min_length=1)


class RelationRule(Strict):
    """
    Whose a row is, where the foreign key has several columns or holds in some rows only.

    Attributes:
        kind: The relation.
        columns: The foreign key's columns.
        references: ``collection`` and its columns, where the store cannot declare it.
        detach: Whether erasure may empty the key to cut the tie.
        where: In which rows the columns are this key; none given is all.
        type: Where another table says in which rows they are.
    """

    kind: Relation
    columns: tuple[str, ...] = pydantic.Field(min_length=1)
    references: tuple[str, ...] = ()
    detach: Truth = False
    where: Conditions = ()
    type: TypeLookup | None = None

    @property
    def conditional(self) -> bool:
        """Whether the columns are this key in some rows only."""
        return bool(self.where or self.type)

    @model_validator(mode="after")
    def _says_what(self) -> RelationRule:
        if self.conditional and not self.references:
            raise PydanticCustomError("PK277", "a key under a condition needs references")
        if self.references and len(self.references) != len(self.columns) + 1:
            raise PydanticCustomError("PK277", "references reads: collection, one column for each")
        if self.type and len(self.type.references) != len(self.type.columns) + 1:
            raise PydanticCustomError("PK277", "type.references reads: table, one column for each")
        return self


class Composite(Strict):
    """
    An identity of several columns that only together find a person.

    Attributes:
        type: Its name, ``name_birth_postcode``.
        parts: Component to column.
    """

    type: str
    parts: dict[str, str] = pydantic.Field(min_length=2)


class AggregateRule(Strict):
    """
    What is counted of rows before they are deleted.

    Attributes:
        into: The table that takes the counts; made when it is missing.
        by: Columns to count by; ``at by month`` (or year, day) cuts a time.
        sum: Columns to add up.
        minimum: Groups of fewer rows are put together: a group of one is a person.
    """

    into: str = pydantic.Field(pattern=_INTO)
    by: tuple[Annotated[str, StringConstraints(pattern=_BY)], ...] = pydantic.Field(min_length=1)
    sum: Names = ()
    minimum: Whole = pydantic.Field(default=5, ge=1)

    def columns(self) -> tuple[str, ...]:
        """Return the columns it reads."""
        return tuple(item.partition(" by ")[0] for item in self.by) + self.sum


class RetentionRule(Strict):
    """
    How long rows may stay.

    Attributes:
        duration: How long.
        from_: The column that the clock starts by (``from`` in the file).
        then: What becomes of them.
        purpose: For which purpose; empty is every purpose of the collection.
        where: Which rows; none given is all.
        aggregate: What is counted of them before they are deleted.
    """

    duration: Span
    from_: str = pydantic.Field(alias="from")
    then: ErasureStrategy = ErasureStrategy.DELETE
    purpose: str = ""
    where: Conditions = ()
    aggregate: AggregateRule | None = None

    @model_validator(mode="after")
    def _counted_when_deleted(self) -> RetentionRule:
        if self.aggregate and self.then is not ErasureStrategy.DELETE:
            raise PydanticCustomError("PK215", "rows are counted when they are deleted")
        return self


class KeepRule(Strict):
    """
    Rows that the law wants kept, and why.

    Attributes:
        reason: A name from ``[reasons]``.
        from_: The column that the reason's duration counts from; none is for ever.
        with_: The foreign key to rows that this one is kept with (an item with its order).
        where: Which rows; none given is all.
    """

    reason: str
    from_: str | None = pydantic.Field(default=None, alias="from")
    with_: Names = pydantic.Field(default=(), alias="with")
    where: Conditions = ()


class Flag(Strict):
    """
    A column that tells the application to leave a row alone (GDPR Art. 18, 21).

    Attributes:
        column: The column.
        value: What to write.
    """

    column: str
    value: str | int | bool = True


class Collection(Strict):
    """
    A table, file set or topic.

    Attributes:
        description: For readers of the export.
        subject: Whether a row *is* a person. Unsaid it is none, and the check asks (PK430) where it
            looks like one.
        key: Columns that name a row, where the store declares no primary key.
        purposes: What the data is for.
        erase: What becomes of a row nobody else needs: ``delete``, or ``fields`` where the row
            stays and each field is treated.
        via: How rows are deleted: ``orm`` where signals of Django matter, row by row.
        relations: Relations over keys of several columns; single columns say it in their line.
        identities: Identities of several columns.
        retention: How long rows may stay.
        keep: Reasons to keep rows.
        restriction: What marks a row as restricted.
        objection: What marks a row as objected to.
        recipients: Who else gets this data, by name.
        fields: The columns.
    """

    description: str = ""
    subject: Truth | None = None
    key: Names = ()
    purposes: Names = ()
    erase: Literal["delete", "fields"] = "delete"
    via: Literal["sql", "orm"] = "sql"
    relations: tuple[RelationRule, ...] = ()
    identities: tuple[Composite, ...] = ()
    retention: tuple[RetentionRule, ...] = ()
    keep: tuple[KeepRule, ...] = ()
    restriction: Flag | None = None
    objection: Flag | None = None
    recipients: Names = ()
    fields: dict[str, Field] = pydantic.Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _single(cls, value: Any) -> Any:  # noqa: ANN401 - before validation
        if not isinstance(value, Mapping):
            return value
        return {
            key: [item] if key in {"retention", "keep"} and isinstance(item, Mapping) else item
            for key, item in value.items()
        }
