"""What the application sees as ``request.state.privacy``. Pure but for what its runtime brings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

import msgspec

from privacykit.collect.codes import Code
from privacykit.collect.decision import Decision
from privacykit.collect.event import CUSTOM, NULL, Item
from privacykit.collect.facts import Facts
from privacykit.collect.fragments import encode_props
from privacykit.collect.lane import Lane
from privacykit.collect.plan import Plan, PurposePlan, Weakened, usable
from privacykit.collect.ports import Device
from privacykit.collect.suppressed import Suppressed
from privacykit.errors import InputError, StoreError
from privacykit.policy.verdict import Verdict
from privacykit.pseudonym.address import RawAddress
from privacykit.pseudonym.visitor import visitor_id

LONGEST_NAME = 64


class Emission(msgspec.Struct, frozen=True, gc=False):
    """
    What became of an event; true when it was accepted.

    Attributes:
        reason: Why it was not accepted, a reason code; empty when it was.
    """

    reason: str = ""

    def __bool__(self) -> bool:
        return not self.reason


ACCEPTED = Emission()
SUPPRESSED = Emission(Code.SUPPRESSED.value)
FAILED = Emission("error")
"""Something of ours broke; it was counted, and the application goes on (P9)."""


class Services(Protocol):
    """
    What a :class:`Privacy` asks of its runtime.

    Attributes:
        suppressed: Who is not to be collected any more.
    """

    suppressed: Suppressed

    def accept(self, item: Item) -> bool:
        """Put *item* into the outbox's buffer; ``False`` when it is full."""
        ...

    async def accept_durably(self, item: Item) -> None:
        """Return once *item* is committed to the outbox."""
        ...

    def count(self, name: str, reason: str = "", n: int = 1) -> None:
        """Count what happened."""
        ...

    def device(self, headers: dict[bytes, bytes]) -> Device:
        """Return the device that user agent and client hints name."""
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

    def subject_reference(self, user_id: str) -> str:
        """Return the keyed hash that stands for the user."""
        ...

    def consented_id(self, record: str) -> str:
        """Return the visitor id that lives as long as the consent *record*."""
        ...


class Privacy(msgspec.Struct, gc=False):
    """
    The decision about one request, and what may be done under it.

    It holds the raw address and user agent, and never prints them.
    """

    plan: Plan
    facts: Facts
    lane: Lane
    services: Services
    packed: bytes | None
    shown: Weakened
    record: str | None
    looked: bool = False
    subject: str | None = None

    def __repr__(self) -> str:
        return f"<Privacy {self.plan.place}>"

    def allows(self, purpose: str) -> bool:
        """
        Tell whether *purpose* may happen now.

        Raises:
            InputError: The configuration has no such purpose.
        """
        return self._decision(purpose).verdict is Verdict.ALLOW

    @property
    def decision(self) -> dict[str, Decision]:
        """The decision on each purpose, with its reasons."""
        self.looked = True
        return self.plan.decisions

    @property
    def place(self) -> str:
        """Country (``DE``) or country and subdivision (``US-CA``); ``ZZ`` when unknown."""
        self.looked = True
        return self.plan.place

    @property
    def visitor(self) -> str | None:
        """The visitor id of page events, ``None`` where there may be none."""
        self.looked = True
        page = self.plan.page
        if page is None or page.withheld:
            return None
        try:
            return self.visitor_under(page, self.device)
        except Exception as error:  # noqa: BLE001 - P9: the application outlives us
            self.services.failed("visitor", error)
            return None

    @property
    def device(self) -> Device:
        """The device that the headers name."""
        return self.services.device(self.facts.headers)

    @property
    def gpc(self) -> bool:
        """Whether the browser sent Global Privacy Control, which was honoured."""
        self.looked = True
        return self.plan.gpc

    def emit(
        self, name: str, purpose: str | None = None, props: Mapping[str, object] | None = None
    ) -> Emission:
        """
        Emit an event of the application's own, if its purpose may happen.

        Args:
            name: What happened, e.g. ``signup``; at most 64 characters.
            purpose: One purpose of the configuration; that of page events by default.
            props: At most 30 scalars; texts pass the detectors for personal data first.

        Returns:
            What became of it; accepted is not yet acknowledged.

        Raises:
            InputError: No such purpose, or a name that is none.
        """
        try:
            item = self._item(name, purpose, props)
            if isinstance(item, Emission):
                return item
            return ACCEPTED if self.services.accept(item) else Emission("outbox_full")
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001 - P9: the application outlives us
            self.services.failed("emit", error)
            return FAILED

    async def emit_durably(
        self, name: str, purpose: str | None = None, props: Mapping[str, object] | None = None
    ) -> Emission:
        """
        Like :meth:`emit`, but return when the event is acknowledged: committed to the outbox.

        Raises:
            InputError: No such purpose, or a name that is none.
            StoreError: It could not be committed.
        """
        try:
            item = self._item(name, purpose, props)
            if isinstance(item, Emission):
                return item
            await self.services.accept_durably(item)
        except (InputError, StoreError):
            raise
        except Exception as error:  # noqa: BLE001 - P9: the application outlives us
            self.services.failed("emit", error)
            return FAILED
        return ACCEPTED

    def identify(self, user_id: str) -> None:
        """
        Tie what follows to a known user, where the decision allows identified data.

        Args:
            user_id: The application's own id of the user; only its keyed hash is kept.
        """
        self.subject = self.services.subject_reference(user_id)

    def rate_limit_key(self) -> str:
        """Return a key for rate limiters: a hash of the whole address under an hourly salt."""
        return self.services.rate_key(self.packed)

    def raw_address(self, use: str) -> RawAddress | None:
        """
        Return the raw address for a *use* that ``[raw_address]`` lists.

        The result does not print; its ``packed`` bytes do.

        Raises:
            InputError: The use is not listed.
        """
        if not self.services.raw_address_allowed(use):
            raise InputError("not a use listed under [raw_address]")
        return RawAddress(self.packed) if self.packed is not None else None

    def visitor_under(self, plan: PurposePlan, device: Device) -> str | None:
        """Return the visitor id that *plan* allows on *device*, ``None`` where it allows none."""
        if plan.visitor == "day":
            return visitor_id(self.lane.salt, self.packed, device.ua_class, self.facts.now)
        if plan.visitor == "none" or self.record is None:
            return None
        return self.services.consented_id(self.record)

    def suppressed_under(self, plan: PurposePlan) -> bool:
        """Tell whether the person, as far as known, is not to be collected under *plan*."""
        if self.subject is None and self.record is None:
            return False
        orders = self.services.suppressed
        if orders.since(self.record, plan.purpose) is not None:
            return True
        at = orders.since(self.subject, plan.purpose)
        if at is None or not plan.record:
            return at is not None
        return self.lane.choices.granted_at(self.facts.cookie, self.facts.now) <= at

    def _decision(self, purpose: str) -> Decision:
        self.looked = True
        try:
            return self.plan.decisions[purpose]
        except KeyError:
            known = ", ".join(self.plan.decisions)
            raise InputError(f"no such purpose; the configuration has: {known}") from None

    def _usable(self, purpose: str) -> PurposePlan:
        self._decision(purpose)
        return usable(self.plan.purposes[purpose])

    def _item(
        self, name: str, purpose: str | None, props: Mapping[str, object] | None
    ) -> Item | Emission:
        opening = _opening(name)
        plan = self._usable(purpose) if purpose else self.plan.page
        if plan is None:
            raise InputError("name a purpose: the site has no page events to take it from")
        self.looked = True
        if plan.withheld:
            self.services.count("withheld", plan.withheld)
            return Emission(plan.withheld)
        if self.suppressed_under(plan):
            self.services.count("withheld", SUPPRESSED.reason)
            return SUPPRESSED
        device = self.services.device(self.facts.headers)
        return Item(
            plan,
            self.facts.now,
            opening,
            self.visitor_under(plan, device),
            NULL,
            self.shown.members,
            device.fragment,
            encode_props(props) if props else "",
            self.record,
            self.subject if plan.identified else None,
        )


@lru_cache(maxsize=256)
def _opening(name: str) -> str:
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise InputError("an event's name has 1 to 64 printable characters")
    return CUSTOM + msgspec.json.encode(name).decode()


class NoPrivacy:
    """
    What an application sees when we failed: nothing is known, nothing may happen (P9).

    It answers like :class:`Privacy`, so that the application goes on.
    """

    __slots__ = ()

    looked = True
    place = "ZZ"
    visitor = None
    gpc = False

    @property
    def decision(self) -> dict[str, Decision]:
        """No decision was made."""
        return {}

    def allows(self, purpose: str) -> bool:  # noqa: ARG002 - the same signature
        """Nothing is allowed."""
        return False

    def __repr__(self) -> str:
        return "<NoPrivacy>"

    def emit(self, *_: object, **__: object) -> Emission:
        """Nothing is emitted."""
        return FAILED

    async def emit_durably(self, *_: object, **__: object) -> Emission:
        """Nothing is emitted."""
        return FAILED

    def identify(self, user_id: str) -> None:
        """Nobody is identified."""

    def rate_limit_key(self) -> str:
        """Everybody shares one key."""
        return "unknown"

    def raw_address(self, use: str) -> None:
        """No address is known."""


NO_PRIVACY = NoPrivacy()
