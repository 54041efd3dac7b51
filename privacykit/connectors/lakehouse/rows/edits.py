"""The rows to change in a table, found by their content in one pass for everybody. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from privacykit.connectors.files.owned_rows import FileWhose
from privacykit.connectors.files.record import Record, digest
from privacykit.connectors.files.treat import Treatment, WorkCount
from privacykit.connectors.lakehouse.tables import Edited, Scanned
from privacykit.govern.erasure.ownership import Ownership
from privacykit.govern.erasure.ports.connector import Context
from privacykit.govern.erasure.ports.work import Applied, Work


class Job:
    """
    What is to be done for one person, and how far it got.

    Args:
        ownership: The dataset's ties.
        whose: Says whose rows are.
        context: The person, and what stands at the moment of doing.
        work: The batches, each of one collection.
    """

    def __init__(
        self, ownership: Ownership, whose: FileWhose, context: Context, work: Sequence[Work]
    ) -> None:
        self.whose = whose
        self.context = context
        self._treatment = Treatment(ownership, whose, context)
        self._work = work
        self._counted = WorkCount(work)
        self._targets: dict[str, int] = {}

    def begin(self, name: str) -> frozenset[str]:
        """Turn to the collection *name*; return the digests of its rows that are to be treated."""
        self._targets = {
            str(key[0]): number
            for number, item in enumerate(self._work)
            if item.step.collection == name
            for key in item.keys
        }
        return frozenset(self._targets)

    def decide(self, name: str, known: str, values: dict[str, Any]) -> dict[str, Any] | None:
        """
        Return what becomes of a row: *values* itself where it stays, ``None`` where it goes.

        Raises:
            StoreError: A strategy does not fit the value.
        """
        number = self._targets[known]
        decided = self._treatment.decide(name, self._work[number].step, values)
        if decided is False:
            self._counted.note(number, known, treated=True)
            return None
        if decided is True or decided == values:
            # Written as it is already, it is done; left alone, it was skipped.
            if decided is True:
                self.skip(known)
            return values
        self._counted.note(number, known, treated=True)
        return dict(decided)

    def skip(self, known: str) -> None:
        """Note that a row was left alone."""
        self._counted.note(self._targets[known], known, treated=False)

    def applied(self) -> list[Applied]:
        """Return what became of each batch; rows not met were gone."""
        return self._counted.applied()


def edits_of(name: str, scanned: Iterable[Scanned], jobs: Sequence[Job]) -> Iterator[Edited]:
    """
    Yield what changes among the rows that were *scanned*.

    Args:
        name: The collection.
        scanned: Rows, those among them that somebody's work names by their content.
        jobs: Whose work, in the order in which it is done.

    Raises:
        StoreError: A strategy does not fit a value.
    """
    wanting: dict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        for known in job.begin(name):
            wanting[known].append(job)
    for found in scanned:
        places, news = [], []
        for place, values in enumerate(found.batch.to_pylist()):
            known = digest(Record(values))
            if known in wanting and (new := _decided(name, known, values, wanting)) is not values:
                places.append(place)
                news.append(new)
        if places:
            positions = [found.positions[place] for place in places]
            yield Edited(found.part, found.tag, positions, found.batch.take(places), news)


def _decided(
    name: str, known: str, values: dict[str, Any], wanting: Mapping[str, Sequence[Job]]
) -> dict[str, Any] | None:
    """
    Let everybody who wants the row decide, the first first.

    Raises:
        StoreError: A strategy does not fit a value.
    """
    now: dict[str, Any] | None = values
    for job in wanting[known]:
        if now is values:
            now = job.decide(name, known, values)
        else:
            job.skip(known)
    return now
