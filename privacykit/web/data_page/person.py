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
