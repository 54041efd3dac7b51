"""The law that applies to people who ask us: deadlines, rights, retention. Reads policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import get_args
from zoneinfo import ZoneInfo

from privacykit.govern.requests.deadlines import DeadlineNote, WorkCalendar, resolve
from privacykit.govern.requests.rights import deadline_rules, granted_by
from privacykit.govern.retention.rules import Cap
from privacykit.govern.words import RequestType
from privacykit.policy.audience import Audience
from privacykit.policy.handling import handling
from privacykit.policy.model import Policy
from privacykit.policy.place import UNKNOWN, normalise_place
from privacykit.settings.law import ConfiguredLaw
from privacykit.settings.model import Settings
from privacykit.settings.paths import Paths
from privacykit.settings.types import Weekday


class ApplicableLaw:
    """
    The laws of a person's place, and those that follow our establishments.

    Args:
        settings: The configuration.
        paths: Where its files are.
    """

    def __init__(self, settings: Settings, paths: Paths) -> None:
        self._settings = settings
        self._paths = paths

    @cached_property
    def law(self) -> ConfiguredLaw:
        """The policies in force."""
        return ConfiguredLaw(self._settings, self._paths)

    @property
    def calendar(self) -> WorkCalendar:
        """The days of rest."""
        names = get_args(Weekday)
        weekend = frozenset(names.index(day) for day in self._settings.requests.weekend)
        return WorkCalendar(frozenset(self._settings.requests.holidays), weekend)

    @property
    def home(self) -> str:
        """Where a person is taken to live who did not say: where we are established, or unknown."""
        ours = self._settings.controller.establishments
        places = [*ours, *(p for site in self._settings.site for p in site.establishments)]
        return normalise_place(places[0], None) if places else UNKNOWN

    def policies(self, place: str, received_at: float) -> tuple[Policy, ...]:
        """Return the policies that apply to a person of *place*: of every site of ours."""
        found: dict[str, Policy] = {}
        for zone, audience in self._audiences():
            on = datetime.fromtimestamp(received_at, ZoneInfo(zone)).date()
            for policy in self.law.policies.applicable(place, on=on, audience=audience):
                found.setdefault(policy.id, policy)
        return tuple(found[name] for name in sorted(found))

    def _audiences(self) -> Iterator[tuple[str, Audience]]:
        """Yield time zone and audience of every site, and of the controller without any."""
        for site in self._settings.site:
            yield (
                site.timezone,
                Audience(
                    tuple(site.establishments),
                    site.audience.child_directed,
                    site.audience.online_platform,
                    frozenset(site.audience.data_types),
                    site.audience.thresholds_met,
                ),
            )
        if not self._settings.collects:
            yield (
                self._settings.timezone,
                Audience(tuple(self._settings.controller.establishments)),
            )

    def deadline(
        self, wanted: RequestType, place: str, received_at: float
    ) -> tuple[DeadlineNote, tuple[str, ...]]:
        """
        Return when a request must be answered, and the policies that grant it.

        The day is that of the controller's time zone, or of the first site's.
        """
        policies = self.policies(place, received_at)
        start = datetime.fromtimestamp(received_at, ZoneInfo(self._settings.timezone))
        rules = deadline_rules(policies, wanted)
        return resolve(rules, start, self.calendar).noted(), granted_by(policies, wanted)

    def caps(self, now: float) -> Mapping[str, Cap]:
        """Return for each purpose how long the laws of our establishments let data be kept."""
        places = sorted({place for site in self._settings.site for place in site.establishments})
        caps: dict[str, Cap] = {}
        for name, purpose in self._settings.purposes.items():
            for policy in (p for place in places for p in self.policies(place, now)):
                for use in purpose.uses:
                    on = datetime.fromtimestamp(now, ZoneInfo("UTC")).date()
                    days = handling((policy,), on, use).retention_days
                    if days is not None and (name not in caps or days < caps[name].days):
                        caps[name] = Cap(days, f"{policy.id}@{policy.hash[:12]}")
        return caps
