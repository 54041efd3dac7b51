"""
The choice of a signed-in person across their devices: met with this one's. Writes consent records.

The application is asked who is signed in only where it gave a hook, for forms and the account page.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import msgspec

from privacykit.collect.consent.account import NO_CHOICE, AccountChoice, AccountChoices, Click
from privacykit.errors import BackendError
from privacykit.signals.choice.time import GRANT_SECONDS
from privacykit.web.data_page.person import person_of
from privacykit.web.preferences.choosing import RequestedChoice
from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.http import PageRequest
from privacykit.web.preferences.state import CurrentState

HELD = "held"
"""Query parameter: purposes that a form could not allow, since the account refuses them."""


class Account(msgspec.Struct, frozen=True):
    """
    Who is signed in, and what their account says. It prints nothing.

    Attributes:
        store: Where that is kept.
        user_id: The id as passed to ``identify()``.
        choice: The account's choice.
    """

    store: AccountChoices
    user_id: str
    choice: AccountChoice

    def __repr__(self) -> str:
        return "<Account>"


class Met(msgspec.Struct, frozen=True):
    """
    What came of the account's choice and the device's.

    Attributes:
        choice: The account's, from now on.
        held: Purposes that only the account refused: the device refuses them from now on.
        given: Purposes that only the device refused: the account refuses them from now on.
    """

    choice: AccountChoice = NO_CHOICE
    held: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


def account_of(context: RoutesContext, request: PageRequest) -> Account | None:
    """
    Return the account of whoever is signed in, ``None`` for nobody.

    Raises:
        StoreError: What it says is not known.
    """
    if context.accounts is None or not context.follows:
        return None
    user_id = person_of(context.person, request, context.failed)
    if user_id is None:
        return None
    return Account(context.accounts, user_id, context.accounts.get(user_id, context.site))


def meet(context: RoutesContext, present: CurrentState, account: Account, now: float) -> Met:
    """
    Let the stricter of account and device count for both.

    What the device allowed and may not any more is stopped, as far as it has not left.

    Raises:
        StoreError: Not everything is committed; done again, it is.
    """
    ids, refusing = _ids(context), present.refusing(context.purposes)
    before, after = account.choice, account.choice.with_refusals(refusing, ids, now)
    if after != before:
        after = account.store.change(
            account.user_id, context.site, lambda it: it.with_refusals(refusing, ids, now)
        )
    refused = after.refusing(ids)
    held = tuple(id_ for id_ in ids if id_ in refused and id_ not in refusing)
    if held:
        _end_here(context, present, held, now)
    known = before.refusing(ids)
    return Met(after, held, tuple(id_ for id_ in refusing if id_ not in known))


def met_cookies(
    context: RoutesContext, present: CurrentState, held: Collection[str], now: float
) -> list[str]:
    """Return the ``Set-Cookie`` values that make the browser refuse what is *held*, too."""
    if not held:
        return []
    refused = {*present.refusing(context.purposes), *held}
    left = set(present.granting(context.purposes)) - refused
    refusal = context.refusal_cookie(refused, now)
    return [refusal] if left else [refusal, context.cookies.clear_grant()]


def within(
    context: RoutesContext, present: CurrentState, account: Account, wish: RequestedChoice
) -> tuple[RequestedChoice, tuple[str, ...]]:
    """
    Return *wish* as far as the account lets it, and the purposes that it holds back.

    A refusal that this browser did not show cannot have been lifted on purpose.
    """
    shown = present.refusing(context.purposes)
    refused = account.choice.refusing(_ids(context)).difference(shown, wish.refused)
    held = tuple(id_ for id_ in _ids(context) if id_ in refused)
    if not held:
        return wish, ()
    granted = tuple(id_ for id_ in wish.granted if id_ not in refused)
    barred = (*wish.barred, *((id_, "account") for id_ in wish.granted if id_ in refused))
    done = "saved" if wish.done == "cleared" else wish.done
    refusing = (*wish.refused, *held)
    return replace(wish, granted=granted, refused=refusing, done=done, barred=barred), held


def note_click(
    context: RoutesContext,
    present: CurrentState,
    account: Account,
    wish: RequestedChoice,
    records: tuple[str, ...],
) -> None:
    """
    Keep for the account what was clicked, once it is committed.

    Where that fails the device's choice stands all the same, and what it refuses is met next time.
    """
    shown, granting = present.refusing(context.purposes), present.granting(context.purposes)
    click = Click(
        allowed=frozenset(wish.granted).difference(granting),
        refused=frozenset(wish.refused),
        lifted=frozenset(shown).difference(wish.refused),
        dropped=frozenset(granting).difference(wish.granted),
        record=next(iter(records), ""),
    )
    ids, now = _ids(context), context.clock()
    try:
        account.store.change(account.user_id, context.site, lambda it: it.clicked(click, ids, now))
    except BackendError as error:
        context.failed(error)


def _ids(context: RoutesContext) -> tuple[str, ...]:
    return tuple(purpose.id for purpose in context.optional)


def _end_here(
    context: RoutesContext, present: CurrentState, held: Collection[str], now: float
) -> None:
    """
    Stop what is pending here for the purposes *held*, and what rests on the browser's consents.

    A consent of which something is left stays as it was given: nobody consented anew.
    """
    records, purposes = present.records(), tuple(held)
    left = set(present.granting(context.purposes)).difference(held)
    pending = any(present.allows(purpose) for purpose in held)
    visitors = present.visitors() if pending else ()
    if not (records or visitors):
        return
    forgotten = None if context.stop_seconds is None else now + context.stop_seconds
    with context.consents.together() as change:
        for record in records:
            if left:
                until = now + GRANT_SECONDS
                change.stop("record", record, at=now, until=until, purposes=purposes)
            else:
                change.withdraw(record, now, "account")
        for visitor in visitors:
            change.stop("visitor", visitor, at=now, until=forgotten, purposes=purposes)
