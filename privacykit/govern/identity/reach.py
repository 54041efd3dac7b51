"""The reach of identities: the rows found, how each was come upon, whose it may be. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeAlias

import msgspec

from privacykit.govern.erasure.ports.connector import PersonRow, RowIdentity, Subject
from privacykit.govern.erasure.ports.work import Key
from privacykit.govern.identity.shown import ARROW, masked, named_row
from privacykit.govern.identity.usable import names_somebody
from privacykit.govern.records import Identity

MOST_CHAINS = 10
"""Chains shown of one collection; the rest are counted."""

Place: TypeAlias = tuple[str, Key]
"""Collection and key of a row."""


@dataclass(frozen=True, slots=True)
class ReachedRow:
    """
    A row that is a person, and how it was come upon.

    Attributes:
        row: The row.
        by: The identity that led to it.
        origin: The row that identity was learnt from; ``None`` where it was given.
        doubt: Why it may be somebody else's, in plain words; empty where nothing speaks for that.
    """

    row: PersonRow
    by: Identity
    origin: Place | None = None
    doubt: str = ""

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.row.collection, self.row.key

    def led_on(self) -> Iterator[RowIdentity]:
        """Yield what leads on from it; nothing does from a row that may be somebody else's."""
        if not self.doubt:
            for it in self.row.holds:
                if it.teaches and it.leads and names_somebody(it.identity):
                    yield it


@dataclass(frozen=True, slots=True)
class Reach:
    """
    Everybody whom the identities of a request reach.

    Attributes:
        given: The identities given.
        rows: The rows that are people.
        learnt: What was learnt and led on.
        notes: What was not followed, for others may have it, in plain words.
        several: Whether several people were given, each for themselves.
    """

    given: tuple[Identity, ...]
    rows: Mapping[Place, ReachedRow]
    learnt: tuple[Identity, ...] = ()
    notes: tuple[str, ...] = ()
    several: bool = False

    @property
    def subject(self) -> Subject:
        """The person as the stores know them, whoever else is among the rows."""
        identities = tuple(dict.fromkeys((*self.given, *self.learnt)))
        held = dict.fromkeys(it.identity for at in self.rows.values() for it in at.row.holds)
        roots: dict[str, tuple[Key, ...]] = {}
        marks: dict[str, tuple[bytes, ...]] = {}
        for (collection, key), at in self.rows.items():
            roots[collection] = (*roots.get(collection, ()), key)
            marks[collection] = (*marks.get(collection, ()), at.row.mark)
        known = tuple(it for it in held if it not in set(identities))
        return Subject(identities, roots, known, marks)

    def part(self, *, doubted: bool) -> Reach:
        """Return the rows that are doubted alone, who learnt nothing; or all but them."""
        rows = {place: at for place, at in self.rows.items() if bool(at.doubt) is doubted}
        learnt, notes = ((), ()) if doubted else (self.learnt, self.notes)
        return Reach(self.given, rows, learnt, notes, self.several)

    def problems(self) -> tuple[str, ...]:
        """Say which rows may be a second person's, and the chain that led to each."""
        return tuple(self._problems())

    def digest(self, key: bytes, problems: Iterable[str]) -> str:
        """
        Return what a yes to *problems* names: these very rows and words, and no others.

        Args:
            key: A durable key; without it nobody can test a guess against the digest.
            problems: Everything that has to be accepted.

        Returns:
            32 hex characters; empty where there is no problem.
        """
        words = list(problems)
        if not words:
            return ""
        state = blake2b(key=key[:64], digest_size=16, person=b"privacykit.doubt")
        state.update(msgspec.msgpack.encode((words, sorted(self.rows, key=repr))))
        return state.hexdigest()

    def _problems(self) -> Iterator[str]:
        places: dict[str, list[ReachedRow]] = {}
        for at in self.rows.values():
            places.setdefault(at.row.collection, []).append(at)
        for collection, found in places.items():
            doubtful = [at for at in found if at.doubt]
            if len(found) > 1 and not self.several:
                yield f"{collection}: {len(found)} rows are people: {self._chains(found)} (PK245)"
                continue
            for why in dict.fromkeys(at.doubt for at in doubtful):
                chains = self._chains([at for at in doubtful if at.doubt == why])
                yield f"{collection}: maybe somebody else, {why}: {chains} (PK245)"

    def _chains(self, found: Sequence[ReachedRow]) -> str:
        shown = [self.chain(at) for at in found[:MOST_CHAINS]]
        more = len(found) - len(shown)
        return "; ".join(shown + ([f"and {more} more"] if more else []))

    def chain(self, at: ReachedRow) -> str:
        """Return how *at* was come upon, from what was given on, values masked."""
        steps: list[str] = []
        here: ReachedRow | None = at
        while here is not None:
            steps[:0] = [masked(here.by), named_row(*here.place)]
            here = self.rows.get(here.origin) if here.origin else None
        return ARROW.join(steps)


NOBODY = Reach((), {})
"""What a plan without a person reaches."""
