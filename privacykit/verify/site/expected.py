"""
Expectations of a site, by its configuration and the law: cookies, events. Reads policies.

It asks the plans that requests get, made from the file anew: a process that runs by another file,
or whose application does as it likes, is held to this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from privacykit.collect.cookies.gate import CookieGate
from privacykit.collect.cookies.life import seconds_of
from privacykit.collect.plans.plan import CompiledPlan
from privacykit.collect.plans.purpose_terms import LIFETIME
from privacykit.collect.site_day import SiteDay
from privacykit.decide.decision import USES
from privacykit.policy.handling import handling
from privacykit.policy.verdict import Verdict
from privacykit.runtime.days import day_of
from privacykit.runtime.explained import SiteQuestions
from privacykit.settings.law import ConfiguredLaw
from privacykit.settings.model import Settings
from privacykit.settings.paths import Paths
from privacykit.signals.choice.mask import after_granting

DAY_SECONDS = 86_400


class SiteExpectations:
    """
    What is expected of one site.

    Args:
        settings: The configuration.
        config: Its path.
        host: The host that is visited; the first site counts where none lists it.
        now: Unix seconds.

    Raises:
        ConfigurationError: The configuration, or something it names, is wrong.

    Attributes:
        settings: The configuration.
        site: The site's id.
        day: The site's day.
    """

    def __init__(self, settings: Settings, config: str, host: str, now: float) -> None:
        self.settings = settings
        self._config = config
        self._law = ConfiguredLaw(settings, Paths.beside(config))
        self._ask_anew()
        named = next((one.id for one in settings.site if host in one.hosts), settings.site[0].id)
        self.site = named
        self._gate = CookieGate(tuple(settings.cookies.items()))
        self.turn_to(now)

    def _ask_anew(self) -> None:
        self._questions = SiteQuestions(self.settings, self._config, self._law.policies)

    def turn_to(self, now: float) -> None:
        """
        Take the law and the day that hold at *now*, Unix seconds; policy files are read again.

        Raises:
            PolicyError: A policy file was changed, and is wrong.
        """
        self._law.refresh(self._ask_anew)
        self._site = self._questions.site(self.site)
        self._today: date = day_of(self._site.timezone, now)[0]
        self.day: SiteDay = self._questions.day(self._site, self._today)

    @property
    def prefix(self) -> str:
        """Where the site's own pages about choices are; empty where they are not served."""
        return self.settings.choice.prefix if self.settings.choice.enabled else ""

    @property
    def refusal(self) -> tuple[str, str]:
        """The refusal cookie of somebody who refused everything: its name and its value."""
        return self.day.choices.names[0].decode(), f"*:{self._today:%Y-%m}"

    def plan(self, place: str, headers: Mapping[str, str], now: float) -> CompiledPlan:
        """
        Return the plan of a visitor.

        Args:
            place: Where they are.
            headers: What they send, names in lower case; only signals and cookies count.
            now: Unix seconds.
        """
        cookie, gpc, dnt = (
            value.encode("latin-1", "replace") if (value := headers.get(name)) else None
            for name in ("cookie", "sec-gpc", "dnt")
        )
        mask, _ = self.day.read_signals(cookie, gpc, dnt, now)
        return self.day.plans[place, self.day.compiler.fold(mask)]

    def plan_of_consenting(self, place: str) -> CompiledPlan:
        """Return the plan of a visitor from *place* who has just allowed everything."""
        mask = after_granting(0, len(self._site.purposes))
        return self.day.plans[place, self.day.compiler.fold(mask)]

    def purpose_of(self, cookie: str) -> str | None:
        """Return the purpose of a cookie by its name, ``None`` where none is named."""
        return self._gate.purpose_of(cookie)

    def allows(self, plan: CompiledPlan, purpose: str) -> bool:
        """Tell whether *purpose* may happen under *plan*."""
        decision = plan.decisions.get(purpose)
        return decision is not None and decision.verdict is Verdict.ALLOW

    def longest_life(self, plan: CompiledPlan, purpose: str) -> int | None:
        """
        Return how many seconds a cookie of *purpose* may live; ``None`` where nothing says it.

        The declared months and the months of every policy that applies count; the least holds.
        """
        table = self.settings.purposes.get(purpose)
        if table is None:
            return None
        declared = table.properties.get(LIFETIME)
        bounds = []
        if isinstance(declared, int) and not isinstance(declared, bool):
            bounds.append(seconds_of(declared))
        policies = self.day.compiler.law(plan.place).policies
        for use in table.uses:
            days = handling(policies, self._today, str(USES[use])).cookie_days
            if days is not None:
                bounds.append(days * DAY_SECONDS)
        return min(bounds, default=None)
