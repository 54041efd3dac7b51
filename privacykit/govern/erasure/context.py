"""The context of flow 2: the map, the stores, the holds, a clock, randomness. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol

from privacykit.govern.datamap import DataMap
from privacykit.govern.erasure.planning.store import PlanStore
from privacykit.govern.erasure.ports.capability import session
from privacykit.govern.erasure.ports.connector import Connector, Context, PersonRow
from privacykit.govern.erasure.ports.work import Target
from privacykit.govern.planned import PlanStep
from privacykit.govern.records import Hold, Identity

DAY = 86_400.0
PLAN_SECONDS = DAY
"""How long a plan may wait for its approval and its start: data moves on."""

CHUNK_ROWS = 1000
"""Rows in one transaction: about 10 ms on a server, and a list of keys that every store takes."""

CLOCK_TOLERANCE = 60.0
"""Seconds by which the clocks of machines that work together may differ."""

LEASE_SECONDS = 120.0
"""How long a run that died keeps others out."""


def no_holds() -> tuple[Hold, ...]:
    """Return no hold: for maps without any."""
    return ()


ProgressCallback = Callable[[str, int], None]
"""Told ``dataset.collection`` and rows as they are found, done or exported."""


def unwatched(place: str, rows: int) -> None:
    """Take no notice of progress."""
    del place, rows


def nothing_kept(person: Sequence[Identity]) -> tuple[PlanStep, ...]:
    """Return no step: for maps alone, without stores of ours."""
    del person
    return ()


def unrecorded() -> float:
    """Return 0: nothing is on record."""
    return 0.0


class RowChoice(Protocol):
    """Which rows a plan and its verification are about."""

    def has(self, row: PersonRow) -> bool:
        """Say whether a row that is a person is meant."""
        ...

    def targets(self, connector: Connector, collection: str, context: Context) -> Iterator[Target]:
        """
        Name every row of *collection* that is the selection's and meant.

        Raises:
            StoreError: The store could not be asked.
        """
        ...


class EveryRow:
    """All that is found is meant."""

    def has(self, row: PersonRow) -> bool:
        """Say yes."""
        del row
        return True

    def targets(self, connector: Connector, collection: str, context: Context) -> Iterator[Target]:
        """Name what the connector finds."""
        return connector.find(collection, context)


EVERY_ROW = EveryRow()


@dataclass(frozen=True, slots=True)
class GovernContext:
    """
    Everything the flow needs from outside.

    Attributes:
        datamap: The data map.
        connectors: One for each dataset of the map, by name.
        plans: Where plans live.
        clock: Unix seconds.
        random: That many random bytes.
        holds: The holds that stand now; asked again before every batch.
        key: Durable key of the strategy *hmac*; empty where none is configured.
        owner: Who runs: names the lease.
        plan_seconds: How long a plan is good for.
        chunk_rows: Rows per transaction.
        watch: Told of progress.
        recorded_at: Unix seconds of what was put on record last, by whatever clock.
        kept_by_us: The steps of an erasure that keep rows of a person in stores of ours.
        choice: Which of the rows found are meant.
    """

    datamap: DataMap
    connectors: Mapping[str, Connector]
    plans: PlanStore
    clock: Callable[[], float]
    random: Callable[[int], bytes]
    holds: Callable[[], tuple[Hold, ...]] = no_holds
    key: bytes = b""
    owner: str = "cli"
    plan_seconds: float = PLAN_SECONDS
    chunk_rows: int = CHUNK_ROWS
    watch: ProgressCallback = unwatched
    recorded_at: Callable[[], float] = unrecorded
    kept_by_us: Callable[[Sequence[Identity]], tuple[PlanStep, ...]] = nothing_kept
    choice: RowChoice = EVERY_ROW


@contextmanager
def sessions(means: GovernContext) -> Iterator[None]:
    """Let every store that can do so read all that is read inside at one go."""
    with ExitStack() as stack:
        for connector in means.connectors.values():
            stack.enter_context(session(connector))
        yield
