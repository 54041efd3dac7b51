"""The file of changes: what changed in the notice, for visitors to read. Pure."""

from __future__ import annotations

import tomllib
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints, ValidationError

from privacykit.errors import ConfigurationError, Problem
from privacykit.settings.asking.tables import STRICT, Language
from privacykit.settings.types import DayText
from privacykit.toml_files.lines import syntax_problem, with_lines
from privacykit.toml_files.words import words_of

_Text = Annotated[str, StringConstraints(min_length=3)]


class NoticeChangeTexts(BaseModel):
    """A change in another language; what is left out stays as it is."""

    model_config = STRICT

    what: str = ""
    criticism: str = ""


class NoticeChangeTable(BaseModel):
    """
    One change.

    Attributes:
        on: Since when it holds.
        what: What changed, for people.
        criticism: What somebody criticised, where that made it change.
        texts: Both in other languages.
    """

    model_config = STRICT

    on: DayText
    what: _Text
    criticism: str = ""
    texts: dict[Language, NoticeChangeTexts] = {}


class _ChangesFile(BaseModel):
    model_config = STRICT

    changes: Annotated[list[NoticeChangeTable], Field(default_factory=list)]


def parse_changes(text: str, file: str) -> tuple[NoticeChangeTable, ...]:
    """
    Read a file of changes, the newest first.

    Args:
        text: Its TOML: ``[[changes]]`` with ``on``, ``what`` and perhaps ``criticism``.
        file: Its name, for messages.

    Raises:
        ConfigurationError: PK344, with every problem found.
    """
    try:
        found = _ChangesFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(syntax_problem("PK344", file, error)) from None
    except ValidationError as error:
        problems = [
            Problem("PK344", file, ".".join(map(str, one["loc"])), words_of(one), _HINT)
            for one in error.errors()
        ]
        raise ConfigurationError(*with_lines(problems, text)) from None
    return tuple(sorted(found.changes, key=lambda one: one.on, reverse=True))


_HINT = 'write [[changes]] with on = "2026-12-01" and what = "…"'
