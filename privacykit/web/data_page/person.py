"""
The person hook: how an application says who is signed in, to pages that run before it does. Pure.

We stand outside of the application's own sessions, so it reads its session cookie itself, out of
the request that it is given, and answers with the id that it passes to ``identify()``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from privacykit.errors import InputError
from privacykit.pseudonym.subject import user_id_text
from privacykit.web.preferences.http import PageRequest


class PersonHook(Protocol):
    """
    What tells who is signed in.

    Synchronous: called in a thread, for posted forms and for the account page only.
    """

    def __call__(self, request: PageRequest) -> object:
        """
        Return the user's id as passed to ``identify()``, or ``None`` where nobody is signed in.

        Args:
            request: The request for a page of ours, with all its cookies.
        """
        ...


def nobody(request: PageRequest) -> None:
    """Say that nobody is signed in."""


class LatePerson:
    """
    The hooks of an application that is built after our pages are: asked once they are given.

    Parts of it may each have one: who is signed in at none of them is nobody.
    """

    def __init__(self) -> None:
        self._hooks: list[PersonHook] = []

    def __bool__(self) -> bool:
        return bool(self._hooks)

    def add(self, hook: PersonHook) -> None:
        """Ask *hook*, before those that were given earlier; a second time it changes nothing."""
        if hook not in self._hooks:
            self._hooks.insert(0, hook)

    def __call__(self, request: PageRequest) -> object:
        """Return whom the first hook tells that knows somebody."""
        told = (hook(request) for hook in self._hooks)
        return next((user_id for user_id in told if user_id is not None), None)


def is_told(hook: PersonHook) -> bool:
    """Tell whether an application tells who is signed in: *hook* is one that it gave."""
    return hook is not nobody and not (isinstance(hook, LatePerson) and not hook)


def person_of(
    hook: PersonHook, request: PageRequest, failed: Callable[[Exception], object]
) -> str | None:
    """
    Return the canonical text of the id that *hook* tells; ``None`` for nobody.

    Whatever it raises, and whatever else it returns, nobody is signed in (P2).

    Args:
        hook: The application's.
        request: The request.
        failed: Told what went wrong.
    """
    try:
        told = hook(request)
    except Exception as error:  # noqa: BLE001 - P9: whatever the application raises
        failed(error)
        return None
    text = None if told is None else user_id_text(told)
    if told is not None and text is None:
        failed(InputError("the person hook returned no id that identify() takes"))
    return text
