"""The stated policy of stored data, as a configuration has it. Pure but for time zones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from privacykit.govern.datamap import DataMap
from privacykit.pseudonym.addresses.ip import IPMethod, Keep
from privacykit.pseudonym.addresses.truncation import Truncate
from privacykit.pseudonym.salts import LocalDay, local_day
from privacykit.runtime.sites import ip_method_of
from privacykit.settings.model import PurposeTable, Settings
from privacykit.settings.named_stores import EVENT_STORE, named_sinks
from privacykit.settings.types import SinkTable
from privacykit.verify.values.labels import NO_ADDRESS, AddressRule

DAY = 86_400
INTERVAL = DAY
"""Seconds that may pass until what is over is purged: the worker runs more often."""


@dataclass(frozen=True)
class Stated:
    """
    The policy that is in force.

    Attributes:
        settings: The configuration.
        datamap: The data map; ``None`` where there is none.
        now: Unix seconds.
        rule: How fine an address may be.
        method: How addresses are weakened.
    """

    settings: Settings
    datamap: DataMap | None
    now: float
    method: IPMethod
    rule: AddressRule
    zones: Mapping[str, ZoneInfo] = field(repr=False)

    @classmethod
    def of(cls, settings: Settings, datamap: DataMap | None, now: float) -> Stated:
        """
        Return what *settings* state.

        Raises:
            ConfigurationError: Their way to weaken addresses is none.
        """
        method = ip_method_of(settings)
        zones = {table.id: ZoneInfo(table.timezone) for table in settings.site}
        return cls(settings, datamap, now, method, _rule_of(method), zones)

    @property
    def keyed(self) -> bool:
        """Whether a weakened address cannot be told from a whole one."""
        return self.rule is NO_ADDRESS and self.method.name not in {"drop", "zero"}

    @property
    def keeps_addresses(self) -> bool:
        """Whether addresses stay whole, for which the configuration names a basis."""
        return isinstance(self.method, Keep)

    def purpose(self, name: str) -> PurposeTable | None:
        """Return what is said of the purpose *name*; ``None`` where nothing is."""
        return self.settings.purposes.get(name)

    def day(self, site: str, at: float) -> LocalDay | None:
        """Return the day that *at* is at *site*, ``None`` where there is no such site."""
        zone = self.zones.get(site)
        return None if zone is None else local_day(at, zone)

    def sink(self, name: str) -> SinkTable | None:
        """Return the sink *name*; ``None`` for our own event store and for unknown ones."""
        return next((t for _, found, t in named_sinks(self.settings) if found == name), None)

    def knows_sink(self, name: str) -> bool:
        """Tell whether something is called *name*."""
        own = name == EVENT_STORE and self.settings.events.url is not None
        return own or self.sink(name) is not None


def _rule_of(method: IPMethod) -> AddressRule:
    if isinstance(method, Truncate):
        return AddressRule(method.ipv4_bits, method.ipv6_bits)
    return AddressRule(32, 128) if isinstance(method, Keep) else NO_ADDRESS
