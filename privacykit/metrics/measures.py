"""
The list of our metrics and how they are read. Asks the stores.

Laws of this file: a label is a name from the configuration or a word of ours, never anything of a
request; what a scrape reads was read before, so that no scrape waits for a database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from privacykit.collect.counters import Counters, DecisionCounts
from privacykit.stores.outbox.tables import Depth
from privacykit.stores.salts.rules import SaltRow
from privacykit.stores.watch_state import WatchState

EVERY_SECONDS = 15.0
"""How often the stores are asked; the usual interval between two scrapes."""


class Metric(msgspec.Struct, frozen=True):
    """
    One metric.

    Attributes:
        name: Its name, without ``privacykit_`` before it or ``_total`` behind.
        help: What it means, in a sentence.
        labels: The names of its labels.
        unit: ``seconds`` or nothing.
    """

    name: str
    help: str
    labels: tuple[str, ...] = ()
    unit: str = ""


DECISIONS = Metric(
    "decisions", "Requests by the verdict on each purpose.", ("site", "purpose", "verdict")
)
WITHHELD = Metric("events_withheld", "Events that were not made, by reason.", ("reason",))
UNKNOWN_PAGES = Metric("pages_unknown", "Page events without a page: no route template is known.")
ACKNOWLEDGED = Metric("events_acknowledged", "Events committed to the outbox.")
REFUSED = Metric("events_refused", "Events that found no room in memory.", ("reason",))
DROPPED = Metric("events_dropped", "Events lost before they were acknowledged.", ("reason",))
EXPIRED = Metric("events_expired", "Deliveries that expired while they waited.")
STOPPED = Metric("events_stopped", "Deliveries taken back while they waited.")
DELIVERIES = Metric("deliveries", "What became of events at each sink.", ("sink", "outcome"))
COOKIES = Metric(
    "cookies_denied",
    "Messages of which denied cookies were taken, or too long lives cut.",
    ("side",),
)
UNKNOWN_COOKIES = Metric("cookies_unknown", "Cookies set that no rule names.", ("side",))
NO_RESPONSE = Metric("no_response", "Requests that ended without a response.")
UNREAD = Metric("headers_unread", "Requests not decided: more header lines than are read.")
RAW_ADDRESS = Metric("raw_addresses", "Raw addresses handed out, by listed use.", ("use",))
NOT_IDENTIFIED = Metric("identify_refused", "Values passed to identify() that are no ids.")
ERRORS = Metric("errors", "Failures of ours; requests went on.", ("part",))

COUNTED: Mapping[str, tuple[Metric, tuple[str, ...]]] = {
    "withheld": (WITHHELD, ()),
    "page_unknown": (UNKNOWN_PAGES, ()),
    "outbox_acknowledged": (ACKNOWLEDGED, ()),
    "outbox_refused": (REFUSED, ()),
    "outbox_dropped": (DROPPED, ()),
    "outbox_expired": (EXPIRED, ()),
    "outbox_stopped": (STOPPED, ()),
    "delivery_delivered": (DELIVERIES, ("delivered",)),
    "delivery_retried": (DELIVERIES, ("retried",)),
    "delivery_rejected": (DELIVERIES, ("rejected",)),
    "delivery_dropped": (DELIVERIES, ("dropped",)),
    "delivery_perhaps": (DELIVERIES, ("perhaps",)),
    "delivery_given_up": (DELIVERIES, ("given_up",)),
    "delivery_stopped": (DELIVERIES, ("stopped",)),
    "delivery_expired": (DELIVERIES, ("expired",)),
    "cookie_denied": (COOKIES, ()),
    "cookie_unknown": (UNKNOWN_COOKIES, ()),
    "no_response": (NO_RESPONSE, ()),
    "unread_headers": (UNREAD, ()),
    "raw_address": (RAW_ADDRESS, ()),
    "identify_refused": (NOT_IDENTIFIED, ()),
    "error": (ERRORS, ()),
    "outbox_failed": (ERRORS, ("outbox",)),
    "delivery_failed": (ERRORS, ("delivery",)),
    "upkeep_failed": (ERRORS, ("upkeep",)),
    "geo": (ERRORS, ("geo",)),
}
"""Counter to metric, and the labels that stand for the counter's own name."""

COUNTERS: Sequence[Metric] = tuple(
    dict.fromkeys([DECISIONS, *(metric for metric, _ in COUNTED.values())])
)

OUTBOX_ROWS = Metric("outbox_rows", "Events that wait for a sink.", ("sink",))
OUTBOX_AGE = Metric("outbox_age_seconds", "How long the oldest has waited.", ("sink",), "seconds")
OUTBOX_REJECTED = Metric("outbox_rejected_rows", "Events a sink refused for good.", ("sink",))
SINK_TROUBLE = Metric("sink_in_trouble", "1 while a sink takes nothing, else 0.", ("sink",))
SALT_AGE = Metric("salt_age_seconds", "Age of the salt of a site's day.", ("site",), "seconds")
SALTS_OVERDUE = Metric("salts_overdue", "Salts that stand after their end; must be 0.")
GEO_AGE = Metric("geo_database_age_seconds", "Age of the geo database.", (), "seconds")

WATCH_FINDINGS = Metric("watch_findings", "What the standing canary found wrong at its last run.")
WATCH_AGE = Metric(
    "watch_age_seconds", "Seconds since the standing canary ran last.", (), "seconds"
)

GAUGES: Sequence[Metric] = (
    OUTBOX_ROWS,
    OUTBOX_AGE,
    OUTBOX_REJECTED,
    SINK_TROUBLE,
    SALT_AGE,
    SALTS_OVERDUE,
    GEO_AGE,
    WATCH_FINDINGS,
    WATCH_AGE,
)

Values = Mapping[tuple[str, ...], float]
"""Label values, in the order of the metric's labels, to number."""


class MetricSources(msgspec.Struct, frozen=True):
    """
    Where gauges are read.

    Attributes:
        sites: Ids of the sites.
        sinks: Names of the sinks.
        depths: Asks the outbox.
        salts: Asks the salt store.
        troubles: Names the sinks that are in trouble.
        geo_age: Seconds since the geo database was built, if there is one.
        watch: Returns what the standing canary saw last, where there may be one.
    """

    sites: tuple[str, ...]
    sinks: tuple[str, ...]
    depths: Callable[[], Sequence[Depth]]
    salts: Callable[[], Sequence[SaltRow]]
    troubles: Callable[[], Mapping[str, str]]
    geo_age: Callable[[], float | None]
    watch: Callable[[], WatchState] = WatchState


class Measures:
    """
    Reads our metrics.

    Args:
        counters: What happened.
        tallies: What was decided.
        sources: Where gauges are read.
        clock: Unix seconds.

    Attributes:
        gauges: The gauges as they were last read.
    """

    def __init__(
        self,
        counters: Counters,
        tallies: DecisionCounts,
        sources: MetricSources,
        clock: Callable[[], float],
    ) -> None:
        self._counters = counters
        self._tallies = tallies
        self._sources = sources
        self._clock = clock
        self._read_at = -EVERY_SECONDS
        self.gauges: Mapping[Metric, Values] = {}

    def refresh(self) -> bool:
        """
        Read the gauges if that is due; return whether they were read.

        Raises:
            StoreError: A store failed; the gauges stay as they were.
        """
        now = self._clock()
        if 0 <= now - self._read_at < EVERY_SECONDS:
            return False
        self._read_at = now
        self.gauges = {
            **self._outbox(now),
            **self._salts(now),
            **self._geo(),
            **self._watch(now),
        }
        return True

    def counts(self) -> dict[Metric, dict[tuple[str, ...], float]]:
        """Return the counters."""
        found: dict[Metric, dict[tuple[str, ...], float]] = {metric: {} for metric in COUNTERS}
        found[DECISIONS] = {key: float(n) for key, n in self._tallies.snapshot().items()}
        for metric, labels, n in self._counted():
            found[metric][labels] = found[metric].get(labels, 0) + n
        return found

    def _counted(self) -> Iterator[tuple[Metric, tuple[str, ...], int]]:
        for (name, reason), n in self._counters.snapshot().items():
            metric, own = COUNTED.get(name, (ERRORS, ("other",)))
            if metric is DELIVERIES:
                yield metric, (reason, *own), n
            elif metric.labels:
                yield metric, own or (reason,), n
            else:
                yield metric, (), n

    def _outbox(self, now: float) -> dict[Metric, Values]:
        known = {row.sink: row for row in self._sources.depths()}
        troubles = self._sources.troubles()
        names = [*self._sources.sinks, *(set(known) - set(self._sources.sinks))]
        rows: dict[tuple[str, ...], float] = {}
        ages: dict[tuple[str, ...], float] = {}
        rejected: dict[tuple[str, ...], float] = {}
        for name in names:
            row = known.get(name)
            rows[name,] = row.pending if row else 0
            rejected[name,] = row.rejected if row else 0
            ages[name,] = max(0.0, now - row.oldest) if row and row.oldest is not None else 0.0
        return {
            OUTBOX_ROWS: rows,
            OUTBOX_AGE: ages,
            OUTBOX_REJECTED: rejected,
            SINK_TROUBLE: {(name,): float(name in troubles) for name in self._sources.sinks},
        }

    def _salts(self, now: float) -> dict[Metric, Values]:
        found = self._sources.salts()
        alive = [row for row in found if row.not_after > now]
        alive.sort(key=lambda row: row.not_after, reverse=True)
        made = {row.site: row.made_at for row in alive}  # of several, the one that ends first
        return {
            SALT_AGE: {(s,): max(0.0, now - made[s]) for s in self._sources.sites if s in made},
            SALTS_OVERDUE: {(): float(len(found) - len(alive))},
        }

    def _geo(self) -> dict[Metric, Values]:
        age = self._sources.geo_age()
        return {} if age is None else {GEO_AGE: {(): age}}

    def _watch(self, now: float) -> dict[Metric, Values]:
        seen = self._sources.watch()
        if not seen.runs:
            return {}
        return {
            WATCH_FINDINGS: {(): float(len(seen.findings))},
            WATCH_AGE: {(): max(0.0, now - seen.at)},
        }
