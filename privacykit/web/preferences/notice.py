"""
The notice of a page: what became of the choice just made, as this very request shows it. Pure.

Law of this file: a URL is never believed. It may say what was asked for; that it was done is read
from what the browser sent, and from the decision about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from string import hexdigits

import msgspec

from privacykit.web.preferences.choosing import RequestedChoice
from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.form import is_plain
from privacykit.web.preferences.http import PageRequest
from privacykit.web.preferences.state import CurrentState

NOTICES = frozenset({"refused", "saved", "cleared", "withdrawn"})
"""What a page may be told to say was done."""
DONE, KEPT, BARRED = "done", "is", "not"


class Notice(msgspec.Struct, frozen=True):
    """
    What became of a choice.

    Attributes:
        done: One of :data:`NOTICES`, if this request carries it; empty where it carries nothing.
        barred: Ids of the purposes that were to be allowed and are off.
        trouble: Why nothing of it holds, the key of a text.
    """

    done: str = ""
    barred: tuple[str, ...] = ()
    trouble: str = ""


NO_NOTICE = Notice()


def query_of(wish: RequestedChoice, places: Mapping[str, int]) -> str:
    """Return the query by which the next page compares what the browser sends with *wish*."""
    if wish.done != "saved":
        return f"{DONE}={wish.done}"
    kept = f"{DONE}={wish.done}&{KEPT}={_code(places, wish.granted, wish.refused)}"
    barred = [purpose for purpose, _ in wish.barred]
    return f"{kept}&{BARRED}={_code(places, barred, ())}" if barred else kept


def notice_of(request: PageRequest, context: RoutesContext, state: CurrentState) -> Notice:
    """
    Return what was done, if this request carries it, else why it did not hold.

    That a choice is kept does not say that it is in force: what it was to allow and what is off
    all the same is told beside.

    Args:
        request: The request for the page.
        context: The site.
        state: What holds for the request.
    """
    done, purposes = request.parameter(DONE), context.purposes
    if done not in NOTICES:
        return NO_NOTICE
    if not _holds(done, request.parameter(KEPT), context, state):
        return Notice(trouble=trouble_of(request, context, state))
    wanted = {*state.granting(purposes), *_coded(context.places, request.parameter(BARRED))}
    off = [p.id for p in context.optional if p.id in wanted and not state.allows(p.id)]
    if done != "saved" or state.choice.mask:
        return Notice(done, tuple(off) if done == "saved" else ())
    return Notice(barred=tuple(off)) if off else Notice(trouble=trouble_of(request, context, state))


def trouble_of(request: PageRequest, context: RoutesContext, state: CurrentState) -> str:
    """
    Return why a choice does not hold that was just made, the key of a text.

    Args:
        request: The request that does not carry it.
        context: The site.
        state: What holds for the request.
    """
    jar = context.cookies
    if not jar.covers(request.header(b"host")):
        return "not_kept_host"
    if jar.secure and is_plain(request):
        return "not_kept_plain"
    return "not_kept_blocked" if not state.choice.mask else "not_kept_other"


def _holds(done: str, kept: str, context: RoutesContext, state: CurrentState) -> bool:
    purposes = context.purposes
    refusing, granting = state.refusing(purposes), state.granting(purposes)
    if any(state.allows(purpose) for purpose in refusing):
        return False
    match done:
        case "refused":
            return state.opted_out and state.allowed.isdisjoint(context.choosable)
        case "withdrawn":
            return bool(refusing) and not (granting or state.has_grant)
        case "saved":
            return kept == _code(context.places, granting, refusing)
        case _:
            return not (granting or refusing)


def _coded(places: Mapping[str, int], code: str) -> list[str]:
    """Return the purposes that *code* names, as :func:`_code` writes them; of no code none."""
    longest = len(f"{1 << 2 * len(places):x}")
    known = code if len(code) <= longest and set(code) <= set(hexdigits) else ""
    bits = int(known or "0", 16)
    return [id_ for id_, at in places.items() if bits >> 2 * at & 1]


def _code(places: Mapping[str, int], granted: Iterable[str], refused: Iterable[str]) -> str:
    """Return a choice about the purposes that are not necessary, two bits each, as hex text."""
    bits = 0
    for id_ in granted:
        if id_ in places:
            bits |= 1 << 2 * places[id_]
    for id_ in refused:
        if id_ in places:
            bits |= 2 << 2 * places[id_]
    return f"{bits:x}"
