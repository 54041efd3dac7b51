"""
Our metrics for Prometheus, in the registry that the operator's other metrics are in. Does I/O.

They are ordinary metrics of ``prometheus_client``, brought up to date by the keeper's thread every
five seconds, so that its multiprocess mode (``PROMETHEUS_MULTIPROC_DIR``) works for them too.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from privacykit.errors import ConfigurationError, MissingExtraError, Problem, StoreError
from privacykit.metrics.measures import COUNTERS, GAUGES, Measures, Metric

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
_families: WeakKeyDictionary[CollectorRegistry, dict[Metric, Any]] = WeakKeyDictionary()
"""Our metrics in each registry that lives: a name can be registered only once."""


class PrometheusExporter:
    """
    Writes what was measured into a registry, and serves it on an address of its own if asked to.

    Args:
        measures: What to write.
        listen: ``(host, port)`` to serve the registry at; ``None`` leaves that to the operator.
        registry: The registry; ``prometheus_client.REGISTRY`` if absent.

    Raises:
        MissingExtraError: ``prometheus_client`` is not installed.
    """

    def __init__(
        self,
        measures: Measures,
        listen: tuple[str, int] | None = None,
        registry: CollectorRegistry | None = None,
    ) -> None:
        try:
            import prometheus_client
        except ImportError:
            raise MissingExtraError("prometheus", "[metrics] prometheus") from None
        self._client = prometheus_client
        self._measures = measures
        self._listen = listen
        self._registry = registry if registry is not None else prometheus_client.REGISTRY
        self._metrics = _families_in(self._registry, prometheus_client)
        self._written: dict[tuple[Metric, tuple[str, ...]], float] = {}
        self._server: Any = None
        self._process = 0

    def export(self) -> None:
        """
        Bring the registry up to date.

        Raises:
            StoreError: A store could not be asked; the counters are up to date all the same.
            ConfigurationError: Nothing can be served at the address that is configured.
        """
        for metric, counts in self._measures.counts().items():
            for labels, n in counts.items():
                grown = n - self._written.get((metric, labels), 0)
                if grown:
                    self._written[metric, labels] = n
                    self._at(metric, labels).inc(grown)
        if self._measures.refresh():
            for metric, values in self._measures.gauges.items():
                for labels, n in values.items():
                    self._at(metric, labels).set(n)
        self._serve()

    def _at(self, metric: Metric, labels: tuple[str, ...]) -> Any:  # noqa: ANN401 - two kinds
        family = self._metrics[metric]
        return family.labels(*labels) if labels else family

    def _serve(self) -> None:
        if self._listen is None or (self._server and self._process == os.getpid()):
            return
        host, port = self._listen
        several = MULTIPROCESS in os.environ
        try:
            self._server = self._client.start_http_server(port, host, self._served(several))
        except OSError as error:
            if several:
                return  # another worker serves for all; if it ends, one of us takes over
            raise ConfigurationError(
                Problem(
                    "PK028",
                    "privacykit.toml",
                    "metrics.listen",
                    f"nothing can be served there ({type(error).__name__} {error.errno})",
                    f"another process? with several workers set {MULTIPROCESS} to an empty folder",
                )
            ) from None
        self._process = os.getpid()

    def _served(self, several: bool) -> CollectorRegistry:
        if not several:
            return self._registry
        from prometheus_client import multiprocess

        whole = self._client.CollectorRegistry()
        multiprocess.MultiProcessCollector(whole)  # type: ignore[no-untyped-call]
        return whole

    def start(self) -> None:
        """Nothing runs yet: the first :meth:`export` serves."""

    def stop(self, deadline: float) -> None:  # noqa: ARG002 - parts are stopped so
        """Write what was counted last, and stop serving."""
        with suppress(StoreError, ConfigurationError):  # said while there was time to mend it
            self.export()
        if self._server is not None and self._process == os.getpid():
            server, _ = self._server
            server.shutdown()
            server.server_close()
        self._server = None


def _families_in(registry: CollectorRegistry, client: Any) -> dict[Metric, Any]:  # noqa: ANN401
    """Return our metrics in *registry*, made if it has none."""
    made = _families.get(registry)
    if made is None:
        made = _families[registry] = {}
        for metric in COUNTERS:
            name = f"privacykit_{metric.name}"
            made[metric] = client.Counter(name, metric.help, metric.labels, registry=registry)
        for metric in GAUGES:
            made[metric] = client.Gauge(
                f"privacykit_{metric.name}",
                metric.help,
                metric.labels,
                registry=registry,
                multiprocess_mode="mostrecent",
            )
    return made
