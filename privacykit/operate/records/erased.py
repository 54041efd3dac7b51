"""A person erased, in our own ``[records]``: plans, notices and bytes forgotten. Does I/O."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from privacykit.govern.erasure.planning.plan import PlanScope
from privacykit.govern.erasure.ports.connector import Subject
from privacykit.govern.erasure.verify import search_values
from privacykit.govern.planned import Plan
from privacykit.govern.records import Identity, RequestType, SubjectRequest
from privacykit.govern.requests.lifecycle import ENDED, OPEN, is_erased
from privacykit.govern.requests.reached import staying, touched_rows, written_out
from privacykit.operate.backends.deletions import PREFIX
from privacykit.operate.context import OperatorContext
from privacykit.stores.database.erased_bytes import empty_log, erase_bytes, rebuild

OTHER_REQUEST = (
    "another request of this person is open: until it ends, what names them stays in [records]"
)


NOT_SEARCHED = "nobody is named to look for: [records] was not searched"

RECIPIENTS = (
    "until {names} answered, the notices in [records] name the person; `privacykit request send`"
    " tells them again, and notes by hand that they know"
)


def forget_person(context: OperatorContext, request_id: str, person: Collection[Identity]) -> str:
    """
    Forget the waiting plans of a person who was erased, then look for them in the file's bytes.

    A plan is theirs where all that it names is theirs: two people may share one identity. An order
    to a sink names nobody, so its answer is not waited for.

    Args:
        context: The stores.
        request_id: The erasure, of which nothing is left to do.
        person: What names them, given and found.

    Returns:
        What is left and until when, without a value; empty when nothing is.

    Raises:
        StoreError: The database failed.
    """
    left = _forgotten(context, request_id, person)
    if not left:
        context.requests.searched(request_id)
    return left


def _forgotten(context: OperatorContext, request_id: str, person: Collection[Identity]) -> str:
    _forget_plans(context, request_id, person)
    if not person:
        empty_log(context.engine)
        return NOT_SEARCHED
    if silent := _silent(context, request_id):
        empty_log(context.engine)
        return RECIPIENTS.format(names=" and ".join(silent))
    if any(_shared(person, it.request.subject_identities) for it in context.requests.filed(OPEN)):
        empty_log(context.engine)
        return OTHER_REQUEST
    return erase_bytes(context.engine, search_values(tuple(person)))


def close_request(
    context: OperatorContext, request_id: str, person: Collection[Identity], actor: str
) -> None:
    """
    Forget what names the *person* of a request that is over: the request's own names last.

    While those stand, a run that dies in between is taken up again by them.

    Args:
        context: The stores.
        request_id: The request, of which nothing is left to do.
        person: What names them where they were erased.
        actor: Key id of the operator.

    Raises:
        StoreError: The database failed.
    """
    if person:
        _forget_plans(context, request_id, person)
    context.desk.close(request_id, actor=actor)


def keep_found(
    context: OperatorContext,
    request: SubjectRequest,
    plan: Plan,
    subject: Subject | None,
    *,
    suppressed: bool,
) -> None:
    """
    Keep what *plan* found: rows that must wait are not found by what is erased now.

    Of an erasure keyed hashes of its rows are kept as well: they tell who is back.

    Args:
        context: The stores.
        request: The request.
        plan: Its plan, approved.
        subject: Whom it found; nothing is kept of nobody.
        suppressed: Whether the person is kept away.

    Raises:
        StoreError: A store failed.
    """
    if subject is None:
        return
    request_id = request.subject_request_id
    body = msgspec.msgpack.encode(staying(context.means, plan, subject))
    context.requests.save_subject(request_id, body)
    if suppressed and request.subject_request_type is RequestType.ERASURE:
        given = written_out(request.subject_identities, subject.identities)
        rows = touched_rows(context.means, plan, subject)
        context.suppressions.erased.add(request_id, rows, given)


def whose(context: OperatorContext, request: SubjectRequest) -> tuple[Identity, ...]:
    """Return what names the person of *request*, given and found, as far as it is kept."""
    kept = context.requests.subject(request.subject_request_id)
    found = msgspec.msgpack.decode(kept, type=Subject).identities if kept else ()
    return tuple(dict.fromkeys((*request.subject_identities, *found)))


def forget_what_runs_left(context: OperatorContext, actor: str) -> None:
    """
    Forget people who were erased by runs that died before they had, or could not at that moment.

    Where nobody knows any more whom to look for, the file is rebuilt: then no byte is in it that is
    in no row. Erasures of which a recipient is still to be told wait for that.

    Args:
        context: The stores.
        actor: Key id of the operator.

    Raises:
        StoreError: The database failed.
    """
    for filed in context.requests.lingering(ENDED):
        if is_erased(filed.request):
            person = whose(context, filed.request)
            close_request(context, filed.request.subject_request_id, person, actor)
            forget_person(context, filed.request.subject_request_id, person)
    waiting = [it for it in context.requests.unsearched() if not _silent(context, it)]
    for request_id in waiting:
        _forget_plans(context, request_id, ())
    if waiting and not rebuild(context.engine):
        for request_id in waiting:
            context.requests.searched(request_id)


def _forget_plans(context: OperatorContext, request_id: str, person: Collection[Identity]) -> None:
    """Forget the plans that wait for *person* and how to reach them."""
    context.channels.forget(request_id)
    for plan, named in context.plans.waiting():
        scope = msgspec.msgpack.decode(named, type=PlanScope)
        if plan.subject_request_id == request_id or _is_of(
            person, (*scope.given, *scope.subject.identities)
        ):
            context.plans.forget(plan.plan_id)


def _silent(context: OperatorContext, request_id: str) -> list[str]:
    """Return the recipients whose notices name the person yet."""
    named = (it for it in context.notices.of(request_id) if not it.recipient.startswith(PREFIX))
    return [it.recipient for it in named if it.body]


def drop_empty(context: OperatorContext, plan: Plan, *, other: bool = False) -> bool:
    """
    Remove *plan* where it found nothing and says nothing that needs a yes; tell whether it did.

    Args:
        context: The stores.
        plan: The plan.
        other: Whether there is something of the person that no step is of.

    Raises:
        StoreError: The database failed.
    """
    if other or plan.problems or any(step.rows for step in plan.steps):
        return False
    loaded = context.plans.load_plan(plan.plan_id)
    context.plans.remove(plan.plan_id)
    given = msgspec.msgpack.decode(loaded[1], type=PlanScope).given if loaded else ()
    erase_bytes(context.engine, search_values(given))
    return True


def _shared(person: Collection[Identity], others: Collection[Identity]) -> bool:
    """Tell whether an identity of *person* is among *others*."""
    return not _names(person).isdisjoint(_names(others))


def _is_of(person: Collection[Identity], others: Collection[Identity]) -> bool:
    """Tell whether *others* name *person*, and nobody besides."""
    return bool(others) and _names(others) <= _names(person)


def _names(identities: Collection[Identity]) -> set[tuple[str, str]]:
    return {(it.type, it.value.strip().lower()) for it in identities}
