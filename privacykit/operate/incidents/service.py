"""
The incident service: an inventory frozen, clocks started, decisions written down, letters drafted.

Reads counts only; no value of a person's leaves a store. Writes to the register and the audit log.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from privacykit.errors import InputError
from privacykit.govern.datamap.duration import Duration
from privacykit.govern.incidents.clocks import IncidentDuty, incident_duties, undecided
from privacykit.govern.incidents.model import (
    Incident,
    IncidentDecision,
    Instants,
    Inventory,
    StoreInventory,
    check_order,
    check_past,
)
from privacykit.govern.incidents.register import kept_months
from privacykit.operate.context import OperatorContext
from privacykit.operate.incidents import own_events
from privacykit.operate.incidents.asked import KEYS, NewIncident
from privacykit.operate.incidents.law import incident_policies
from privacykit.operate.incidents.mapped import (
    collection_inventory,
    mapped_names,
    people_of,
    places_of,
)
from privacykit.policy.place import UNKNOWN
from privacykit.stores.records.operations.incidents import SqlIncidents
from privacykit.stores.salts.rules import SaltRow


class IncidentService:
    """
    Handles incidents.

    Args:
        context: The stores.
        salts: Reads what stands in the salt store, without the salts.
    """

    def __init__(self, context: OperatorContext, salts: Callable[[], Sequence[SaltRow]]) -> None:
        self._context = context
        self._salts = salts
        self.register = SqlIncidents(context.engine, context.audit)

    def open(self, new: NewIncident, actor: str) -> Incident:
        """
        Freeze the inventory, start the clocks, write the incident into the register.

        Raises:
            InputError: A store, key or moment is none (PK353, PK354).
            StoreError: A store does not answer: an incident whose extent nobody read is not opened.
        """
        self._check(new.instants)
        if not set(new.keys) <= set(KEYS):
            raise InputError(f"--keys names no key: {', '.join(KEYS)}")
        inventory = self.inventory(new)
        return self._written(new, inventory, actor, drill=False)

    def rehearse(self, new: NewIncident, inventory: Inventory, actor: str) -> Incident:
        """Open a rehearsal over a made-up *inventory*; everything about it says so."""
        return self._written(new, inventory, actor, drill=True)

    def inventory(self, new: NewIncident) -> Inventory:
        """
        Count what was touched.

        Raises:
            InputError: There is no such store (PK353).
            StoreError: A store does not answer.
        """
        context, now = self._context, self._context.clock()
        stores, days = self._stores(new)
        places = places_of(stores)
        return Inventory(
            taken_at=now,
            start=new.start,
            end=new.end,
            stores=tuple(stores),
            people=people_of(stores),
            places=places,
            unknown_place=bool(places.get(UNKNOWN)),
            salts=own_events.salt_days(days, self._salts, now),
            keys=new.keys,
            sinks=tuple(own_events.sink_names(context.settings)),
        )

    def found(self, incident_id: str) -> Incident:
        """
        Return the incident of the id or its beginning; none given, the newest, real ones first.

        Raises:
            InputError: There is none, or there are several.
        """
        known = self.register.all()
        if not incident_id and known:
            real = [one for one in known if not one.drill and one.closed_at is None]
            return (real or known)[-1]
        fitting = [one for one in known if one.incident_id.startswith(incident_id)]
        if len(fitting) != 1:
            raise InputError("there is no such incident; `privacykit incident list` names them")
        return fitting[0]

    def duties(self, incident: Incident) -> list[IncidentDuty]:
        """Return every duty, what is due first first."""
        context = self._context
        policies = incident_policies(context, incident.all_places, incident.opened_at)
        zone = ZoneInfo(context.settings.timezone)
        instants = incident.instants
        local = replace(
            instants,
            **{
                name: moment.astimezone(zone)
                for name in instants.__struct_fields__
                if (moment := getattr(instants, name)) is not None
            },
        )
        return incident_duties(
            replace(incident, instants=local),
            policies,
            context.applicable.calendar,
            self._now(),
            small_agent=context.settings.incident.small_agent,
        )

    def decide(self, incident_id: str, decision: IncidentDecision, actor: str) -> Incident:
        """
        Write a decision down; a notice that was given starts and ends clocks.

        Raises:
            InputError: There is no such incident, it is closed, the law is none of its laws, or
                they are told in the future.
        """
        incident = self._open(incident_id)
        laws = {duty.policy for duty in self.duties(incident)}
        if decision.policy != "*" and decision.policy not in laws:
            raise InputError("--law names no law of this incident; `incident status` lists them")
        instants = incident.instants
        if decision.told_at is not None:
            told = datetime.fromtimestamp(decision.told_at, UTC)
            check_past(self._now(), told)
            if decision.told == "authority":
                instants = replace(instants, authority_told=instants.authority_told or told)
            else:
                instants = replace(instants, people_told=instants.people_told or told)
        decided = replace(incident, decisions=(*incident.decisions, decision), instants=instants)
        self._replace(
            decided,
            actor,
            "incident.decided",
            {
                "law": decision.policy,
                "told": decision.told,
                "notify": decision.notify,
                "given": decision.told_at is not None,
            },
        )
        return decided

    def later(self, incident_id: str, instants: Instants, actor: str) -> Incident:
        """
        Write down instants that came later: it was determined, it was assessed.

        Raises:
            InputError: There is no such incident, it is closed, or the order is none (PK354).
        """
        incident = self._open(incident_id)
        self._check(instants)
        moved = replace(incident, instants=instants)
        self._replace(moved, actor, "incident.moved", {})
        return moved

    def reported(self, incident: Incident, forms: Sequence[str], actor: str) -> None:
        """Write down that drafts were made."""
        self._replace(incident, actor, "incident.drafted", {"forms": list(forms)})

    def close(self, incident_id: str, remedy: str, actor: str) -> tuple[Incident, float, str]:
        """
        Close an incident; its entry stays as long as the longest register duty asks.

        Returns:
            The incident, Unix seconds until which it is kept, and by which duty.

        Raises:
            InputError: There is no such incident, it is closed, or a notice runs about which
                nothing was decided: closed, it would be nobody's.
        """
        incident = self._open(incident_id)
        if not incident.drill and (left := undecided(self.duties(incident))):
            told = ", ".join(dict.fromkeys(f"{duty.policy} {duty.what}" for duty in left))
            raise InputError(
                f"neither told nor decided against: {told}; "
                "write it down first: privacykit incident decide --authority (or --people) "
                "--notify --told MOMENT, or --not-notify, --because TEXT"
            )
        now = self._context.clock()
        policies = incident_policies(self._context, incident.all_places, incident.opened_at)
        months, why = kept_months(policy.id for policy in policies)
        until = Duration(months=months).after(now)
        closed = replace(incident, closed_at=now, remedy=remedy or incident.remedy)
        self._replace(closed, actor, "incident.closed", {"kept_months": months}, keep_until=until)
        return closed, until, why

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._context.clock(), UTC)

    def _check(self, instants: Instants) -> None:
        check_order(instants)
        known = (instants.happened, instants.aware, instants.determined, instants.assessed)
        check_past(self._now(), *known)

    def _open(self, incident_id: str) -> Incident:
        incident = self.found(incident_id)
        if incident.closed_at is not None:
            raise InputError("the incident is closed")
        return incident

    def _stores(self, new: NewIncident) -> tuple[list[StoreInventory], tuple[str, ...]]:
        names = list(new.stores) or self.known()
        unknown = set(names) - set(self.known())
        if unknown:
            raise InputError(f"--store names no store (PK353): {', '.join(self.known())}")
        found, days = [], tuple[str, ...]()
        for name in names:
            if name != own_events.EVENTS:
                found.append(collection_inventory(self._context, name, new.start, new.end))
                continue
            with own_events.events_engine(self._context) as engine:
                if engine is not None:
                    now = self._context.clock()
                    made, days = own_events.events_inventory(
                        self._context.settings, engine, new.start, new.end, now
                    )
                    found.append(made)
                    between = own_events.days_between(new.start, new.end)
                    days = tuple(sorted({*days, *between}))
        return found, days

    def known(self) -> list[str]:
        """Return the names of every store and collection there is."""
        ours = [own_events.EVENTS] if self._context.settings.events.url else []
        file = self._context.paths.file(self._context.settings.datamap.file)
        return [*ours, *(mapped_names(self._context.datamap) if file.exists() else ())]

    def _written(
        self, new: NewIncident, inventory: Inventory, actor: str, *, drill: bool
    ) -> Incident:
        incident = Incident(
            incident_id=("drill-" if drill else "") + secrets.token_hex(8),
            opened_at=self._context.clock(),
            opened_by=actor,
            instants=new.instants,
            touched=new.touched,
            says=new.says,
            inventory=inventory,
            places=new.places,
            drill=drill,
        )
        detail = {
            "incident": incident.incident_id,
            "drill": drill,
            "stores": [store.name for store in inventory.stores],
            "laws": sorted({duty.policy for duty in self.duties(incident)}),
        }
        self.register.forget(self._context.clock())
        self.register.add(incident, actor=actor, detail=detail)
        return incident

    def _replace(
        self,
        incident: Incident,
        actor: str,
        action: str,
        detail: dict[str, object],
        *,
        keep_until: float | None = None,
    ) -> None:
        told = {"incident": incident.incident_id, **detail}
        at = self._context.clock()
        self.register.replace(
            incident, actor=actor, action=action, detail=told, at=at, keep_until=keep_until
        )
