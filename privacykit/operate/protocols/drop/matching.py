"""
People of ours in the lists of DROP: found by hashes of the data map's identities, filed. Does I/O.

Nobody is erased here: each person found becomes a request that an operator looks at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice

import msgspec

from privacykit.govern.erasure.ports.capability import ListsIdentities
from privacykit.govern.identity.usable import names_somebody
from privacykit.govern.records import Identity, RequestStatus, RequestType, SubjectRequest
from privacykit.govern.requests.lifecycle import is_erased, is_over, may_run
from privacykit.operate.context import OperatorContext
from privacykit.operate.protocols.book import OperatorRequestBook
from privacykit.operate.protocols.drop.intake import ACTOR, DropIntake
from privacykit.operate.protocols.drop.list_store import DropLists
from privacykit.operate.returned.kept_people import KeptPeople
from privacykit.recipients.protocols.book import ChannelOrder
from privacykit.recipients.protocols.drop.standardise import DropList, hash_of

AT_ONCE = 2000
"""Identities hashed and looked up at a time; only those that a list names are kept in memory."""
MOST_ROWS = 3
PROOF = "agent_authorisation"
"""California proved that the person lives there, and passes their request on."""
PLACE = "US-CA"
_Met = dict[str, dict[Identity, None]]
"""Spellings of one identity, by the collection in which they stand."""


class MatchOutcome(msgspec.Struct, frozen=True):
    """
    What a match found.

    Attributes:
        people: Identities of ours that a list names, by list.
        requests: How many requests were filed.
        lifted: How many requests keep nobody away any more, as the people took them back; what
            another request keeps stands.
        unsearched: Datasets that could not be looked through.
        alarms: Lists of which nothing matched although they are long.
        unnamed: Lists for which the configuration names no identity.
        intake: What an archive brought that was waiting still.
    """

    people: dict[str, int]
    requests: int
    lifted: int
    unsearched: tuple[str, ...]
    alarms: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()
    intake: DropIntake | None = None


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
        found: dict[tuple[DropList, bytes], _Met] = {}
        lifted, unsearched = self._lifted(), list[str]()
        for dataset, connector in self._context.connectors.items():
            if not isinstance(connector, ListsIdentities):
                unsearched.append(dataset)
                continue
            unsearched += connector.hashed_columns()
            for which, digest, place, identity in self._known(connector):
                met = found.setdefault((which, digest), {})
                met.setdefault(f"{dataset}.{place}", {})[identity] = None
        filed = sum(self._filed(*key, met) for key, met in found.items())
        people: dict[str, int] = dict(Counter(str(which) for which, _ in found))
        return MatchOutcome(people, filed, lifted, tuple(unsearched))

    def _known(self, connector: ListsIdentities) -> Iterator[tuple[DropList, bytes, str, Identity]]:
        """Yield the identities of a store that a list names, each time one stands there."""
        known = connector.iter_identities()
        while some := list(islice(known, AT_ONCE)):
            for which, parts in self._kinds():
                mine = list(self._digests(which, parts, some))
                hits = self._lists.found(which, [digest for digest, _, _ in mine])
                yield from ((which, *it) for it in mine if it[0] in hits)

    def _lifted(self) -> int:
        """
        Let people be known again who took their request back; return of how many requests.

        Only what that very request keeps away: what they asked for elsewhere stands. One that may
        be run (again) keeps them away anew, and is looked at the next time, too.
        """
        context, lifted = self._context, 0
        actor = context.audit.operator(ACTOR)
        for request in self._lists.taken_back():
            lifted += context.suppressions.lift_request(request, actor=actor, at=context.clock())
            filed = context.requests.load(request)
            if filed is None or not may_run(filed.request):
                self._lists.forget_taken_back(request)
        return lifted

    def _kinds(self) -> Iterator[tuple[DropList, tuple[str, ...]]]:
        for which, told in self._named.items():
            yield which, (told,) if isinstance(told, str) else tuple(told)

    def _digests(
        self, which: DropList, named: tuple[str, ...], known: Sequence[tuple[str, Identity]]
    ) -> Iterator[tuple[bytes, str, Identity]]:
        """Yield the digest of each identity of the type *named*, of whose parts the rest names."""
        kind, *parts = named
        for place, identity in known:
            if identity.type != kind or not names_somebody(identity):
                continue
            told = dict(identity.parts)
            values = [told.get(it, "") for it in parts] if parts else [identity.value]
            hashed = hash_of(which, values)
            if hashed is not None:
                yield self._lists.digest(hashed), place, identity

    def _filed(self, which: DropList, digest: bytes, met: _Met) -> int:
        """
        File a request for whom was *met*; return 1 where it is new.

        An identity that several people have is opted out only: nobody is erased for another.
        """
        people = tuple(dict.fromkeys(it for known in met.values() for it in known))
        shared = self._is_shared(people)
        wanted = RequestType.OPT_OUT_SALE_SHARING if shared else RequestType.ERASURE
        book = OperatorRequestBook(self._context)
        order = ChannelOrder(
            channel="drop",
            party=which,
            number=self._number(book, which, digest, wanted, met),
            digest="",
            wanted=wanted,
            identities=people,
            proof=PROOF,
            place=PLACE,
        )
        filed = book.file(order)
        self._lists.matched(which, digest, filed.request.subject_request_id, shared=shared)
        return int(filed.fresh)

    def _number(
        self,
        book: OperatorRequestBook,
        which: DropList,
        digest: bytes,
        wanted: RequestType,
        met: _Met,
    ) -> str:
        """Return the number of a request: of the one that stands, or of the next round."""
        led = self._lists.led_to(which, digest)
        first = number = f"{wanted.value}:{digest.hex()}"
        turn = 0
        while before := book.find("drop", which, number):
            if not self._asks_again(before.request, led, met):
                break
            turn += 1
            number = f"{first}:{turn}"
        return number

    def _asks_again(self, request: SubjectRequest, led: set[str], met: _Met) -> bool:
        """
        Tell whether somebody who is found (again) needs another request than *request*.

        They do after an erasure, as they were met again, but for where a law keeps all that is
        found; after one that was taken back; and where no item stands that led to it, as they
        asked anew.
        """
        if not is_over(request):
            return False
        if request.status is RequestStatus.PARTIALLY_FULFILLED and is_erased(request):
            return any(self._kept.judge(place, list(known))[0] for place, known in met.items())
        return (
            is_erased(request)
            or request.status is RequestStatus.CANCELLED
            or request.subject_request_id not in led
        )

    @cached_property
    def _kept(self) -> KeptPeople:
        return KeptPeople(self._context, self._context.holds.standing())

    def _is_shared(self, people: tuple[Identity, ...]) -> bool:
        """Tell whether *people* stand in two rows of one collection whose rows are somebody."""
        for connector in self._context.connectors.values():
            rows = connector.resolve(people, MOST_ROWS)
            if any(number > 1 for number in Counter(it.collection for it in rows).values()):
                return True
        return False
