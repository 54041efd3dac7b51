"""The mark of a field that speaks of a person. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from privacykit.errors import ConfigurationError, Problem
from privacykit.personal.categories import is_category, personal


@dataclass(frozen=True, init=False, repr=False)
class Personal:
    """
    Says which kind of personal data a field holds: ``Annotated[str, Personal("user.name")]``.

    What pydantic, dataclasses, attrs and msgspec do with the field stays as it is. In a column of
    SQLAlchemy it stands as ``info={"personal": "user.name"}``.

    Args:
        categories: One or several data categories of fideslang; ``system.operations`` says that the
            field is nobody's.

    Attributes:
        categories: The same.

    Raises:
        ConfigurationError: PK213, one of them is none, or none is given.
    """

    categories: tuple[str, ...]

    def __init__(self, *categories: str) -> None:
        if not categories or not all(map(is_category, categories)):
            hint = "`privacykit datamap categories` lists them"
            message = "a mark names no data category of fideslang"
            raise ConfigurationError(Problem("PK213", "code", "Personal", message, hint))
        object.__setattr__(self, "categories", categories)

    def __repr__(self) -> str:
        return f"Personal({', '.join(map(repr, self.categories))})"

    @property
    def withheld(self) -> bool:
        """Whether the field speaks of a person, so that logs and events go without it."""
        return any(map(personal, self.categories))


def mark_of(told: object) -> Personal:
    """
    Return as a mark what *told* is: a mark, a category or several.

    Raises:
        ConfigurationError: PK213, it is none of these.
    """
    if isinstance(told, Personal):
        return told
    named = told if isinstance(told, list | tuple | frozenset | set) else (told,)
    return Personal(*(each if isinstance(each, str) else "" for each in named))
