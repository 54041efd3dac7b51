"""
The privacy object, ``request.state.privacy``. Pure but for what its runtime brings.

Laws of this file: what is told and emitted is of the moment it is asked for, not of the moment the
connection began, and nothing here holds a salt, so that one that died is gone however long a
connection lasts; whatever an application passes in, it gets an answer or an
:class:`~privacykit.errors.InputError`, never another exception.
"""

from __future__ import annotations

from typing import final

import msgspec

from privacykit.collect.cookies import named as cookies
from privacykit.collect.cookies.named import Named
from privacykit.collect.events.event import NULL, Item, custom_opening
from privacykit.collect.events.fragments import encode_props
from privacykit.collect.facts import HeaderShape, Line, browser_of
from privacykit.collect.plans.plan import NO_ADDRESS, CompiledPlan, PurposePlan, Weakened, usable
from privacykit.collect.ports import Device, Emission
from privacykit.collect.runtime import Services
from privacykit.collect.site_day import SiteDay
from privacykit.decide.codes import Code
from privacykit.decide.decision import Decision
from privacykit.decide.withheld import Withheld
from privacykit.errors import InputError, StoreError
from privacykit.policy.verdict import Verdict
from privacykit.pseudonym.addresses.address import RawAddress
from privacykit.pseudonym.subject import user_id_text
from privacykit.pseudonym.visitor import visitor_id

UNKNOWN_KEY = "unknown"
"""The rate-limit key of everybody of whom no address is known."""

ACCEPTED = Emission()
SUPPRESSED = Emission(Code.SUPPRESSED.value)
ROBOT = Emission(Withheld.ROBOT.value)
NOT_A_NAME = Emission(Withheld.NOT_A_NAME.value)
"""A value stands where a name should, perhaps somebody's: it is neither kept nor said."""
OUTBOX_FULL = Emission(Withheld.OUTBOX_FULL.value)
FAILED = Emission("error")
"""Something of ours broke; it was counted, and the application goes on (P9)."""


class Privacy(msgspec.Struct, gc=False):
    """
    The decision about one request, and what may be done under it.

    It holds the raw address and all headers and never prints them: *lines* came in at *now*, Unix
    seconds, *shape* says where they stand. It holds the site's id, not its day: a stream outlives
    many. An application may name its *page*, a template; *rendered* is whether ours is in it.
    """

    plan: CompiledPlan
    site: str
    services: Services
    now: float
    lines: list[Line]
    shape: HeaderShape
    query: bytes
    packed: bytes | None
    shown: Weakened
    consent_id: str | None
    looked: bool = False
    rendered: bool = False
    subject: str | None = None
    former_subjects: tuple[str, ...] = ()
    page: str | None = None
    named: Named | None = None
    name_cookie = cookies.name_cookie
    set_cookie = cookies.set_cookie

    def __repr__(self) -> str:
        return f"<Privacy {self.plan.place}>"

    def allows(self, purpose: str) -> bool:
        """
        Tell whether *purpose* may happen now.

        Raises:
            InputError: The configuration has no such purpose.
        """
        try:
            return self._decision(purpose).verdict is Verdict.ALLOW
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001 - P9: the application outlives us
            self.services.failed("allows", error)
            return False

    @property
    def site_day(self) -> SiteDay:
        """The site's present day; where it is not the one decided on, all is decided anew."""
        services = self.services
        now = services.clock()
        site_day = services.site_days[self.site]
        if now >= site_day.until:
            site_day = services.days.renew(self.site, now)
        if site_day.edition != self.plan.edition:
            gpc, dnt = self.lines[self.shape.gpc][1], self.lines[self.shape.dnt][1]
            said = self.cookie, gpc, dnt, now, services.suppressed, self.query
            mask, self.consent_id = site_day.read_signals(*said)
            self.plan = site_day.plans[self.plan.place, mask]
            self.shown = self.plan.show(self.packed)
        return site_day

    @property
    def decision(self) -> dict[str, Decision]:
        """The present decision on each purpose, with its reasons."""
        self.looked = True
        _ = self.site_day
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
        try:
            site_day = self.site_day
            page = self.plan.page
            if page is None or page.withheld:
                return None
            return self.visitor_under(page, self.device, site_day, self.services.clock())
        except Exception as error:  # noqa: BLE001 - P9: the application outlives us
            self.services.failed("visitor", error)
            return None

    @property
    def device(self) -> Device:
        """The device that the headers name."""
        return self.services.devices[browser_of(self.lines, self.shape)]

    @property
    def cookie(self) -> bytes:
        """The ``Cookie`` header, of a very long one what is looked at; empty when there is none."""
        return self.lines[self.shape.cookie][1] or b""

    @property
    def gpc(self) -> bool:
        """Whether the browser sent Global Privacy Control, which was honoured."""
        self.looked = True
        _ = self.site_day
        return self.plan.gpc

    @property
    def closing(self) -> bool:
        """
        Whether the erasure of the identified person is approved and waits for its time.

        Until then they may take it back. ``False`` for whoever is not identified.
        """
        return self.services.suppressed.closing((self.subject, *self.former_subjects))

    def emit(self, name: str, purpose: str | None = None, props: object = None) -> Emission:
        """
        Emit an event of the application's own, if its purpose may happen.

        Args:
            name: What happened, e.g. ``signup``: words, as in
                :func:`~privacykit.pseudonym.texts.names.is_name`; anything else is not accepted.
            purpose: One purpose of the configuration; that of page events by default.
            props: A mapping or a model's instance, without its fields that are :class:`.Personal`;
                at most 30 scalars; texts pass the detectors for personal data first.

        Returns:
            What became of it; accepted is not yet acknowledged.

        Raises:
            InputError: No such purpose.
        """
        try:
            item = self._item(name, purpose, props)
            if isinstance(item, Emission):
                return item
            return ACCEPTED if self.services.accept(item) else OUTBOX_FULL
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001 - P9: the application outlives us
            self.services.failed("emit", error)
            return FAILED

    async def emit_durably(
        self, name: str, purpose: str | None = None, props: object = None
    ) -> Emission:
        """
        Like :meth:`emit`, but return when the event is acknowledged: committed to the outbox.

        Raises:
            InputError: No such purpose.
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

    def emit_durably_sync(
        self, name: str, purpose: str | None = None, props: object = None
    ) -> Emission:
        """
        Do what :meth:`emit_durably` does in code that awaits nothing: its thread waits.

        Raises:
            InputError: No such purpose.
            StoreError: It could not be committed.
        """
        try:
            item = self._item(name, purpose, props)
            if isinstance(item, Emission):
                return item
            self.services.accept_durably_sync(item)
        except (InputError, StoreError):
            raise
        except Exception as error:  # noqa: BLE001 - P9: the application outlives us
            self.services.failed("emit", error)
            return FAILED
        return ACCEPTED

    def identify(self, user_id: object) -> None:
        """
        Tie what follows to a known user, where the decision allows identified data.

        Args:
            user_id: The application's own id of the user: text, an integer or a UUID, which count
                as their canonical text. Only its keyed hash is kept. Whatever else it is, nobody
                is identified from here on, and that is counted.
        """
        self.subject, self.former_subjects = None, ()
        try:
            text = user_id_text(user_id)
            if text is None:
                self.services.count("identify_refused")
            else:
                self.subject, *former = self.services.subject_references(text)
                self.former_subjects = tuple(former)
        except Exception as error:  # noqa: BLE001 - P9: the application outlives us
            self.services.failed("identify", error)

    def rate_limit_key(self) -> str:
        """Return a key for rate limiters: a hash of the whole address under an hourly salt."""
        try:
            return self.services.rate_key(self.packed)
        except Exception as error:  # noqa: BLE001 - P9: the application outlives us
            self.services.failed("rate_limit_key", error)
            return UNKNOWN_KEY

    def raw_address(self, use: str) -> RawAddress | None:
        """
        Return the raw address for a *use* that ``[raw_address]`` lists.

        The result does not print; its ``packed`` bytes do.

        Raises:
            InputError: The use is not listed.
        """
        try:
            allowed = self.services.raw_address_allowed(use)
        except Exception as error:  # noqa: BLE001 - P9: the application outlives us
            self.services.failed("raw_address", error)
            return None
        if not allowed:
            raise InputError("not a use listed under [raw_address]")
        return RawAddress(self.packed) if self.packed is not None else None

    def visitor_under(
        self, plan: PurposePlan, device: Device, site_day: SiteDay, now: float
    ) -> str | None:
        """
        Return the visitor id that *plan* allows, ``None`` where it allows none.

        Args:
            plan: Of the present decision.
            device: The device that the headers name.
            site_day: The present one.
            now: Unix seconds.
        """
        if plan.visitor == "day":
            return visitor_id(site_day.salt, self.packed, device.ua_class, now)
        if plan.visitor == "none" or self.consent_id is None or not plan.consented:
            return None  # a grant to another banner has no record, and borrows none
        return self.services.consented_id(self.consent_id)

    def suppressed_under(self, plan: PurposePlan, site_day: SiteDay) -> bool:
        """Tell whether the person is not to be collected; only a grant of ours answers an order."""
        if self.subject is None and self.consent_id is None:
            return False
        orders, clock = self.services.suppressed, self.services.clock
        if orders.since(self.consent_id, plan.purpose) is not None:
            return True
        at = orders.latest((self.subject, *self.former_subjects), plan.purpose)
        if at is None or not plan.consented:
            return at is not None
        return site_day.choices.granted_at(self.cookie, plan.purpose, clock()) <= at

    def _decision(self, purpose: str) -> Decision:
        self.looked = True
        _ = self.site_day
        try:
            return self.plan.decisions[purpose]
        except KeyError:
            known = ", ".join(self.plan.decisions)
            raise InputError(f"no such purpose; the configuration has: {known}") from None

    def _usable(self, purpose: str) -> PurposePlan:
        self._decision(purpose)
        return usable(self.plan.purposes[purpose])

    def _withheld(self, why: Emission) -> Emission:
        self.services.withheld[why.reason].n += 1
        return why

    def _item(self, name: str, purpose: str | None, props: object) -> Item | Emission:
        site_day = self.site_day
        now = self.services.clock()
        plan = self._usable(purpose) if purpose else self.plan.unnamed
        if plan is None:
            raise InputError("name a purpose: the site has no page events to take it from")
        self.looked = True
        if plan.withheld or self.suppressed_under(plan, site_day):
            return self._withheld(Emission(plan.withheld) if plan.withheld else SUPPRESSED)
        device, opening = self.device, custom_opening(name)
        if opening is None or not site_day.site.counts(device):
            return self._withheld(NOT_A_NAME if opening is None else ROBOT)
        return Item(
            plan,
            now,
            opening,
            self.visitor_under(plan, device, site_day, now),
            NULL,
            self.shown.json_members,
            device.fragment,
            encode_props(props) if props else "",
            self.consent_id,
            self.subject if plan.identified else None,
        )


class _Unkept:
    """A member that may be set, and is forgotten."""

    def __get__(self, *_: object) -> None:
        return None

    def __set__(self, *_: object) -> None: ...


@final
class NoPrivacy(cookies.NamesNoCookies):
    """What an application sees when we failed: a :class:`Privacy` that allows nothing (P9)."""

    __slots__ = ()

    looked = True
    shown = NO_ADDRESS
    place = "ZZ"
    visitor = None
    page = _Unkept()
    gpc = False
    closing = False

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

    emit_durably_sync = emit

    def identify(self, user_id: object) -> None:
        """Nobody is identified."""

    def rate_limit_key(self) -> str:
        """Everybody shares one key."""
        return UNKNOWN_KEY

    def raw_address(self, use: str) -> None:
        """No address is known."""


NO_PRIVACY = NoPrivacy()
