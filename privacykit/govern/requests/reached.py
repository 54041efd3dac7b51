"""The reach of a request: nobody but the person, now and when it is run again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from privacykit.errors import PlanError
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.planning.plan import PlanScope
from privacykit.govern.erasure.ports.connector import Context, RowIdentity, Subject
from privacykit.govern.erasure.ports.work import Key
from privacykit.govern.erasure.treatment import SEEN
from privacykit.govern.identity.accept import check_accepted
from privacykit.govern.identity.doubts.named_apart import all_named_apart
from privacykit.govern.identity.reach import Reach
from privacykit.govern.identity.shown import named_row
from privacykit.govern.identity.sought import same
from privacykit.govern.identity.unconfirmed import all_lost
from privacykit.govern.planned import Plan
from privacykit.govern.records import Action, Identity, SubjectRequest


def check_reached(
    means: GovernContext, reach: Reach, accepted: str, kept: Subject | None = None
) -> None:
    """
    Check that nobody but the person is reached, or that somebody said yes to exactly that.

    Args:
        means: The stores.
        reach: Whom the identities reach now.
        accepted: The digest of what somebody said yes to.
        kept: Whom they reached when the request was approved, where that is known.

    Raises:
        PlanError: It is so, and nobody did; with the chain that led to each row.
    """
    person = reach.subject
    problems = (*reach.problems(), *all_named_apart(means, person), *all_lost(means, person))
    problems += tuple(changed_hands(reach, kept))
    digest = reach.digest(means.key, problems)
    try:
        check_accepted(digest, accepted)
    except PlanError as error:
        raise PlanError("; ".join((*problems, str(error)))) from None


def changed_hands(reach: Reach, kept: Subject | None) -> Iterator[str]:
    """Say which rows are not what they were when the request was approved."""
    for place, key, mark in _marked(kept):
        now = reach.rows.get((place, key))
        if now is not None and now.row.mark != mark:
            words = "was changed since the approval, or its number is somebody else's by now"
            yield f"{named_row(place, key)} {words} (PK244)"


def _marked(subject: Subject | None) -> Iterator[tuple[str, Key, bytes]]:
    for place, keys in subject.roots.items() if subject else ():
        for key, mark in zip(keys, subject.marks.get(place, ()) if subject else (), strict=False):
            yield place, key, mark


def again(
    request: SubjectRequest, found: Subject, kept: Subject, changes: dict[str, dict[str, Any]]
) -> PlanScope:
    """Return the person as found now and as found when the request was approved or run before."""
    # What was found by its identities then and is not now may be somebody else's key.
    marked = {(place, key) for place, key, _ in _marked(kept)}
    before = {
        place: tuple(key for key in keys if (place, key) not in marked)
        for place, keys in kept.roots.items()
    }
    roots = {
        name: tuple(dict.fromkeys((*found.roots.get(name, ()), *before.get(name, ()))))
        for name in found.roots.keys() | before.keys()
    }
    identities = tuple(dict.fromkeys((*found.identities, *kept.identities)))
    known = tuple(dict.fromkeys((*found.known, *kept.known)))
    kind = request.subject_request_type.value
    whose = Subject(identities, roots, known, found.marks)
    return PlanScope(whose, request.subject_identities, kind, changes)


def staying(means: GovernContext, plan: Plan, subject: Subject) -> Subject:
    """Return *subject* without the rows that *plan* deletes: their keys may be given anew."""
    going = {
        (place, key)
        for place, action, key in _targets(means, plan)
        if action is Action.DELETE and place in subject.roots
    }
    roots = {
        place: tuple(key for key in keys if (place, key) not in going)
        for place, keys in subject.roots.items()
    }
    return Subject(subject.identities, roots, subject.known)


def touched_rows(
    means: GovernContext, plan: Plan, subject: Subject
) -> Iterator[tuple[str, Key, bytes]]:
    """
    Yield place, key and mark of every row of the person: who they are, what goes, what is kept.

    Rows that they only see are left out: these are somebody else's.

    Raises:
        StoreError: A store that keeps rows could not be asked.
    """
    marks: dict[tuple[str, Key], bytes] = {}
    for place, keys in subject.roots.items():
        marked = subject.marks.get(place, ())
        marks |= {(place, key): b"" for key in keys}
        marks |= {(place, key): mark for key, mark in zip(keys, marked, strict=False)}
    for (place, key), mark in marks.items():
        yield place, key, mark
    for place, _, key in _targets(means, plan):
        if (place, key) not in marks:
            yield place, key, b""
    context = Context(subject, means.clock(), means.holds(), means.key)
    kept = [it for it in plan.steps if it.action is Action.KEEP and it.rows]
    for dataset, name in dict.fromkeys((it.dataset, it.collection) for it in kept):
        place, connector = f"{dataset}.{name}", means.connectors.get(dataset)
        for target in connector.find(name, context) if connector else ():
            seen = target.justification in SEEN or target.action is not Action.KEEP
            if not seen and (place, target.key) not in marks:
                yield place, target.key, b""


def _targets(means: GovernContext, plan: Plan) -> Iterator[tuple[str, Action, Key]]:
    """Yield place, action and key of every row that *plan* touches."""
    number = 0
    while page := means.plans.chunks(plan.plan_id, number, _PAGE):
        number += len(page)
        for chunk in page:
            step = plan.steps[chunk.step]
            for key in msgspec.msgpack.decode(chunk.keys, type=list[Key]):
                yield f"{step.dataset}.{step.collection}", step.action, key


def written_out(given: Iterable[Identity], person: Iterable[Identity]) -> Iterator[Identity]:
    """Yield what was given, hashes as the values of *person* that they were made of."""
    known = [RowIdentity(it) for it in person if it.format == "raw"]
    for identity in given:
        if identity.format == "raw":
            yield identity
        else:
            yield from (it.identity for it in known if same(identity, it))


_PAGE = 64
