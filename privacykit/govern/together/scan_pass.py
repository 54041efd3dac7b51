"""
One pass over each scanned store of a map, for the requests of many people. Pure.

.. code-block:: text

    gather    read once what concerns any of them; answers come from memory then
    defer     each request's run says what it would do, does its part in stores that are looked up,
              and stops at those that are scanned
    make      all of it is done, each file written once
    gather    read once more, with everything verification will ask for
    settle    old files are removed and every file is searched once, for everybody's values

A crash at any point is that of each run alone: rows that are gone are found gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from msgspec import structs

from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.ports.capability import GathersMany
from privacykit.govern.erasure.ports.connector import Connector, Context, Subject
from privacykit.govern.erasure.ports.work import Settled
from privacykit.govern.erasure.verify import search_values
from privacykit.govern.records import Effect
from privacykit.govern.together.standin import PassConnector, Settle


class ScanPass:
    """
    The pass.

    Args:
        means: The stores; those that cannot gather are used as they are.
    """

    def __init__(self, means: GovernContext) -> None:
        self._stores = {
            name: connector
            for name, connector in means.connectors.items()
            if isinstance(connector, GathersMany)
        }
        self._stand_ins: dict[str, PassConnector] = {}
        self._means = means

    @property
    def datasets(self) -> tuple[str, ...]:
        """The stores that are read once for everybody."""
        return tuple(self._stores)

    def gather(self, subjects: Sequence[Subject], *, deep: bool = False) -> GovernContext:
        """
        Read what concerns any of *subjects*, and return the stores that answer from that.

        Args:
            subjects: Everybody, as far as they are known.
            deep: Whether their values will be searched for, as verification does.

        Raises:
            StoreError: A store does not answer.
        """
        now = self._means.clock()
        holds = self._means.holds()
        contexts = [Context(subject, now, holds) for subject in subjects]
        known = [(*subject.identities, *subject.known) for subject in subjects]
        values = sorted({it for each in known for it in search_values(each)}) if deep else ()
        for name, store in self._stores.items():
            reader = store.gathered(contexts, values)
            settle = _settled_once(self._means.connectors[name], values)
            if name in self._stand_ins:
                self._stand_ins[name].answer_from(reader, settle)
            else:
                self._stand_ins[name] = PassConnector(reader, settle)
        return self.means

    @property
    def means(self) -> GovernContext:
        """The stores, with what was gathered last."""
        return replace(self._means, connectors={**self._means.connectors, **self._stand_ins})

    def make(self) -> None:
        """
        Do what every request has deferred, each store in one go.

        Holds are asked, and the clock is read, before each store: a hold that was placed since a
        request deferred its part keeps its rows.

        Raises:
            StoreError: A store failed; the requests are gone on with like interrupted ones.
        """
        for name, stand_in in self._stand_ins.items():
            marks = list(stand_in.jobs)
            if not marks:
                continue
            present = {"now": self._means.clock(), "holds": self._means.holds()}
            jobs = [
                (work, structs.replace(context, **present))
                for work, context in map(stand_in.jobs.__getitem__, marks)
            ]
            done = self._stores[name].apply_together(jobs)
            stand_in.answers.update(zip(marks, done, strict=True))
            stand_in.jobs.clear()


def _settled_once(store: Connector, values: Sequence[str]) -> Settle:
    """
    Return what settles *store* for everybody at once, as long as none of *values* is found.

    Where one is, nobody knows whose it is before each person's own are looked for.
    """
    kept: dict[Effect, Settled] = {}

    def settle(collections: Sequence[str], asked: Effect, markers: Sequence[str]) -> Settled:
        if asked not in kept:
            kept[asked] = store.settle(store.order(), asked, values)
        if kept[asked].byte_hits or not {*markers} <= {*values}:
            return store.settle(collections, asked, markers)
        return kept[asked]

    return settle
