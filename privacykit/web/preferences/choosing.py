"""
From a posted form to committed records and cookies. Writes the consent store; call it in a thread.

Law: :func:`commit` returns only when everything is committed, and :func:`cookies` is called after
it, so no cookie claims what the store does not know.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from privacykit.collect.consent.shown import Barred, Presentation, refused_at
from privacykit.collect.consent.standing import NO_STANDING
from privacykit.collect.ports import ConsentRecord
from privacykit.errors import BackendError, UnprovenError
from privacykit.signals.choice.cookies import MOST_EARLIER
from privacykit.signals.choice.mask import PURPOSE_SHIFT, granted, refused
from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.form import AGAIN, Form, FormError
from privacykit.web.preferences.limits import LimitError
from privacykit.web.preferences.state import CurrentState


@dataclass(frozen=True, slots=True)
class RequestedChoice:
    """
    What a visitor asks for.

    Attributes:
        granted: Purposes allowed from now on.
        refused: Purposes refused from now on.
        done: The word for it: ``refused``, ``saved``, ``cleared`` or ``withdrawn``.
        after_gpc: Whether the notice about the GPC signal was there to read.
        again: Whether it was sent before and could not be stored.
        method: For the record: ``allow_all``, ``chosen``, ``refuse_all`` or ``withdrawn``.
        since: Unix seconds from which the grant counts, where an older one is a part of it.
        barred: Purposes that were to be allowed and are not granted, and what bars each.
    """

    granted: tuple[str, ...]
    refused: tuple[str, ...]
    done: str
    after_gpc: bool = False
    again: bool = False
    method: str = "chosen"
    since: float | None = None
    barred: Barred = ()


def read_requested_choice(
    form: Form, context: RoutesContext, present: CurrentState
) -> RequestedChoice:
    """
    Return what the preferences form asks for.

    Where the form names the purposes it ``asked`` about, as the banner does, it answers those, and
    the others stay as they are: no younger, since nobody gave them anew, and no permission goes
    before the GPC signal that the notice was not about. What would not hold is not granted.

    A ticked purpose that is on by the law's default is left alone: a box that was ticked before is
    no consent (Planet49, C-673/17).

    Raises:
        FormError: The form names no action of ours.
    """
    mask, optional = present.choice.mask, context.optional
    after_gpc = present.gpc and form.one("gpc_notice") == "1"
    on = present.allowed & context.choosable
    asked = form.all("asked") or context.choosable
    chose = mask >> PURPOSE_SHIFT
    given = set(present.granting(context.purposes)) if chose else set()
    holding = present.grantable_with(notice=after_gpc)
    can_be_on = (holding | (on - given)) & asked
    open_ = [p.id for p in optional if p.id in can_be_on]
    # What is off now is not kept: a grant that is too old would make the new one as old as it is.
    staying = (given - asked) & on & holding
    kept = [purpose.id for purpose in optional if purpose.id in staying]
    since = present.granted_at(kept[0]) if kept else None
    fixed = (
        [
            purpose.id
            for index, purpose in enumerate(context.purposes)
            if refused(mask, index) and not purpose.necessary and purpose.id not in open_
        ]
        if chose
        else []
    )
    match form.one("action"):
        case "refuse":
            return refuse_everything(context, again=form.one(AGAIN) == "1")
        case "allow":
            barred = _barred(context, present, asked - can_be_on)
            return _saved((*open_, *kept), tuple(fixed), after_gpc, since, barred, "allow_all")
        case "save":
            wanted = form.all("purpose")
            ticked = wanted.intersection(open_)
            allowing = ticked - (on - given)
            allowed = tuple([id_ for id_ in open_ if id_ in allowing])
            refusing = [id_ for id_ in open_ if id_ not in ticked]
            barred = _barred(context, present, wanted & asked - can_be_on)
            return _saved((*allowed, *kept), (*refusing, *fixed), after_gpc, since, barred)
        case _:
            raise FormError(400)


def refuse_everything(
    context: RoutesContext, done: str = "refused", *, again: bool = False
) -> RequestedChoice:
    """Return the wish that refuses every purpose that is not strictly necessary."""
    method = "withdrawn" if done == "withdrawn" else "refuse_all"
    return RequestedChoice((), tuple(context.places), done, again=again, method=method)


def _saved(
    granted_: tuple[str, ...],
    refused_: tuple[str, ...],
    after_gpc: bool,
    since: float | None,
    barred: Barred,
    method: str = "chosen",
) -> RequestedChoice:
    done = "saved" if granted_ or refused_ or barred else "cleared"
    return RequestedChoice(granted_, refused_, done, after_gpc, False, method, since, barred)


def _barred(context: RoutesContext, present: CurrentState, wanted: Collection[str]) -> Barred:
    """Return those *wanted*, and what stands first against each."""
    ids, known = [p.id for p in context.optional if p.id in wanted], present.standings
    return tuple([(id_, known.get(id_, NO_STANDING).barred_by) for id_ in ids])


def take_back(context: RoutesContext, present: CurrentState) -> RequestedChoice:
    """Return the wish that withdraws the grant in force; of none, everything is refused."""
    mask = present.choice.mask
    left = tuple(
        purpose.id
        for index, purpose in enumerate(context.purposes)
        if not purpose.necessary and (granted(mask, index) or refused(mask, index))
    )
    if present.choice.record is None:
        return refuse_everything(context, "withdrawn")
    return RequestedChoice((), left, "withdrawn", method="withdrawn")


def commit(
    context: RoutesContext,
    present: CurrentState,
    wish: RequestedChoice,
    now: float,
    address: bytes | None = None,
    shown: Presentation | None = None,
) -> tuple[str, ...]:
    """
    Write down what *wish* means: withdraw, stop what is pending, grant; or that it was refused.

    It is one change of the store. What anybody may send is limited
    (:mod:`privacykit.web.preferences.limits`) and written only where a cookie does not suffice; the
    withdrawal of a signed grant always is.

    Args:
        context: The site.
        present: What holds.
        wish: What is asked for.
        now: Unix seconds.
        address: The client's packed address, for the limits; ``None`` where it is unknown.
        shown: Where the choice was put to the visitor and what was there to read; by default on our
            page, in the site's wording.

    Returns:
        The new consent record and the earlier ones that still stand; none when nothing is granted.

    Raises:
        StoreError: Not everything is committed.
        LimitError: The same, as more was sent than may be written now.
    """
    shown = shown or context.shown
    records = present.records()
    stops = present.visitors() if _must_stop(present, wish, records) else ()
    within = not (wish.granted or stops) or context.limits.allow(address, now)
    if wish.granted and not within:
        raise LimitError("more choices are sent than may be written now: see the limits")
    kept = records[:MOST_EARLIER]
    if present.choice.record is None or context.narrows(present.choice, wish.granted):
        kept = ()
    ended, consent = records[len(kept) :], None
    if wish.granted:
        consent = _record(context, present, wish, now, shown)
    elif within and (not records or wish.barred):
        consent = _refusal(context, present, wish, now, address, shown)
    _write(context, wish, now, shown, ended, stops if within else (), consent)
    if not within:
        raise LimitError("more choices are sent than may be written now: see the limits")
    return (consent.record, *kept) if wish.granted and consent is not None else ()


def _write(
    context: RoutesContext,
    wish: RequestedChoice,
    now: float,
    shown: Presentation,
    ended: Collection[str],
    stops: Collection[str],
    consent: ConsentRecord | None,
) -> None:
    """
    Have the store withdraw the records *ended*, stop the visitors *stops* and keep *consent*.

    Raises:
        BackendError: Not everything is committed; but the record of a refusal need not be.
    """
    if not (ended or stops or consent is not None):
        return
    until = None if context.stop_seconds is None else now + context.stop_seconds
    try:
        with context.consents.together() as change:
            for record in ended:
                change.withdraw(record, now, shown.interface)
            for visitor in stops:
                change.stop("visitor", visitor, at=now, until=until, purposes=wish.refused)
            if consent is not None:
                change.add(consent, shown.text)
    except BackendError as error:
        if wish.granted or ((ended or stops) and not isinstance(error, UnprovenError)):
            raise
        context.failed(error)


def _record(
    context: RoutesContext,
    present: CurrentState,
    wish: RequestedChoice,
    at: float,
    shown: Presentation,
) -> ConsentRecord:
    return ConsentRecord(
        context.new_record(),
        context.site,
        wish.granted,
        context.version,
        present.policies,
        at,
        gpc_seen=wish.after_gpc,
        refused=wish.refused,
        text_hash=shown.text.hash,
        language=shown.text.language,
        interface=shown.interface,
        place=present.place,
        method=wish.method,
        notice=context.notice_in_force(),
        barred=wish.barred,
    )


def _refusal(
    context: RoutesContext,
    present: CurrentState,
    wish: RequestedChoice,
    now: float,
    address: bytes | None,
    shown: Presentation,
) -> ConsentRecord | None:
    """
    Return the record that somebody refused, or allowed what something else refuses; of nobody.

    The id is given to no one, the time is an hour's. The refusal itself is the cookie's and does
    not depend on it: what is already refused, too much at once, or a store that fails leaves no
    record. Who withdraws is in the record of the grant.
    """
    if not (wish.barred or set(wish.refused) - set(present.refusing(context.purposes))):
        return None
    if not context.refusal_limits.allow(address, now):
        return None
    return _record(context, present, wish, refused_at(now), shown)


def _must_stop(present: CurrentState, wish: RequestedChoice, records: Sequence[str]) -> bool:
    """Tell whether events may be pending that *wish* refuses: else the cookie says it all."""
    if records or wish.again:
        return bool(wish.refused)
    return not present.allowed.isdisjoint(wish.refused)


def cookies(
    context: RoutesContext, wish: RequestedChoice, records: tuple[str, ...], now: float
) -> list[str]:
    """Return the ``Set-Cookie`` values that make the browser say what was committed."""
    jar = context.cookies
    refusal = context.refusal_cookie(wish.refused, now) if wish.refused else jar.clear_refusal()
    if not records:
        return [refusal, jar.clear_grant()]
    grant = jar.grant(
        records[0],
        wish.granted,
        now if wish.since is None else wish.since,
        context.version,
        after_gpc=wish.after_gpc,
        earlier=records[1:],
    )
    return [refusal, grant]
