"""The words and figures that go with noise: its cost, its scale, whom it protects. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

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
    """
    Return the share of two figures with noise; ``None`` where one is hidden, or of nothing.

    By its noise a part may be more than its whole: then it is all of it.
    """
    return None if part is None or whole is None else rate(min(part, whole), whole)
