"""Which fields of a class speak of a person, whatever the class is made with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, NamedTuple, Optional

import msgspec
import pydantic
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column

from privacykit import ConfigurationError, Personal
from privacykit.personal.categories import CATEGORIES
from privacykit.personal.marks import UNREAD, declare, fields_of, marks_of, withheld_fields
from privacykit.personal.objects import MOST_VALUES, holds_marked, unmarked

if TYPE_CHECKING:
    from shop.orders import Order


EMAIL = Personal("user.contact.email")


class Base(DeclarativeBase):
    """Of the tables of this test."""


class Row(Base):
    """A row of SQLAlchemy's."""

    __tablename__ = "row"
    id: Mapped[int] = mapped_column(primary_key=True)
    mail: Mapped[str] = mapped_column("e_mail", info={"personal": "user.contact.email"})


class Model(pydantic.BaseModel):
    """A model of pydantic's."""

    id: int = 1
    mail: Annotated[str, EMAIL]


class Struct(msgspec.Struct):
    """A structure of msgspec's."""

    mail: Annotated[str, EMAIL]
    id: int = 1


@dataclass(slots=True)
class Data:
    """A dataclass without a dictionary."""

    mail: Annotated[Optional[str], EMAIL]  # noqa: UP045 - as applications have it
    id: int = 1


class Named(NamedTuple):
    """A named tuple."""

    mail: Annotated[str, EMAIL]
    id: int = 1


class Child(Data):
    """What inherits a mark."""


@dataclass
class Unreadable:
    """One annotation of it names what is imported for type checkers only."""

    order: Order
    id: int = 1


MADE = [
    Row(mail="ann@example.org", id=1),
    Model(mail="ann@example.org"),
    Struct("ann@example.org"),
    Data("ann@example.org"),
    Named("ann@example.org"),
    Child("ann@example.org"),
]


@pytest.mark.parametrize("made", MADE, ids=lambda made: type(made).__name__)
def test_a_marked_field_is_left_out(made):
    """The other fields stay, by their names."""
    assert marks_of(type(made)) == {"mail": EMAIL}
    assert unmarked(made) == {"id": 1}


def test_a_mark_inside_an_annotation_counts():
    """A list of addresses speaks of people as one does."""

    class Mailing(msgspec.Struct):
        to: list[Annotated[str, EMAIL]]
        cc: dict[str, list[Annotated[str, EMAIL]]] | None = None

    Mailing.__annotations__ = {
        "to": list[Annotated[str, EMAIL]],
        "cc": dict[str, list[Annotated[str, EMAIL]]] | None,
    }
    assert withheld_fields(Mailing) == {"to", "cc"}


def test_an_annotation_that_cannot_be_read_counts_as_personal():
    """Less is shown, never more (P2); the other fields stay."""
    assert marks_of(Unreadable) == {"order": UNREAD}


@pytest.mark.parametrize("categories", [(), ("user.contact.state",), ("user", "")])
def test_an_unknown_category_is_an_error(categories):
    """Keys of fideslang only; a misspelt one would protect nothing."""
    with pytest.raises(ConfigurationError, match="PK213"):
        Personal(*categories)


@pytest.mark.parametrize("key", sorted(CATEGORIES))
def test_of_every_category_it_is_known_whether_it_is_a_persons(key):
    """All that begins with user speaks of somebody."""
    assert Personal(key).withheld is (key.split(".")[0] == "user")


def test_a_class_of_somebody_elses_is_declared():
    """The declaration holds for what inherits, and may be made at any time."""

    class Theirs:
        def __init__(self) -> None:
            self.mail, self.id, self._state = "ann@example.org", 1, object()

    class Inherits(Theirs):
        pass

    assert fields_of(Inherits()) is None
    declare(Theirs, mail="user.contact.email")
    assert unmarked(Inherits()) == {"id": 1}
    with pytest.raises(ConfigurationError, match="PK213"):
        declare(Theirs, id=7)


def test_a_mark_may_say_that_a_field_is_nobodys():
    """A declaration stands in the place of an annotation."""

    class Ours(Data):
        pass

    declare(Ours, mail="system.operations")
    assert not withheld_fields(Ours)


@pytest.mark.parametrize(
    "value",
    [MADE[3], [MADE[1]], {"a": (1, {"b": MADE[2]})}, {MADE[4]: 1}, list(range(MOST_VALUES + 1))],
    ids=["itself", "list", "deep", "key", "too many"],
)
def test_marked_objects_are_found_wherever_they_stand(value):
    """What is too large to look through counts as one."""
    assert holds_marked(value)


def test_what_holds_no_marked_object_is_known():
    """Also where it is nested."""
    assert not holds_marked([1, {"a": ("b", None, object())}])


def test_a_lazy_column_is_not_loaded():
    """Reading an object asks no database: of a detached row only what is there is seen."""
    assert fields_of(Row(id=1)) == {"id": 1}


def test_a_field_that_is_annotated_again_keeps_its_mark():
    """Another default is no other meaning; whoever means that says ``system.operations``."""

    class Changed(Model):
        mail: str = "none"

    @dataclass
    class Told(Data):
        mail: Annotated[str, Personal("system.operations")] = "none"

    assert withheld_fields(Changed) == {"mail"}
    assert withheld_fields(Told) == frozenset()


def test_an_expression_of_a_marked_column_is_marked_as_it_is():
    """A column property says what the columns say of which it is made, or nothing."""

    class Made(Base):
        __tablename__ = "made"
        number: Mapped[int] = mapped_column(primary_key=True)
        mail: Mapped[str] = mapped_column(info={"personal": "user.contact.email"})
        loud = column_property(func.upper(mail) + "!")
        double = column_property(number * 2)
        rows = column_property(select(func.count(Row.id)).scalar_subquery())

    assert withheld_fields(Made) == {"mail", "loud"}
