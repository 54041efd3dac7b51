"""
The decisions of a configured site, asked without a request. Reads keys, policies and geo database.

It asks the plans that requests get (:class:`.SiteDay`), so its answer is theirs; of a visitor who
had themselves erased, and of a grant that was withdrawn elsewhere, only a running process knows.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from privacykit.collect.counters import Counters, DecisionCounts
from privacykit.collect.plans.plan import CompiledPlan
from privacykit.collect.plans.purpose_terms import said_of, signals_of
from privacykit.collect.site import Purpose, Site, measured
from privacykit.collect.site_day import SiteDay
from privacykit.decide.case_members import meant
from privacykit.decide.codes import WORDS, Code
from privacykit.decide.decision import USES, question
from privacykit.decide.reason import Decision, Reason
from privacykit.decide.rulings import Rulings
from privacykit.errors import InputError, Problem
from privacykit.policy.place import UNKNOWN, normalise_place
from privacykit.policy.policyset import PolicySet
from privacykit.policy.verdict import Verdict
from privacykit.pseudonym.addresses.address import parse
from privacykit.runtime.days import day_of
from privacykit.runtime.locate import locator, places_of
from privacykit.runtime.sites import HostMap, choice_cookies, ip_method_of, site_of_host, sites_of
from privacykit.settings.load import check_serving
from privacykit.settings.model import Settings
from privacykit.settings.named_stores import sink_rules
from privacykit.settings.paths import Paths
from privacykit.settings.signals.readers import cookie_readers
from privacykit.signals.choice.mask import after_granting
from privacykit.signals.read import Heard, all_of, joined, refused_bit
from privacykit.stores.keys import load_keys


@dataclass(frozen=True, slots=True)
class PurposeAnswer:
    """
    What holds for one purpose.

    Attributes:
        purpose: The purpose.
        decision: The decision, its reasons in their order.
        withheld: Why no event would be kept all the same, a reason code; empty where one would be.
        otherwise: The weaker purpose under which an event would be kept instead, empty if none.
        properties: What was asked with: declared, measured, derived.
        stopped_by: What stops a grant of it here, the deciding reasons; empty where none does.
        refused_by: Cookies of others that refuse it, which no grant here lifts.
    """

    purpose: Purpose
    decision: Decision
    withheld: str
    otherwise: str
    properties: dict[str, object]
    stopped_by: tuple[Reason, ...]
    refused_by: tuple[str, ...]


class SiteQuestions:
    """
    The sites of a configuration, to ask about.

    Args:
        settings: The configuration.
        base: Its path.
        law: The policies to ask.

    Raises:
        ConfigurationError: There is no site, or something it names cannot be used.
    """

    def __init__(self, settings: Settings, base: str, law: PolicySet) -> None:
        check_serving(settings, base)
        self._settings = settings
        self._file = base
        self._paths = Paths.beside(base)
        self._law = law
        self._ip = ip_method_of(settings)
        self._choices = choice_cookies(settings, self._sign_keys())
        self._rulings = Rulings()
        self._readers = cookie_readers(settings)
        self.sites = sites_of(settings, sink_rules(settings))

    def _sign_keys(self) -> list[bytes]:
        path = self._paths.file(self._settings.keys.file)
        if not path.exists():
            return []  # the law can be asked before there are keys; a grant proves nothing then
        return [key.value for key in load_keys(path).all("cookie")]

    def site(self, id_: str | None = None, host: str | None = None) -> Site:
        """
        Return the site *id_*, or the one that serves *host*; of one alone, that.

        Raises:
            InputError: There is none, or several.
        """
        hosts = site_of_host(self._settings)
        if host is not None:
            id_ = HostMap(hosts)(host.encode("latin-1", "replace"))
            if id_ is None:
                hint = meant(host, tuple(name.decode() for name in hosts)) or "see [[site]] hosts"
                raise InputError(f"no site lists this host, so nothing is collected there: {hint}")
        if id_ is None and len(self.sites) == 1:
            return next(iter(self.sites.values()))
        known = tuple(self.sites)
        if id_ is None:
            raise InputError(f"there are several sites: name one with --site: {', '.join(known)}")
        if id_ not in self.sites:
            raise InputError(f"no such site: {meant(id_, known) or 'name one of ' + _list(known)}")
        return self.sites[id_]

    def place_of(self, address: str) -> str:
        """
        Return the place that the geo database gives the client *address*; unknown without one.

        Raises:
            InputError: It is no address.
        """
        packed = parse(address)
        if packed is None:
            raise InputError("not an IP address")
        places = places_of(self._settings, self._paths, Counters(), time.time)
        places.refresh()
        try:
            return locator(places, None)(packed, [], False)[0]
        finally:
            places.close()

    def day(self, site: Site, on: date | None = None) -> SiteDay:
        """Return the day *on* of *site*, its local date if none is given."""
        today, until = day_of(site.timezone, time.time())
        return SiteDay(
            site,
            on or today,
            until,
            salt=None,
            choices=self._choices[site.id],
            policies=self._law,
            ip=self._ip,
            tallies=DecisionCounts(),
            rulings=self._rulings,
            readers=self._readers,
        )

    def belied(self) -> Iterator[Problem]:
        """Yield a problem for each declared property that the configuration itself belies."""
        found: dict[str, Problem] = {}
        for site in self.sites.values():
            for purpose in site.purposes:
                known = measured(site, purpose, self._ip)
                for name, declared in purpose.properties.items():
                    if known[name] != declared:
                        key = f"purposes.{purpose.id}.properties.{name}"
                        message = (
                            f"declared, but the rest of the file says {str(known[name]).lower()}"
                        )
                        hint = "what is known counts: mend one of them"
                        found.setdefault(key, Problem("PK074", self._file, key, message, hint))
        yield from found.values()

    def never_granted(self) -> Iterator[Problem]:
        """
        Yield a problem for each purpose that no visitor anywhere can be asked for.

        Where nothing tells places, every visitor is somewhere unknown, and only that is asked.
        """
        geo = self._settings.geo
        located = geo.database or geo.edge or geo.country_header
        places = (UNKNOWN, *sorted(self._law.places())) if located else (UNKNOWN,)
        found: dict[str, Reason] = {}
        alike = {site.audience: site for site in self.sites.values()}
        for site in alike.values():
            for purpose, reason in _never(self.day(site), places):
                found.setdefault(purpose, reason)
        where = "at any place" if located else "as every place is unknown without a geo database"
        for id_, reason in found.items():
            message = f"it can never be allowed, {where}: {WORDS[reason.code]}"
            law = f"{reason.jurisdiction} {reason.clause}: {reason.citation}"
            hint = f"see privacykit explain --purpose {id_} ({law})"
            if reason.code == Code.EXPLICIT_CONSENT_NEEDED:
                hint = f"set explicit = true once its description asks explicitly; {hint}"
            yield Problem("PK071", self._file, f"purposes.{id_}", message, hint)


def purpose_of(site: Site, name: str) -> Purpose:
    """
    Return the purpose *name* of *site*.

    Raises:
        InputError: There is none.
    """
    known = tuple(purpose.id for purpose in site.purposes)
    if name in known:
        return site.purpose(name)
    hint = f"for the use of the law write --use {name}" if name in USES else meant(name, known)
    raise InputError(f"no such purpose: {hint or 'name one of ' + _list(known)}")


def mask_of(site_day: SiteDay, headers: dict[bytes, bytes]) -> int:
    """Return what a visitor says with *headers*, their names in lower case."""
    said = headers.get(b"cookie"), headers.get(b"sec-gpc"), headers.get(b"dnt")
    return site_day.read_signals(*said, time.time())[0]


def answers(site_day: SiteDay, place: str, mask: int, cookie: bytes = b"") -> list[PurposeAnswer]:
    """
    Return what a request from *place* gets.

    Args:
        site_day: The site on its day.
        place: Where the visitor is.
        mask: What the visitor said, with *cookie*.
        cookie: The ``Cookie`` header, in which others than we may refuse.
    """
    site, plan = site_day.site, site_day.plans[place, site_day.compiler.fold(mask)]
    voices = site_day.voices(cookie, b"")
    beside = Heard(refused=all_of([voice.heard for voice in voices]).refused)
    granted = site_day.plans[place, joined(after_granting(mask, len(site.purposes)), beside)]
    return [
        PurposeAnswer(
            purpose,
            plan.decisions[purpose.id],
            plan.purposes[purpose.id].withheld,
            _otherwise(plan, purpose),
            _asked_with(site, purpose, plan, said_of(plan.mask, index)),
            stopping(granted.decisions[purpose.id]),
            tuple([voice.name for voice in voices if voice.heard.refused & refused_bit(index)]),
        )
        for index, purpose in enumerate(site.purposes)
    ]


def stopping(after_grant: Decision) -> tuple[Reason, ...]:
    """Return the reasons that stop a grant, from the decision right after one; none where none."""
    return () if after_grant.verdict is Verdict.ALLOW else after_grant.reasons[:1]


def _otherwise(plan: CompiledPlan, purpose: Purpose) -> str:
    own = plan.purposes[purpose.id]
    weaker = own.otherwise
    return weaker.purpose if own.withheld and weaker is not None and not weaker.withheld else ""


def _asked_with(site: Site, purpose: Purpose, plan: CompiledPlan, said: int) -> dict[str, object]:
    asked = question(
        USES[purpose.uses[0]],
        signals_of(said, purpose),
        site.audience,
        measured(site, purpose, plan.ip),
        site.gpc_scope,
        strict=site.strict,
    )
    return dict(asked.properties)


def _never(site_day: SiteDay, places: tuple[str, ...]) -> Iterator[tuple[str, Reason]]:
    left = {purpose.id for purpose in site_day.site.purposes if not purpose.necessary}
    mask = after_granting(0, len(site_day.site.purposes))
    homes = [normalise_place(code) for code in site_day.site.audience.establishments]
    told_at = next((home for home in homes if home in places), places[0])
    first = site_day.plans[told_at, mask].decisions
    for place in places:
        decisions = site_day.plans[place, mask].decisions
        left = {id_ for id_ in left if decisions[id_].verdict is not Verdict.ALLOW}
        if not left:
            return
    yield from ((id_, first[id_].reasons[0]) for id_ in first if id_ in left)


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(names)
