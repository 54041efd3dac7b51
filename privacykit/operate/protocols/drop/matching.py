"""
People of ours in the lists of DROP: found by hashes of the data map's identities, filed. Does I/O.

Nobody is erased here: each person found becomes a request that an operator looks at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice

import msgspec

from privacykit.govern.erasure.capability import ListsIdentities
from privacykit.govern.identity.usable import names_somebody
from privacykit.govern.records import Identity, RequestType
from privacykit.operate.context import OperatorContext
from privacykit.operate.protocols.book import OperatorRequestBook
from privacykit.operate.protocols.drop.list_store import DropLists
from privacykit.recipients.protocols.book import ChannelOrder
from privacykit.recipients.protocols.drop.standardise import DropList, hash_of

AT_ONCE = 2000
"""Identities hashed and looked up at a time; only those that a list names are kept in memory."""
MOST_ROWS = 3
PROOF = "agent_authorisation"
"""California proved that the person lives there, and passes their request on."""
PLACE = "US-CA"
_Found = dict[tuple[DropList, bytes], dict[Identity, None]]


class MatchOutcome(msgspec.Struct, frozen=True):
    """
    What a match found.

    Attributes:
        people: Identities of ours that a list names, by list.
        requests: How many requests were filed.
        lifted: How many may be known again.
        unsearched: Datasets that could not be looked through.
        alarms: Lists of which nothing matched although they are long.
    """

    people: dict[str, int]
    requests: int
    lifted: int
    unsearched: tuple[str, ...]
    alarms: tuple[str, ...] = ()


class ListMatcher:
    """
    Looks for people in the standing lists.

    Args:
        context: The stores.
        lists: The lists.
        named: DROP's lists to identity types of the data map, composite ones with their parts.
    """

    def __init__(
        self,
        context: OperatorContext,
        lists: DropLists,
        named: Mapping[DropList, str | list[str]],
    ) -> None:
        self._context = context
        self._lists = lists
        self._named = named

    def match(self) -> MatchOutcome:
        """
        Find and file.

        Raises:
            StoreError: A store does not answer.
        """
        found: _Found = {}
        lifted, unsearched = 0, list[str]()
        for dataset, connector in self._context.connectors.items():
            if not isinstance(connector, ListsIdentities):
                unsearched.append(dataset)
                continue
            unsearched += connector.hashed_columns()
            for which, digest, identity in self._known(connector):
                found.setdefault((which, digest), {})[identity] = None
            lifted += self._lifted(connector)
        filed = sum(self._filed(*key, tuple(people)) for key, people in found.items())
        people: dict[str, int] = dict(Counter(str(which) for which, _ in found))
        return MatchOutcome(people, filed, lifted, tuple(unsearched))

    def _known(self, connector: ListsIdentities) -> Iterator[tuple[DropList, bytes, Identity]]:
        """Yield the identities of a store that a list names, each time one stands there."""
        known = connector.iter_identities()
        while some := list(islice(known, AT_ONCE)):
            for which, parts in self._kinds():
                mine = list(self._digests(which, parts, (it for _, it in some)))
                hits = self._lists.found(which, [digest for digest, _ in mine])
                yield from ((which, digest, it) for digest, it in mine if digest in hits)

    def _lifted(self, connector: ListsIdentities) -> int:
        """Let people be known again who took their request back; return how many."""
        lifted, known = 0, connector.iter_identities()
        actor = self._context.audit.operator("by-drop")
        while some := list(islice(known, AT_ONCE)):
            for which, parts in self._kinds():
                mine = list(self._digests(which, parts, (it for _, it in some)))
                back = self._lists.taken_back(which, [digest for digest, _ in mine])
                for digest, identity in mine:
                    if digest in back:
                        at = self._context.clock()
                        lifted += self._context.suppressions.lift(identity, actor=actor, at=at)
        return lifted

    def _kinds(self) -> Iterator[tuple[DropList, tuple[str, ...]]]:
        for which, told in self._named.items():
            yield which, (told,) if isinstance(told, str) else tuple(told)

    def _digests(
        self, which: DropList, named: tuple[str, ...], known: Iterator[Identity]
    ) -> Iterator[tuple[bytes, Identity]]:
        """Yield the digest of each identity of the type *named*, of whose parts the rest names."""
        kind, *parts = named
        for identity in known:
            if identity.type != kind or not names_somebody(identity):
                continue
            told = dict(identity.parts)
            values = [told.get(it, "") for it in parts] if parts else [identity.value]
            hashed = hash_of(which, values)
            if hashed is not None:
                yield self._lists.digest(hashed), identity

    def _filed(self, which: DropList, digest: bytes, people: tuple[Identity, ...]) -> int:
        """
        File a request for whom *people*, spellings of one identity, name; return 1 where it is new.

        An identity that several people have is opted out only: nobody is erased for another.
        """
        shared = self._is_shared(people)
        wanted = RequestType.OPT_OUT_SALE_SHARING if shared else RequestType.ERASURE
        order = ChannelOrder(
            channel="drop",
            party=which,
            number=f"{wanted.value}:{digest.hex()}",
            digest="",
            wanted=wanted,
            identities=people,
            proof=PROOF,
            place=PLACE,
        )
        filed = OperatorRequestBook(self._context).file(order)
        self._lists.matched(which, digest, filed.request.subject_request_id, shared=shared)
        return int(filed.fresh)

    def _is_shared(self, people: tuple[Identity, ...]) -> bool:
        """Tell whether *people* stand in two rows of one collection whose rows are somebody."""
        for connector in self._context.connectors.values():
            rows = connector.resolve(people, MOST_ROWS)
            if any(number > 1 for number in Counter(it.collection for it in rows).values()):
                return True
        return False
