"""Ids and names as people write them: whole, or how one begins, or one of a set. Reads stores."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.errors import InputError

if TYPE_CHECKING:
    from privacykit.operate.context import OperatorContext

FEWEST = 4
_BEGINNING = re.compile(r"[0-9a-f]{4,64}")


def whole(what: str, given: str, known: Sequence[str]) -> str:
    """
    Return the id that *given* begins.

    Args:
        what: What the id is of, for the message.
        given: At least :data:`FEWEST` characters of it.
        known: The ids that begin with it, or every id there is.

    Raises:
        InputError: None does, several do, or too little was given.
    """
    if given in known:
        return given
    if len(given) < FEWEST:
        raise InputError(f"write at least {FEWEST} characters of the {what}'s id")
    found = [one for one in known if one.startswith(given)]
    if not found:
        raise InputError(f"there is no such {what}")
    if len(found) > 1:
        raise InputError(f"several {what}s begin so; write more of the id")
    return found[0]


def check_known(what: str, given: str, known: Iterable[str], where: str = "there are") -> None:
    """
    Refuse a name that nothing has: a filter by it would find nothing, and say nothing.

    Args:
        what: What the name is of, for the message.
        given: The name; empty where none is asked for.
        known: Every name there is.
        where: What has these, for the message.

    Raises:
        InputError: It is none of them; they are named.
    """
    names = list(dict.fromkeys(known))
    if given and given not in names:
        raise InputError(f"no such {what}; {where}: {', '.join(names) or 'none'}")


def beginning(given: str) -> str:
    """Return what a store may be asked for: nothing that could mean something else in SQL."""
    return given if _BEGINNING.fullmatch(given) else ""


@dataclass(frozen=True, slots=True)
class RequestId:
    """Which request: an option set."""

    request_id: Annotated[
        str, typer.Argument(metavar="ID", help="The request's id, or its first characters.")
    ] = ""
    last: Annotated[bool, typer.Option("--last", help="The request filed last.")] = False

    def of(self, context: OperatorContext) -> str:
        """
        Return the whole id.

        Raises:
            InputError: There is no such request, or it is not said which.
        """
        if self.last and not self.request_id:
            newest = context.requests.newest()
            if newest is None:
                raise InputError("no request was filed yet")
            return newest
        if self.last or not self.request_id:
            raise InputError("say which request: its ID, or --last")
        return request_of(context, self.request_id)


def request_of(context: OperatorContext, given: str) -> str:
    """
    Return the whole id of the request that *given* begins.

    Raises:
        InputError: There is none, or there are several.
    """
    return whole("request", given, context.requests.beginning(beginning(given)))
