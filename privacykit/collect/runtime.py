"""Everything requests share, put together by ``settings`` and kept fresh by its keeper thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from privacykit.collect.counters import Counters
from privacykit.collect.event import Item
from privacykit.collect.lane import Lane
from privacykit.collect.memo import Memo
from privacykit.collect.plan import Weakened
from privacykit.collect.ports import Device, Devices
from privacykit.collect.site import STRANGER
from privacykit.collect.suppressed import NOBODY, Suppressed
from privacykit.pseudonym.subject import subject_reference
from privacykit.pseudonym.visitor import consented_id, rate_key

_Hinted = tuple[bytes | None, bytes, bytes, bytes]
REMEMBERED = 2048
"""User agents, with and without client hints, in each of two generations."""


class Accepting(Protocol):
    """The side of the outbox that requests see."""

    def put(self, item: Item) -> bool:
        """Accept *item* without blocking; ``False`` when there is no room."""
        ...

    async def put_durably(self, item: Item) -> None:
        """Return once *item* is committed."""
        ...


class Days(Protocol):
    """
    What changes by the clock; a keeper thread replaces each part by one assignment.

    Attributes:
        lanes: The present lane of each site, by site id.
        hour_salt: Salt of rate-limit keys.
    """

    lanes: dict[str, Lane]
    hour_salt: bytes

    def renew(self, id_: str, now: float) -> Lane:
        """Replace the lane of a site whose day is over; never blocks for long."""
        ...


class Runtime:
    """
    What requests share.

    Attributes:
        days: Lanes and the hour's salt.
        site_of: Raw ``Host`` header to site id, ``None`` for a host that is no site's.
        counters: What happened.
        clock: Unix seconds.
        failed: Counts a failure of ours at a part; the engine replaces it to know the cause.
        suppressed: Who is not to be collected any more; the keeper thread replaces it.
    """

    def __init__(  # noqa: PLR0913 - the parts of the whole, each by its name
        self,
        *,
        days: Days,
        site_of: Callable[[bytes], str | None],
        client: Callable[[str | None, dict[bytes, bytes]], tuple[bytes | None, bool]],
        place: Callable[[bytes | None, dict[bytes, bytes], bool], tuple[str, Weakened]],
        devices: Devices,
        outbox: Accepting,
        counters: Counters,
        clock: Callable[[], float],
        subject_key: bytes,
        raw_address_uses: frozenset[str],
        audit_raw_address: Callable[[str], None],
    ) -> None:
        self.days = days
        self.site_of = Memo(site_of, 1024)
        self.client = client
        self.place = place
        self.counters = counters
        self.count = counters.count
        self.failed: Callable[[str, Exception], None] = self._failed
        self.clock = clock
        self.suppressed: Suppressed = NOBODY
        self.accept = outbox.put
        self.accept_durably = outbox.put_durably
        self._agents: Memo[bytes | None, Device] = Memo(devices, REMEMBERED)
        self._hinted: Memo[_Hinted, Device] = Memo(lambda key: devices(key[0], key[1:]), REMEMBERED)
        self._subject_key = subject_key
        self._raw_address_uses = raw_address_uses
        self._audit_raw_address = audit_raw_address
        self._audited: set[str] = set()

    def __repr__(self) -> str:
        return f"<Runtime {', '.join(self.days.lanes)}>"

    def _failed(self, part: str, _: Exception) -> None:
        self.count("error", part)

    def lane(self, host: bytes, now: float) -> Lane:
        """Return the lane of *host* at *now*; one whose day is over is replaced first."""
        id_ = self.site_of[host] or STRANGER
        lane = self.days.lanes[id_]
        if now >= lane.until:
            lane = self.days.renew(id_, now)
        return lane

    def device(self, headers: dict[bytes, bytes]) -> Device:
        """Return the device that user agent and client hints name."""
        agent = headers.get(b"user-agent")
        if b"sec-ch-ua" not in headers:
            return self._agents[agent]
        mobile = headers.get(b"sec-ch-ua-mobile", b"")
        platform = headers.get(b"sec-ch-ua-platform", b"")
        return self._hinted[agent, headers[b"sec-ch-ua"], mobile, platform]

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

    def subject_reference(self, user_id: str) -> str:
        """Return the keyed hash that stands for the user."""
        return subject_reference(self._subject_key, user_id)

    def consented_id(self, record: str) -> str:
        """Return the visitor id that lives as long as the consent *record*."""
        return consented_id(self._subject_key, record)
