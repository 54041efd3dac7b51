"""
From a posted form to committed records and cookies. Writes the consent store; call it in a thread.

Law: :func:`commit` returns only when everything is committed, and :func:`cookies` is called after
it, so no cookie claims what the store does not know.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from privacykit.collect.ports import ConsentRecord
from privacykit.policy.verdict import Verdict
from privacykit.signals.choice import MOST_EARLIER, Choice, granted, refused
from privacykit.web.context import RoutesContext, Shown
from privacykit.web.form import Form, FormError


@dataclass(frozen=True, slots=True)
class Wish:
    """
    What a visitor asks for.

    Attributes:
        granted: Purposes allowed from now on.
        refused: Purposes refused from now on.
        done: The word for it: ``refused``, ``saved`` or ``withdrawn``.
        after_gpc: Whether the notice about the GPC signal was there to read.
    """

    granted: tuple[str, ...]
    refused: tuple[str, ...]
    done: str
    after_gpc: bool = False


@dataclass(frozen=True, slots=True)
class Present:
    """What holds before the wish: decision, choice, and every record a cookie names."""

    shown: Shown
    choice: Choice
    records: tuple[str, ...]


def read_wish(form: Form, context: RoutesContext, present: Present) -> Wish:
    """
    Return what the preferences form asks for.

    A ticked purpose that is on by the law's default is left alone: a box that was ticked before is
    no consent (Planet49, C-673/17).

    Raises:
        FormError: The form names no action of ours.
    """
    shown, mask = present.shown, present.choice.mask
    after_gpc = shown.gpc and form.one("gpc_notice") == "1"
    on = {purpose.id for purpose in context.optional if _is_allowed(shown, purpose.id)}
    open_ = [p.id for p in context.optional if p.id in shown.grantable | on]
    given = {p.id for index, p in enumerate(context.purposes) if granted(mask, index)}
    fixed = [
        purpose.id
        for index, purpose in enumerate(context.purposes)
        if refused(mask, index) and not purpose.necessary and purpose.id not in open_
    ]
    match form.one("action"):
        case "refuse":
            return refuse_everything(context)
        case "allow":
            return Wish(tuple(open_), tuple(fixed), "saved", after_gpc)
        case "save":
            ticked = form.all("purpose").intersection(open_)
            allowed = tuple(id_ for id_ in open_ if id_ in ticked - (on - given))
            refusing = [id_ for id_ in open_ if id_ not in ticked]
            return Wish(allowed, (*refusing, *fixed), "saved", after_gpc)
        case _:
            raise FormError(400)


def refuse_everything(context: RoutesContext, done: str = "refused") -> Wish:
    """Return the wish that refuses every purpose that is not strictly necessary."""
    return Wish((), tuple(purpose.id for purpose in context.optional), done)


def lifts_refusal(context: RoutesContext, present: Present, wish: Wish) -> bool:
    """Return whether *wish* leaves out a purpose that the browser refuses now."""
    return any(
        refused(present.choice.mask, index)
        and not purpose.necessary
        and purpose.id not in wish.refused
        for index, purpose in enumerate(context.purposes)
    )


def take_back(context: RoutesContext, present: Present) -> Wish:
    """Return the wish that withdraws the grant in force; of none, everything is refused."""
    mask = present.choice.mask
    left = tuple(
        purpose.id
        for index, purpose in enumerate(context.purposes)
        if not purpose.necessary and (granted(mask, index) or refused(mask, index))
    )
    if present.choice.record is None:
        return refuse_everything(context, "withdrawn")
    return Wish((), left, "withdrawn")


def _is_allowed(shown: Shown, purpose: str) -> bool:
    made = shown.decisions.get(purpose)
    return made is not None and made.verdict is Verdict.ALLOW


def commit(context: RoutesContext, present: Present, wish: Wish, now: float) -> tuple[str, ...]:
    """
    Write down what *wish* means: stop what is pending, withdraw, grant.

    Returns:
        The new consent record and the earlier ones that still stand; none when nothing is granted.

    Raises:
        StoreError: Not everything is committed.
    """
    store = context.consents
    until = None if context.stop_seconds is None else now + context.stop_seconds
    if wish.refused:
        for visitor in present.shown.visitors:
            store.stop("visitor", visitor, at=now, until=until, purposes=wish.refused)
    kept = present.records[:MOST_EARLIER]
    if present.choice.record is None or _narrows(context, present.choice, wish.granted):
        kept = ()
    for record in present.records[len(kept) :]:
        store.withdraw(record, now)
    if not wish.granted:
        return ()
    decisions = present.shown.decisions.values()
    consent = ConsentRecord(
        context.new_record(),
        context.site,
        wish.granted,
        context.version,
        tuple(dict.fromkeys(policy for made in decisions for policy in made.policies)),
        now,
        gpc_seen=wish.after_gpc,
    )
    store.add(consent)
    return (consent.record, *kept)


def _narrows(context: RoutesContext, choice: Choice, kept: Collection[str]) -> bool:
    return any(
        granted(choice.mask, index) and purpose.id not in kept
        for index, purpose in enumerate(context.purposes)
    )


def cookies(context: RoutesContext, wish: Wish, records: tuple[str, ...], now: float) -> list[str]:
    """Return the ``Set-Cookie`` values that make the browser say what was committed."""
    jar = context.cookies
    refusal = refusal_cookie(context, wish.refused, now) if wish.refused else jar.clear_refusal()
    if not records:
        return [refusal, jar.clear_grant()]
    grant = jar.grant(
        records[0],
        wish.granted,
        now,
        context.version,
        after_gpc=wish.after_gpc,
        earlier=records[1:],
    )
    return [refusal, grant]


def refusal_cookie(context: RoutesContext, purposes: Collection[str], now: float) -> str:
    """Return the refusal of *purposes*; when those are all there are, of everything to come too."""
    everything = all(purpose.id in purposes for purpose in context.optional)
    return context.cookies.refusal(None if everything else sorted(purposes), now)
