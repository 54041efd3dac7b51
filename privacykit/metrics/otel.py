"""
Our metrics for OpenTelemetry, through the global meter provider of the application.

Counters are read when the reader collects; gauges as the keeper's thread last read them, so that no
collection waits for a database. Processes are told apart by their resource, as OpenTelemetry does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from privacykit.errors import MissingExtraError
from privacykit.metrics.measures import COUNTERS, GAUGES, Measures, Metric, Values

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation


class OpenTelemetryExporter:
    """
    Offers what was measured to a meter provider.

    Args:
        measures: What to offer.
        provider: The provider; the global one if absent.

    Raises:
        MissingExtraError: ``opentelemetry-api`` is not installed.
    """

    def __init__(self, measures: Measures, provider: MeterProvider | None = None) -> None:
        try:
            from opentelemetry import metrics
        except ImportError:
            raise MissingExtraError("otel", "[metrics] otel") from None
        self._observation = metrics.Observation
        self._measures = measures
        meter = metrics.get_meter("privacykit", meter_provider=provider)
        for metric in COUNTERS:
            meter.create_observable_counter(
                f"privacykit.{metric.name}",
                [partial(self._observe, metric, measures.counts)],
                description=metric.help,
            )
        for metric in GAUGES:
            meter.create_observable_gauge(
                f"privacykit.{metric.name.removesuffix('_seconds')}",
                [partial(self._observe, metric, lambda: measures.gauges)],
                unit="s" if metric.unit else "",
                description=metric.help,
            )

    def _observe(
        self, metric: Metric, read: Callable[[], Mapping[Metric, Values]], _: CallbackOptions
    ) -> Iterable[Observation]:
        for labels, n in read().get(metric, {}).items():
            yield self._observation(n, dict(zip(metric.labels, labels, strict=True)))

    def export(self) -> None:
        """
        Read the gauges if that is due; the reader asks for everything by itself.

        Raises:
            StoreError: A store could not be asked.
        """
        self._measures.refresh()

    def start(self) -> None:
        """Nothing runs here."""

    def stop(self, deadline: float) -> None:
        """Nothing runs here."""
