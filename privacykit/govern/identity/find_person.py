"""
Find everybody whom a request reaches, from the identities given to the rows they lead to. Pure.

Laws of this file:

1. Only a value that teaches leads on, and only from a row that nobody doubts.
2. A second row of a collection of people is doubted, whatever led to it.
3. So is a row that only a value led to which several people may have, beside a row that is the
   person; and one that holds another identity of a type by which the person is known already.
4. Where several are erased again, as their values tell, a row is theirs where it is known to be
   one that was erased: its values may name somebody else, or who came anew.
5. Who asks by the key of one row alone is that row: what other rows of its collection hold too
   leads nowhere, as in a family that has one address.
6. What is doubted stays in sight: it is part of the plan, and the plan does nothing without a yes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from privacykit.errors import PlanError
from privacykit.govern.datamap.composite import check_composites
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.inspection.check_people import own_keys
from privacykit.govern.erasure.ownership import build_ownership
from privacykit.govern.erasure.ports.connector import Connector, PersonRow, RowIdentity, Subject
from privacykit.govern.identity.doubts.doubt import Names, contradicts, one_person
from privacykit.govern.identity.reach import Place, Reach, ReachedRow
from privacykit.govern.identity.shown import masked, named_row
from privacykit.govern.identity.sought import Sought, holding
from privacykit.govern.identity.types import names_an_account
from privacykit.govern.identity.usable import check_given, names_somebody
from privacykit.govern.records import Identity

ROUNDS = 5
"""How often what was found may lead to more: an account's e-mail to a newsletter, and on."""

MOST_HOLDERS = 10
"""Rows of people that may hold one value; what more of them hold is nobody's own."""

MOST_ROWS = 100
"""Rows of one collection looked at for one value given: more people than that ask for nobody."""

SHARED = "others may have it too"
ANEW = "it was not erased then and may have come since"
OTHER = "it holds another {}"
SECOND = "a second row"

KnownRows: TypeAlias = Callable[[PersonRow], bool]
"""Says whether a row is known to be one of those meant."""


def everyone(row: PersonRow) -> bool:
    """Mean every row that is reached, whoever's it is."""
    del row
    return True


def find_person(
    means: GovernContext, identities: Iterable[Identity], *, known: KnownRows | None = None
) -> Reach:
    """
    Find everybody whom *identities* reach, across all stores.

    Args:
        means: The stores.
        identities: What was given.
        known: Given where they are of several people, who each may have rows of their own: which
            rows are known to be theirs. Every other one is doubted.

    Returns:
        The rows that are people and how each was come upon.

    Raises:
        InputError: An identity is a placeholder, empty or malformed; or a composite one is none
            that the map knows.
        PlanError: One is held by more than :data:`MOST_ROWS` people.
        StoreError: A store could not be asked: a plan that misses it must not look whole.
    """
    given = check_given(identities)
    check_composites(means.datamap, given)
    search = _Search(means, given, known)
    search.begin()
    for _ in range(ROUNDS):
        if not search.go_on():
            break
    learnt, notes = tuple(search.learnt), tuple(search.notes())
    return Reach(given, search.rows, learnt, notes, several=known is not None)


class _Search:
    """One look for a person."""

    def __init__(
        self, means: GovernContext, given: tuple[Identity, ...], known: KnownRows | None
    ) -> None:
        self._means = means
        self._given = given
        self._known = known
        self._keys = _ambiguous_keys(means)
        self._asked = dict.fromkeys(given)
        self._wide: dict[Identity, Place] = {}
        self._common = set[Identity]()
        self._by_key = False
        self.rows: dict[Place, ReachedRow] = {}
        self.learnt: dict[Identity, Place] = {}
        self._names = Names(given)

    def begin(self) -> None:
        """
        Find the rows that what was given leads to.

        Raises:
            PlanError: One value is held by more people than anybody can tell apart.
        """
        sought = Sought(self._given)
        found = self._ask(sought, MOST_ROWS)
        held = sought.holders(found)
        for identity in self._given:
            if held[identity] > MOST_ROWS:
                words = f"more than {MOST_ROWS} rows of people hold the {identity.type} given"
                raise PlanError(f"{words}; give one that is theirs alone")
        self._by_key = all(held[it] == 1 for it in self._given) and self._are_keys()
        reached = [self._reached(row, sought.in_row(row), held) for row in found]
        sure = [at for at, strong in reached if strong]
        if not sure and not self._known and one_person([at for at, _ in reached], self._keys):
            sure = [at for at, _ in reached]
        theirs = {it.identity for at in sure for it in self._led_on(at)} | set(self._given)
        certain = {at.place for at in sure}
        for at, _ in reached:
            tied = at.place in certain or any(it.identity in theirs for it in self._led_on(at))
            self.rows[at.place] = replace(at, doubt=self._doubt(at, "" if tied else SHARED))
        self._names.add(it.identity for at in self.rows.values() for it in at.led_on())

    def _doubt(self, at: ReachedRow, why: str) -> str:
        """Return why a row may be somebody else's: *why*, unless its own values say more."""
        if self._known:
            if self._known(at.row):
                return ""
            why = ANEW
        other = contradicts(at.row, at.by, self._names)
        return OTHER.format(other) if other else why

    def go_on(self) -> bool:
        """Follow what leads on; say whether there was anything."""
        news = dict(self._news())
        self._asked |= dict.fromkeys(news)
        if not news:
            return False
        sought = Sought(news)
        found = self._ask(sought, MOST_ROWS)
        held = sought.holders(found)
        for identity, origin in news.items():
            if held[identity] > MOST_HOLDERS:
                self._wide[identity] = origin
            elif not (self._by_key and self._is_common(identity, origin, found)):
                self.learnt[identity] = origin
        follow = Sought(identity for identity in news if identity in self.learnt)
        led = [(row, by[0]) for row in found if (by := follow.in_row(row))]
        fresh = Counter(row.collection for row, _ in led)
        for row, first in led:
            self._learn(row, first, news[first], fresh[row.collection])
        return True

    def _are_keys(self) -> bool:
        """Say whether each value given is the own key of a table of people."""
        if not all(names_an_account(it.type) for it in self._given):
            return False
        kinds = {kind for kind, _ in _keys_of_people(self._means)}
        return all(it.type in kinds for it in self._given)

    def _is_common(self, identity: Identity, origin: Place, found: Sequence[PersonRow]) -> bool:
        """Say whether another row of the collection holds *identity*; then leave it alone."""
        others = (row for row in found if row.collection == origin[0] and row.key != origin[1])
        if any(holding(row, identity) for row in others):
            self._common.add(identity)
            del self._asked[identity]
            return True
        return False

    def _learn(self, row: PersonRow, by: Identity, origin: Place, fresh: int) -> None:
        place = row.collection, row.key
        before = self.rows.get(place)
        if before is not None and not before.doubt:
            return
        at = before or ReachedRow(row, by, origin)
        if not self._known and (fresh > 1 or self._has_other(place)):
            doubt = SECOND
        else:
            doubt = self._doubt(at, "")
        at = self.rows[place] = replace(at, doubt=doubt)
        self._names.add(it.identity for it in at.led_on())

    def _has_other(self, place: Place) -> bool:
        """Say whether a row of the same collection was reached before."""
        return any(c == place[0] and place != (c, k) for c, k in self.rows)

    def _news(self) -> Iterator[tuple[Identity, Place]]:
        for at in self.rows.values():
            for it in self._led_on(at):
                if it.identity not in self._asked and it.identity not in self._common:
                    yield it.identity, at.place

    def _led_on(self, at: ReachedRow) -> Iterator[RowIdentity]:
        """Yield what leads on from a row: no number that two tables call by one name."""
        yield from (it for it in at.led_on() if it.identity.type not in self._keys)

    def _reached(
        self, row: PersonRow, by: Sequence[Identity], held: Mapping[Identity, int]
    ) -> tuple[ReachedRow, bool]:
        """Return how *row* was come upon *by* what, and whether by what is one person's own."""
        strong = [it for it in by if self._own(row, it) and held[it] <= MOST_HOLDERS]
        return ReachedRow(row, (strong or by)[0]), bool(strong)

    def _own(self, row: PersonRow, identity: Identity) -> bool:
        if identity.parts or identity.type in self._keys:
            return False
        return any(it.teaches for it in holding(row, identity))

    def _ask(self, sought: Sought, most: int) -> list[PersonRow]:
        """Return the rows that hold one of *sought*, at most about so many of each."""
        found = []
        for connector in self._means.connectors.values():
            # A store's own idea of what is the same is not ours: it is compared again.
            rows = connector.resolve(sought.identities, most * len(sought.identities) + 1)
            found += [row for row in rows if sought.in_row(row)]
        return found

    def notes(self) -> Iterator[str]:
        """Say what stands in the person's rows and was not followed, for others have it too."""
        for identity, origin in self._wide.items():
            words = f"{masked(identity)} of {named_row(*origin)} is held by more than"
            yield f"{words} {MOST_HOLDERS} rows of people: it was not followed"
        sure = [at for at in self.rows.values() if not at.doubt]
        quiet = {
            it.identity: at
            for at in sure
            for it in at.row.holds
            if it.identity not in self._asked
            and not it.identity.parts
            and names_somebody(it.identity)
        }
        if not quiet:
            return
        sought = Sought(quiet)
        others: dict[Identity, list[str]] = {}
        for row in self._ask(sought, MOST_HOLDERS):
            if (row.collection, row.key) not in self.rows:
                for identity in sought.in_row(row):
                    others.setdefault(identity, []).append(named_row(row.collection, row.key))
        for identity, at in quiet.items():
            if shown := others.get(identity, [])[:MOST_HOLDERS]:
                words = f"{masked(identity)} of {named_row(*at.place)} stands in"
                yield f"{words} {', '.join(shown)} too: left, somebody else's until confirmed"


def found_again(
    connector: Connector, given: Sequence[Identity], known: KnownRows = everyone
) -> Subject:
    """
    Return whom *given* still finds in one store, with nothing learnt from a row before.

    Rows that only a value finds which others may have are left out, where another was given; so
    are those that are not *known* to be meant.
    """
    rows = [row for row in connector.resolve(given, MOST_ROWS * len(given)) if known(row)]
    sought = Sought(given)
    own = [r for r in rows if any(it.teaches for g in sought.in_row(r) for it in holding(r, g))]
    reached = {(r.collection, r.key): ReachedRow(r, given[0]) for r in own or rows}
    learnt = dict.fromkeys(it.identity for at in reached.values() for it in at.led_on())
    return Reach(tuple(given), reached, tuple(learnt)).subject


def _ambiguous_keys(means: GovernContext) -> frozenset[str]:
    """Return the types that are the own key of more than one table of people."""
    named = Counter(
        field.identity
        for mapped in means.datamap.collections.values()
        for collection in mapped.values()
        if collection.subject
        for field in collection.fields.values()
    )
    if not any(number > 1 and kind and names_an_account(kind) for kind, number in named.items()):
        return frozenset()
    return frozenset(kind for kind, number in _keys_of_people(means) if number > 1)


def _keys_of_people(means: GovernContext) -> Iterable[tuple[str, int]]:
    """Return the types that are the own key of tables of people, each with how many."""
    kinds: Counter[str] = Counter()
    for connector in means.connectors.values():
        tables = connector.schema()
        kinds.update(own_keys(build_ownership(means.datamap, connector.dataset, tables)).values())
    return kinds.items()
