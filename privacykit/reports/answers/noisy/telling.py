"""Counts with noise, and the words beside them: cost, scale, whom it protects. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Final, TypeVar

from privacykit.reports.noise.mechanism import AddsNoise
from privacykit.reports.noise.question import WithNoise
from privacykit.reports.numbers import rate
from privacykit.reports.result import Ids

NOISE: Final = (
    "Every figure has noise, lists do not add up, and what is small is not shown, be it there or "
    "not."
)
PROTECTED: Final[Mapping[Ids, str]] = {
    "daily": "a visitor id of one day: who comes on several days is protected on each of them",
    "consented": "a visitor id, which lasts",
    "mixed": "a visitor id: of one day where there is no consent to more",
}
"""Whom the guarantee is for, by what the ids allow."""

Cell = TypeVar("Cell", bound=Hashable)


def noisy_counts(
    noise: AddsNoise, counts: Mapping[Cell, int], question: WithNoise
) -> dict[Cell, int]:
    """
    Return the *counts* of a list with noise, none below nought.

    Nobody is fewer than none, and a sum with such a cell would be less than a part of it: fewer
    visitors than those who entered. What is cut off after the noise costs nothing.
    """
    told = noise(list(counts.values()), question.of_each)
    return {cell: max(0, found) for cell, found in zip(counts, told, strict=True)}


def noise_told(question: WithNoise, ids: Ids, shown_from: Mapping[str, int]) -> dict[str, Any]:
    """
    Return what machines are told of the noise.

    Args:
        question: What is asked.
        ids: What the visitor ids allow.
        shown_from: By list or figure, what it must be with its noise, to be shown.
    """
    return {
        "epsilon": question.epsilon,
        "epsilon_of_each_list": f"{float(question.of_each):g}",
        "protects": PROTECTED[ids],
        "most_cells_of_one_in_a_list": 1,
        "mechanism": "discrete Laplace",
        "scale": f"{float(1 / question.of_each):g}",
        "shown_from": dict(shown_from),
    }


def noisy_rate(part: int | None, whole: int | None) -> str | None:
    """Return the share of two figures with noise; ``None`` where one is hidden, or of nothing."""
    return None if part is None or whole is None else rate(part, whole)
