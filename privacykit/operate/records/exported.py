"""Parts of an export as results of steps, for receipts. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from privacykit.export.manifest import Manifest
from privacykit.govern.records import Action, StepResult


def exported(manifest: Manifest, now: float) -> Iterable[StepResult]:
    """Yield a result for each part of a package."""
    for part in manifest.parts:
        yield StepResult(
            part.dataset,
            part.collection,
            Action.EXPORT,
            part.rows,
            part.rows,
            started_at=now,
            finished_at=now,
        )
