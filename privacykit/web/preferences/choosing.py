"""
From a posted form to committed records and cookies. Writes the consent store; call it in a thread.

Law: :func:`commit` returns only when everything is committed, and :func:`cookies` is called after
it, so no cookie claims what the store does not know.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from privacykit.collect.consent.shown import Barred, Presentation, refused_at
from privacykit.collect.consent.standing import NO_STANDING
from privacykit.collect.ports import ConsentRecord
from privacykit.errors import BackendError, PrivacyKitError
from privacykit.signals.choice import MOST_EARLIER, Choice, granted, refused
from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.form import Form, FormError
from privacykit.web.preferences.state import CurrentState

AGAIN = "again"
"""Field of the form that repeats a choice which could not be stored the first time."""


class LimitError(BackendError):
    """More choices were sent than strangers may have written down now."""


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
        method: What was done, for the record: ``allow_all``, ``chosen``, ``refuse_all`` or
            ``withdrawn``.
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
    on = {purpose.id for purpose in optional if present.allows(purpose.id)}
    asked = form.all("asked") or {purpose.id for purpose in optional}
    given = {p.id for index, p in enumerate(context.purposes) if granted(mask, index)}
    holding = present.grantable_with(notice=after_gpc)
    can_be_on = (holding | (on - given)) & asked
    open_ = [p.id for p in optional if p.id in can_be_on]
    # What is off now is not kept: a grant that is too old would make the new one as old as it is.
    staying = {id_ for id_ in given - asked if present.allows(id_)} & holding
    kept = [purpose.id for purpose in optional if purpose.id in staying]
    since = present.granted_at(kept[0]) if kept else None
    fixed = [
        purpose.id
        for index, purpose in enumerate(context.purposes)
        if refused(mask, index) and not purpose.necessary and purpose.id not in open_
    ]
    match form.one("action"):
        case "refuse":
            return refuse_everything(context, again=form.one(AGAIN) == "1")
        case "allow":
            barred = _barred(context, present, asked - can_be_on)
            return _saved((*open_, *kept), tuple(fixed), after_gpc, since, barred, "allow_all")
        case "save":
            ticked = form.all("purpose").intersection(open_)
            allowed = tuple(id_ for id_ in open_ if id_ in ticked - (on - given))
            refusing = [id_ for id_ in open_ if id_ not in ticked]
            barred = _barred(context, present, form.all("purpose") & asked - can_be_on)
            return _saved((*allowed, *kept), (*refusing, *fixed), after_gpc, since, barred)
        case _:
            raise FormError(400)


def refuse_everything(
    context: RoutesContext, done: str = "refused", *, again: bool = False
) -> RequestedChoice:
    """Return the wish that refuses every purpose that is not strictly necessary."""
    optional = tuple(purpose.id for purpose in context.optional)
    method = "withdrawn" if done == "withdrawn" else "refuse_all"
    return RequestedChoice((), optional, done, again=again, method=method)


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

    What anybody may send is limited (:mod:`privacykit.web.preferences.limits`) and written only
    where a cookie does not suffice; the withdrawal of a signed grant always is.

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
    store, shown = context.consents, shown or context.shown
    stops = present.visitors() if _must_stop(present, wish) else ()
    within = not (wish.granted or stops) or context.limits.allow(address, now)
    if wish.granted and not within:
        raise LimitError("more choices are sent than may be written now: see the limits")
    records = present.records()
    kept = records[:MOST_EARLIER]
    if present.choice.record is None or _narrows(context, present.choice, wish.granted):
        kept = ()
    for record in records[len(kept) :]:
        store.withdraw(record, now, shown.interface)
    if stops and not within:
        raise LimitError("more choices are sent than may be written now: see the limits")
    until = None if context.stop_seconds is None else now + context.stop_seconds
    for visitor in stops:
        store.stop("visitor", visitor, at=now, until=until, purposes=wish.refused)
    if not wish.granted:
        if not records or wish.barred:
            _note_refusal(context, present, wish, now, address, shown)
        return ()
    consent = _record(context, present, wish, now, shown)
    store.add(consent, shown.text)
    return (consent.record, *kept)


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
        notice=_notice_in_force(context),
        barred=wish.barred,
    )


def _notice_in_force(context: RoutesContext) -> str:
    """Return which notice is in force; a choice is kept where that cannot be told, too."""
    if context.notice is None:
        return ""
    try:
        return context.notice.in_force()
    except PrivacyKitError as error:
        context.failed(error)
        return ""


def _note_refusal(
    context: RoutesContext,
    present: CurrentState,
    wish: RequestedChoice,
    now: float,
    address: bytes | None,
    shown: Presentation,
) -> None:
    """
    Record that somebody refused, or allowed what something else refuses, tied to nobody.

    The id is given to no one, the time is an hour's. The refusal itself is the cookie's and does
    not depend on it: what is already refused, too much at once, or a store that fails leaves no
    record. Who withdraws is in the record of the grant.
    """
    if not (wish.barred or set(wish.refused) - set(present.refusing(context.purposes))):
        return
    if not context.refusal_limits.allow(address, now):
        return
    try:
        refusal = _record(context, present, wish, refused_at(now), shown)
        context.consents.add(refusal, shown.text)
    except BackendError as error:
        context.failed(error)


def _must_stop(present: CurrentState, wish: RequestedChoice) -> bool:
    """Tell whether events may be pending that *wish* refuses: else the cookie says it all."""
    if present.records() or wish.again:
        return bool(wish.refused)
    return any(present.allows(purpose) for purpose in wish.refused)


def _narrows(context: RoutesContext, choice: Choice, kept: Collection[str]) -> bool:
    return any(
        granted(choice.mask, index) and purpose.id not in kept
        for index, purpose in enumerate(context.purposes)
    )


def cookies(
    context: RoutesContext, wish: RequestedChoice, records: tuple[str, ...], now: float
) -> list[str]:
    """Return the ``Set-Cookie`` values that make the browser say what was committed."""
    jar = context.cookies
    refusal = refusal_cookie(context, wish.refused, now) if wish.refused else jar.clear_refusal()
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


def refusal_cookie(context: RoutesContext, purposes: Collection[str], now: float) -> str:
    """Return the refusal of *purposes*; when those are all there are, of everything to come too."""
    everything = all(purpose.id in purposes for purpose in context.optional)
    return context.cookies.refusal(None if everything else sorted(purposes), now)
