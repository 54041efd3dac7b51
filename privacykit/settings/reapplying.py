"""Erase again whom a restored backup brought back, knowing only keyed hashes of them."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from privacykit.errors import StoreError
from privacykit.govern import flow
from privacykit.govern.records import Identity, RequestStatus
from privacykit.govern.words import RequestType
from privacykit.settings.office import Office

LOOKED_UP = 2000
"""Values hashed and looked up at a time."""

TOGETHER = 200
"""Identities in one plan: rows that two of them share are nobody else's."""


@dataclass(slots=True)
class Returned:
    """
    Who came back.

    Attributes:
        identities: The values found, as they stand in the stores.
        counts: Collection to how many of them it holds.
        unsearched: Datasets whose connector cannot list identities, columns that hold hashes.
    """

    identities: list[Identity] = field(default_factory=list, repr=False)
    counts: Counter[str] = field(default_factory=Counter)
    unsearched: list[str] = field(default_factory=list)


def returned(office: Office, since: float) -> Returned:
    """
    Look through every identity column for people erased at *since* or later.

    Raises:
        StoreError: A store does not answer; or there is no checkpoint apart from ``[records]``, so
            that nobody can say whether the suppressions themselves are an old copy.
    """
    if office.check_not_older() is None:
        raise StoreError(
            "PK255 no checkpoint is kept apart from [records]: whether its suppressions are an old "
            "copy cannot be told"
        )
    found, now = Returned(), office.clock()
    for dataset, connector in office.connectors.items():
        if not hasattr(connector, "iter_identities"):
            found.unsearched.append(dataset)
            continue
        found.unsearched += getattr(connector, "hashed_columns", tuple)()
        known: Iterator[tuple[str, Identity]] = connector.iter_identities()
        while some := list(islice(known, LOOKED_UP)):
            _look_up(office, dataset, some, now, since, found)
    found.identities = list(dict.fromkeys(found.identities))
    return found


def reapply(office: Office, found: Returned, actor: str, *, knowingly: bool) -> list[flow.Outcome]:
    """
    Erase everything about *found* again, and put that into the audit log.

    Raises:
        PlanError: A plan has problems that were not accepted.
        StoreError: A store does not answer.
    """
    outcomes = []
    for some in _groups(found.identities):
        run = secrets.token_hex(16)
        plan = flow.plan_request(
            office.means,
            RequestType.ERASURE,
            some,
            plan_id=secrets.token_hex(16),
            request_id=run,
        )
        digest = plan.targets_digest
        flow.approve(office.means, plan.plan_id, digest, actor, knowingly=knowingly)
        results = flow.execute(office.means, plan.plan_id, digest)
        outcome = flow.verify(office.means, plan.plan_id)
        outcomes.append(outcome)
        detail = {
            "identities": len(some),
            "rows": sum(result.rows_changed for result in results),
            "status": outcome.status.value,
        }
        office.audit.append(actor, "erasure.reapplied", request_id=run, detail=detail)
    return outcomes


def whole(outcomes: Iterable[flow.Outcome]) -> bool:
    """Tell whether nothing was left."""
    return all(outcome.status is RequestStatus.FULFILLED for outcome in outcomes)


def _look_up(
    office: Office,
    dataset: str,
    some: list[tuple[str, Identity]],
    now: float,
    since: float,
    found: Returned,
) -> None:
    hashes = [office.suppressions.hash(identity) for _, identity in some]
    hits = office.suppressions.among(hashes, now, since)
    for (collection, identity), hashed in zip(some, hashes, strict=True):
        hit = hits.get(hashed)
        if hit is not None and hit.reason == RequestType.ERASURE.value:
            found.identities.append(identity)
            found.counts[f"{dataset}.{collection}"] += 1


def _groups(identities: list[Identity]) -> Iterator[list[Identity]]:
    for start in range(0, len(identities), TOGETHER):
        yield identities[start : start + TOGETHER]
