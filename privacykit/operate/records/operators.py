"""Operators of commands, and the ids by which the audit log knows them. Asks who is logged in."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Sequence

from privacykit.errors import InputError

OPERATOR = "PRIVACYKIT_OPERATOR"
"""Environment variable that names the operator; the login name by default."""


class Operators:
    """
    The operators that a process has heard of.

    Args:
        ids: Opens what returns every id under which the log knows a name, the one in use first.
    """

    def __init__(self, ids: Callable[[], Callable[[str], Sequence[str]]]) -> None:
        self._known_as = ids
        self._ids: dict[str, frozenset[str]] = {}

    def id(self, name: str | None = None) -> str:
        """
        Return the id of *name*, of ``PRIVACYKIT_OPERATOR``, or of who is logged in.

        Raises:
            InputError: Nobody is named, and the login has no name.
        """
        said = (name, os.environ.get(OPERATOR))
        who = next((it for it in said if it and it.strip()), None) or _login()
        ids = self._known_as()(who)
        self._ids[ids[0]] = frozenset(ids)
        return ids[0]

    def same(self, id_: str) -> frozenset[str]:
        """Return every id of whom *id_* names: one for each audit key there ever was."""
        return self._ids.get(id_, frozenset()) | {id_}


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without an entry
        raise InputError(f"say who you are: --operator NAME, or {OPERATOR}") from None
