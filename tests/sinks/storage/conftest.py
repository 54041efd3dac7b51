"""Which of these tests run: those of the real engine of ClickHouse where it is installed."""

from __future__ import annotations

from tests.sinks.storage.engines import INSTALLED


def pytest_collection_modifyitems(config, items):
    """Leave out, and count, what wants 900 MB more: ``make engines`` runs it."""
    if INSTALLED:
        return
    left = [item for item in items if item.get_closest_marker("engine") is not None]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]
