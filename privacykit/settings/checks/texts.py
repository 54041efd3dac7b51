"""Patterns of pages and names of parameters that can do what they say. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from string import Formatter

from privacykit.errors import Problem
from privacykit.pseudonym.texts.sensitive import is_sensitive
from privacykit.pseudonym.url.pages import problem_of
from privacykit.settings.model import Settings
from privacykit.web.preferences.wording import ENGLISH


def text_problems(settings: Settings) -> Iterator[Problem]:
    """Yield what is wrong with ``[pages]``, ``[text]``, ``[choice]`` and who needs its pages."""
    for i, pattern in enumerate(settings.pages.patterns):
        if (message := problem_of(pattern)) is not None:
            yield Problem("PK025", "", f"pages.patterns.{i}", message, "see docs/reference/text.md")
    for i, name in enumerate(settings.text.query_keep):
        if is_sensitive(name):
            message = "parameters of this name are never kept"
            hint = "remove it: it names a credential, a contact or a click"
            yield Problem("PK026", "", f"text.query_keep.{i}", message, hint)
    if settings.events.browser and not settings.choice.enabled:
        message = "events of browsers come in beside the pages, which are off"
        yield Problem("PK014", "", "events.browser", message, "let [choice] enabled be true")
    try:
        date.fromisoformat(settings.choice.gpc_last_update or "2026-01-01")
    except ValueError:
        yield Problem("PK014", "", "choice.gpc_last_update", "no day of the calendar")
    yield from _wording_problems(settings)


def _wording_problems(settings: Settings) -> Iterator[Problem]:
    for tag, texts in settings.choice.texts.items():
        for key, text in texts.items():
            where = f"choice.texts.{tag}.{key}"
            if key not in ENGLISH:
                yield Problem("PK012", "", where, "unknown key", "see docs/how-to/opt-out.md")
            elif not _names_of(text) <= _names_of(ENGLISH[key]):
                message = "a placeholder that is not filled in here"
                yield Problem("PK014", "", where, message, f"as in: {ENGLISH[key]}")


def _names_of(text: str) -> set[str]:
    """
    Return the placeholders in *text*, with their formats, of which ours have none.

    Braces that are no placeholder count as one that nobody knows.
    """
    try:
        return {
            f"{name}!{how or ''}:{form}" if how or form else name
            for _, name, form, how in Formatter().parse(text)
            if name is not None
        }
    except ValueError:
        return {text}
