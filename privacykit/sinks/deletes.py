"""
The port by which what a sink was sent of a person is deleted at its other end. Pure.

A kind of sink whose other end can delete brings, beside the sink, what asks it to: see
:attr:`privacykit.sinks.kind.SinkKind.deleter`. It is asked by flow 2, with nothing but the ids
under which the other end knows the person: what we sent there.
"""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec

from privacykit.collect.ports import OutboxRow

FoundBy = Literal["visitor", "person", "event", "keys"]
"""
By what a person is found at the other end.

*visitor*: by the visitor id of an event, or something made of it, behind which several people may
be. *person*: by what the application calls one person. *event*: each event by its id. *keys*: by
the envelope, which the other end keeps as our own event store does; there the ids are
:func:`key_of`.
"""

DeletionLevel = Literal["none", "logical"]
"""
How far an other end says that it deleted.

*logical*: it shows or says that nothing is found any more. *none*: it only took the order.
"""

FOLLOW_SECONDS = 6 * 3600.0
"""How long a backend that is at work is left alone before it is asked how far it is."""

NOTHING_FOUND = "nothing found there"
"""What is said of an other end that showed nothing of the person in any attempt."""


class Deletion(msgspec.Struct, frozen=True):
    """
    A deletion order: what is still to be deleted of one person at one sink's other end.

    Attributes:
        ids: What it is still to be asked for: ids under which it knows the person.
        tasks: Its own names of what it was asked and works on.
        asked: How many ids there were at first.
        shared: How many more were left out, since events of somebody else came under them too.
        found: How often something was found of them, or taken up to be followed.
        since: Unix seconds of the order.
        to: A digest of where the sink led then: it goes nowhere else.
        holds: How the ids of the holds on events begin that stood then.
    """

    ids: tuple[str, ...]
    tasks: tuple[str, ...] = ()
    asked: int = 0
    shared: int = 0
    found: int = 0
    since: float = 0.0
    to: str = ""
    holds: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Deletion {len(self.ids)} ids, {len(self.tasks)} tasks>"


class DeletionProgress(msgspec.Struct, frozen=True):
    """
    How far one attempt came.

    Attributes:
        left: What is still to be done; ``None`` when nothing is.
        level: When nothing is left, how far the other end says that it deleted.
        evidence: Its own word for it, or why nothing was done, free of data.
        trouble: Whether it could not be asked, so that this is one try of several.
        failed: Whether it refuses, or says that it cannot; somebody has to look.
        wait: Seconds to wait at least.
    """

    left: Deletion | None = None
    level: DeletionLevel = "none"
    evidence: str = ""
    trouble: bool = False
    failed: bool = False
    wait: float | None = None


class Deletes(Protocol):
    """What has deleted what a sink sent."""

    found_by: FoundBy
    """By what a person is found at the other end."""

    level: DeletionLevel
    """The most that the other end can say."""

    def known_as(self, row: OutboxRow) -> str:
        """
        Return the id under which the other end knows whose event this is.

        Returns:
            Nothing where its deletion cannot find the event.
        """
        ...

    async def delete(self, order: Deletion) -> DeletionProgress:
        """
        Ask once for what is left of *order*; asking twice for the same does no harm.

        Raises:
            SinkError: Nothing was done; it is asked again.
        """
        ...

    async def close(self) -> None:
        """Release what it holds; called once."""
        ...


def key_of(kind: str, key: str) -> str:
    """Return the id that stands for all events of a visitor, consent record or subject."""
    return f"{kind}/{key}"


def erased(count: int) -> DeletionProgress:
    """
    Return how far it is where *count* events went and none of the person's is left.

    Where there was none, no level is claimed: it may also be that they lie elsewhere.
    """
    if not count:
        return DeletionProgress(evidence=NOTHING_FOUND)
    return DeletionProgress(level="logical", evidence=f"{count} events")
