"""
Events of made-up people, told from those of real visitors who send the same browser. Pure.

Law of this file: a version of a browser alone makes nobody made up. The time of the visits and the
address, weakened as theirs is, must agree as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from privacykit.policy.place import UNKNOWN
from privacykit.pseudonym.addresses.ip import IPMethod
from privacykit.stores.watch_state import OpenRun
from privacykit.verify.site.expected import SiteExpectations
from privacykit.verify.watch.people import MadeUpPerson
from privacykit.verify.watch.places.placed import SKEW_SECONDS, EventSeen, PlacedEvent


class TheirEvents:
    """
    What tells the events of some runs from everybody's.

    Args:
        runs: The runs.
        expected: What is expected of the site: how it weakens addresses.
        places: Where their people are, besides nowhere.
    """

    def __init__(
        self, runs: Sequence[OpenRun], expected: SiteExpectations, places: Iterable[str]
    ) -> None:
        self._runs = runs
        self._methods: list[IPMethod] = [
            expected.plan(place, {}, max((run.until for run in runs), default=0.0)).ip
            for place in sorted({UNKNOWN, *places})
        ]

    def near(self, events: Iterable[PlacedEvent]) -> list[PlacedEvent]:
        """Return those of *events* that say a browser of theirs at the time of the visits."""
        return [
            event
            for event in events
            if event.seen is not None and any(self._addresses(event, event.seen))
        ]

    def among(self, events: Iterable[PlacedEvent]) -> list[PlacedEvent]:
        """
        Return those of *events* that are theirs.

        Where something in front of the site replaces the address, theirs is known by the events
        that bear their language or referrer too.
        """
        near = [
            (event, event.seen, address)
            for event in events
            if event.seen is not None
            for address in self._addresses(event, event.seen)
        ]
        sure = {seen.ip for _, seen, _ in near if seen.is_of_canary}
        found = {
            (event.place, event.id): event
            for event, seen, address in near
            if seen.ip in sure or self._agrees(seen, address)
        }
        return list(found.values())

    def _addresses(self, event: PlacedEvent, seen: EventSeen) -> Iterator[str]:
        """Yield the address of whose browser it was at that time."""
        at = event.at
        for run in self._runs:
            if run.at - SKEW_SECONDS <= at <= run.until + SKEW_SECONDS:
                address = run.people.get(seen.browser)
                if address is not None:
                    yield address

    def _agrees(self, seen: EventSeen, address: str) -> bool:
        """Tell whether an event shows what may be left of *address*; of none, nothing disagrees."""
        if seen.ip is None:
            return True
        mine, shown = ip_address(address), _network(seen.ip, seen.ip_bits)
        if shown is not None and mine in shown:
            return True
        return any(
            method.stability == "none" or method.weaken(mine.packed) == seen.ip
            for method in self._methods
        )


def _network(text: str, bits: int | None) -> IPv4Network | IPv6Network | None:
    """Return what an event shows of an address, ``None`` where it shows a token instead."""
    try:
        shown = ip_address(text)
        return ip_network((shown, shown.max_prefixlen if bits is None else bits), strict=False)
    except ValueError:
        return None


def browsers_of(people: Sequence[MadeUpPerson]) -> dict[str, str]:
    """Return the browser of each of *people*, and the address that proxies are told."""
    return {person.marks.browser: str(person.marks.address) for person in people}
