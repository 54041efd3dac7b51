"""Sign-ups of made-up people by a hook of the application's, and their undoing. Calls the hook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from privacykit.errors import ConfigurationError, Problem
from privacykit.verify.watch.people import MadeUpPerson

Undo = Callable[[], object]
SignUp = Callable[[Mapping[str, str]], Undo]
"""Takes ``email``, ``name`` and ``password`` of somebody made up; returns what removes them."""


def signup_of(named: str | None, file: str) -> SignUp | None:
    """
    Return the hook ``module:function``, ``None`` where none is named.

    Args:
        named: What the configuration says.
        file: Its path, for errors.

    Raises:
        ConfigurationError: PK333, there is no such function.
    """
    if named is None:
        return None
    module, _, name = named.partition(":")
    try:
        found = vars(import_module(module)).get(name)
    except Exception as error:  # noqa: BLE001 - whatever the application's module does
        said = f"the module cannot be imported ({type(error).__name__})"
        raise ConfigurationError(Problem("PK333", file, "watch.signup", said, _HINT)) from None
    if not callable(found):
        said = "there is no such function"
        raise ConfigurationError(Problem("PK333", file, "watch.signup", said, _HINT))
    hook: SignUp = found
    return hook


def details_of(person: MadeUpPerson) -> dict[str, str]:
    """Return what *person* signs up with: every value is a mark."""
    words = person.marks.words
    return {
        "email": person.marks.email,
        "name": words["path"],
        "password": f"{words['cookie']}-7Q!",
    }


_HINT = "name a function that takes a mapping, and returns what undoes the sign-up"
