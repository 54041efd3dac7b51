"""
Rows that a copy leaves out because an address in them is spelt otherwise. Reads stores.

Other capitals and space around an address make it another one to a column, which keeps a copy a
matter of look-ups; but a copy that lacks rows of the person must say so, as an erasure does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

from privacykit.errors import PlanError, StoreError
from privacykit.govern.datamap import Collection, DataMap, Field
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.ports.capability import session
from privacykit.govern.erasure.ports.connector import Connector, Context, Subject
from privacykit.govern.erasure.treatment import SEEN
from privacykit.govern.identity.equality import ANY_SPELLING
from privacykit.govern.identity.find_person import find_person
from privacykit.govern.identity.reach import Reach
from privacykit.govern.identity.types import EMAIL
from privacykit.govern.records import STANDS_YET, Action, Evidence, StepResult
from privacykit.operate.context import OperatorContext
from privacykit.settings.datasets import open_connector

HINT = 'match = "ignore-case" in the data map makes capitals one; space goes in the store alone'


def other_spellings(context: OperatorContext, reach: Reach) -> tuple[StepResult, ...]:
    """
    Look for rows that are the person's if capitals in an address and space around it count not.

    Stores with a column of addresses are asked a second time, which reads such a column.

    Args:
        context: The stores; those of its map are in a session.
        reach: Whom the copy is of.

    Returns:
        A result for each collection that has such rows, with how many; and one with an error for a
        store that could not be asked.

    Raises:
        DataMapError: A store is not described well enough to open it.
    """
    means = context.means
    loose = _loose(means.datamap)
    if not any(it.type == EMAIL and it.format == "raw" for it in reach.subject.identities):
        return ()
    if loose is means.datamap:
        return ()
    asked = [name for name in loose.datasets if loose.of(name) != means.datamap.of(name)]
    now, found = context.clock(), list[StepResult]()
    with ExitStack() as stack:
        try:
            opened: dict[str, Connector] = {}
            for name in asked:
                file = context.settings.datamap.file
                opened[name] = open_connector(loose, name, context.paths, file)
                stack.callback(opened[name].close)
                stack.enter_context(session(opened[name]))
            wide = replace(means, datamap=loose, connectors={**means.connectors, **opened})
            subject = find_person(wide, reach.given).subject
            for name in wide.connectors:
                if name in opened or subject != reach.subject:
                    found += _more(means, wide, name, (reach.subject, subject), now)
        except (StoreError, PlanError) as error:
            failed = StepResult(
                asked[0], "*", Action.EXPORT, 0, 0, started_at=now, error=str(error)
            )
            return (*found, failed)
    return tuple(found)


def said_of(results: tuple[StepResult, ...]) -> tuple[str, ...]:
    """Return *results* as the notes of a package tell them to the person."""
    told = [
        f"{it.dataset}.{line.removesuffix(HINT)}they are not here"
        for it in results
        for line in it.evidence.remains
    ]
    words = "other spellings of an address were not looked for"
    return (*told, *(f"{it.dataset}: {words}" for it in results if it.error))


def _more(
    means: GovernContext,
    wide: GovernContext,
    dataset: str,
    subjects: tuple[Subject, Subject],
    now: float,
) -> Iterator[StepResult]:
    for name in wide.connectors[dataset].order():
        counts = [
            _count(it.connectors[dataset], name, Context(subject, it.clock(), it.holds()))
            for it, subject in zip((means, wide), subjects, strict=True)
        ]
        if (more := counts[1] - counts[0]) > 0:
            words = (
                f"{name}: {more} rows {STANDS_YET} of the person in another spelling or lead to it"
            )
            seen = Evidence(verify_query_count=more, remains=(f"{words}; {HINT}",))
            yield StepResult(
                dataset, name, Action.EXPORT, 0, 0, started_at=now, finished_at=now, evidence=seen
            )


def _count(connector: Connector, name: str, context: Context) -> int:
    return sum(target.justification not in SEEN for target in connector.find(name, context))


def _loose(datamap: DataMap) -> DataMap:
    """Return the map with every column of addresses compared whatever the case and outer space."""
    changed = {
        dataset: {
            name: mapped.model_copy(update={"fields": {**mapped.fields, **loose}})
            for name, mapped in collections.items()
            if (loose := dict(_addresses(mapped)))
        }
        for dataset, collections in datamap.collections.items()
    }
    if not any(changed.values()):
        return datamap
    every = {name: {**datamap.of(name), **changed[name]} for name in datamap.collections}
    return datamap.model_copy(update={"collections": every})


def _addresses(mapped: Collection) -> Iterator[tuple[str, Field]]:
    for name, field in mapped.fields.items():
        if (field.identity, field.format) == (EMAIL, "raw"):
            yield name, field.model_copy(update={"match": ANY_SPELLING})
