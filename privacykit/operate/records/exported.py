"""Parts of an export as results of steps, for receipts. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from privacykit.export.manifest import Manifest
from privacykit.export.others import OTHERS
from privacykit.govern.records import Action, Evidence, StepResult


def exported(manifest: Manifest, now: float) -> Iterable[StepResult]:
    """Yield a result for each part of a package, with what of it somebody has to judge."""
    for part in manifest.parts:
        place = f"{part.dataset}.{part.collection}: "
        told = [it for it in manifest.notes if it.startswith(place) and it.endswith(OTHERS)]
        yield StepResult(
            part.dataset,
            part.collection,
            Action.EXPORT,
            part.rows,
            part.rows,
            started_at=now,
            finished_at=now,
            evidence=Evidence(remains=tuple(it.removeprefix(f"{part.dataset}.") for it in told)),
        )
