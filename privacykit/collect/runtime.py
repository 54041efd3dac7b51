"""The runtime that all requests share, built by ``runtime.build`` and kept fresh by a thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from privacykit.collect.address.client_ip import Finder
from privacykit.collect.counters import Counters, Tally
from privacykit.collect.events.event import Item
from privacykit.collect.facts import Line
from privacykit.collect.memo import KIBIBYTE, MEBIBYTE, Memo
from privacykit.collect.plans.plan import Weakened
from privacykit.collect.ports import Browser, Device, Devices
from privacykit.collect.site import STRANGER
from privacykit.collect.site_day import Days, SiteDay
from privacykit.collect.suppressed import NOBODY, Suppressed
from privacykit.pseudonym.subject import subject_reference
from privacykit.pseudonym.visitor import consented_id, rate_key

AGENTS_BYTES = 8 * MEBIBYTE
"""For user agents with their client hints."""
HOSTS_BYTES = 256 * KIBIBYTE


class Accepting(Protocol):
    """The side of the outbox that requests see."""

    def put(self, item: Item) -> bool:
        """Accept *item* without blocking; ``False`` when there is no room."""
        ...

    async def put_durably(self, item: Item) -> None:
        """Return once *item* is committed."""
        ...

    def put_durably_sync(self, item: Item) -> None:
        """Do the same, in a thread that may wait."""
        ...


class Services(Protocol):
    """
    What a :class:`Privacy` asks of its runtime.

    Attributes:
        clock: Unix seconds.
        days: Makes the next site day.
        site_days: The present site day of each site, by site id.
        suppressed: Who is not to be collected any more.
        devices: The device that user agent, brands, mobile and platform name, each as it was sent.
        withheld: How many events there might have been and were not, by the code of why.
        banner: Makes the banner for a request in the edge's words and a query of ours: its HTML,
            and where its script is.
    """

    clock: Callable[[], float]
    days: Days
    site_days: dict[str, SiteDay]
    suppressed: Suppressed
    devices: Memo[Browser, Device]
    withheld: Memo[str, Tally]
    banner: Callable[[Any, str], tuple[str, str]]

    def accept(self, item: Item) -> bool:
        """Put *item* into the outbox's buffer; ``False`` when it is full."""
        ...

    async def accept_durably(self, item: Item) -> None:
        """Return once *item* is committed to the outbox."""
        ...

    def accept_durably_sync(self, item: Item) -> None:
        """Do the same, in a thread that may wait."""
        ...

    def count(self, name: str, reason: str = "", n: int = 1) -> None:
        """Count what happened."""
        ...

    def failed(self, part: str, error: Exception) -> None:
        """Count a failure of ours at *part*, and remember its cause for the operator."""
        ...

    def rate_key(self, packed: bytes | None) -> str:
        """Return the hourly keyed hash of the whole address."""
        ...

    def raw_address_allowed(self, use: str) -> bool:
        """Tell whether *use* is listed in ``[raw_address]``; counts and audits it if so."""
        ...

    def subject_references(self, user_id: str) -> list[str]:
        """Return the keyed hashes that stand for the user, that of the newest key first."""
        ...

    def consented_id(self, record: str) -> str:
        """Return the visitor id that lives as long as the consent *record*."""
        ...


class Runtime:
    """
    What requests share.

    Attributes:
        days: SiteDays and the hour's salt.
        site_days: The present site day of each site, by site id.
        site_of: Raw ``Host`` header to site id, that of the stranger for a host of no site's.
        counters: What happened.
        clock: Unix seconds.
        failed: Counts a failure of ours at a part; the engine replaces it to know the cause.
        suppressed: Who is not to be collected any more; the keeper thread replaces it.
        devices: The device that user agent and client hints name.
        withheld: How many events there might have been and were not, by the code of why.
        banner: Makes the banner inside pages of the application; the engine puts its own here.
    """

    def __init__(  # noqa: PLR0913 - the parts of the whole, each by its name
        self,
        *,
        days: Days,
        site_of: Callable[[bytes], str | None],
        client: Finder,
        place: Callable[[bytes | None, list[Line], bool], tuple[str, Weakened]],
        devices: Devices,
        outbox: Accepting,
        counters: Counters,
        clock: Callable[[], float],
        subject_keys: Sequence[bytes],
        raw_address_uses: frozenset[str],
        audit_raw_address: Callable[[str], None],
    ) -> None:
        self.days = days
        self.site_days = days.site_days
        self.site_of: Memo[bytes | None, str] = Memo(
            lambda host: site_of(host or b"") or STRANGER, HOSTS_BYTES
        )
        self.client = client
        self.place = place
        self.counters = counters
        self.count = counters.count
        self.failed: Callable[[str, Exception], None] = self._failed
        self.clock = clock
        self.suppressed: Suppressed = NOBODY
        self.banner: Callable[[Any, str], tuple[str, str]] = lambda *_: ("", "")
        self.accept = outbox.put
        self.accept_durably = outbox.put_durably
        self.accept_durably_sync = outbox.put_durably_sync
        self.devices: Memo[Browser, Device] = Memo(
            lambda sent: _device(devices, *sent), AGENTS_BYTES
        )
        self.withheld: Memo[str, Tally] = Memo(lambda reason: counters.tally("withheld", reason))
        self._subject_keys = tuple(subject_keys)
        self._raw_address_uses = raw_address_uses
        self._audit_raw_address = audit_raw_address
        self._audited: set[str] = set()

    def __repr__(self) -> str:
        return f"<Runtime {', '.join(self.days.site_days)}>"

    def _failed(self, part: str, _: Exception) -> None:
        self.count("error", part)

    def rate_key(self, packed: bytes | None) -> str:
        """Return the keyed hash of the whole address under the hour's salt."""
        return "unknown" if packed is None else rate_key(self.days.hour_salt, packed)

    def raw_address_allowed(self, use: str) -> bool:
        """Tell whether *use* is listed; count it, and audit it once per process."""
        if use not in self._raw_address_uses:
            return False
        self.count("raw_address", use)
        if use not in self._audited:
            self._audited.add(use)
            self._audit_raw_address(use)
        return True

    def subject_references(self, user_id: str) -> list[str]:
        """Return the keyed hashes that stand for the user, that of the newest key first."""
        return [subject_reference(key, user_id) for key in self._subject_keys]

    def consented_id(self, record: str) -> str:
        """Return the visitor id that lives as long as the consent *record*."""
        return consented_id(self._subject_keys[0], record)


def _device(
    devices: Devices,
    agent: bytes | None,
    brands: bytes | None,
    mobile: bytes | None,
    platform: bytes | None,
) -> Device:
    if brands is None:
        return devices(agent)
    return devices(agent, (brands, mobile or b"", platform or b""))
