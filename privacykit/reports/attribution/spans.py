"""
Spans of what groups add to the columns of a report: which combinations of columns show them. Pure.

A group adds a vector to the columns: so much to each model and label. A combination of columns is
of all people of the groups whose vectors it does not cancel. Where a small group's vector is a
combination of those of larger groups, nothing cancels all of these and leaves it: whatever shows
anything of it is of a larger group, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from privacykit.reports.attribution.groups import Signature

PRIME: Final = (1 << 61) - 1
"""Vectors are reduced modulo a prime: a wrong yes has a chance of less than one in 10^18."""

Vector = dict[tuple[str, str], int]


class VectorSpan:
    """
    All combinations of some vectors.

    Args:
        signatures: What makes the vectors.
    """

    def __init__(self, signatures: Iterable[Signature] = ()) -> None:
        self._rows: dict[tuple[str, str], Vector] = {}
        for one in signatures:
            self.add(one)

    def __contains__(self, signature: Signature) -> bool:
        """Return whether the vector of *signature* is a combination."""
        return not self._reduced(signature)

    def add(self, signature: Signature) -> bool:
        """Add the vector of *signature*, and return whether it was none of the combinations."""
        rest = self._reduced(signature)
        if not rest:
            return False
        pivot = min(rest)
        scale = pow(rest[pivot], -1, PRIME)
        self._rows[pivot] = {key: part * scale % PRIME for key, part in rest.items()}
        return True

    def _reduced(self, signature: Signature) -> Vector:
        """Return the vector less the rows that it has a part of; nothing if they make it."""
        rest: Vector = {(model, label): credit for model, label, credit in signature if credit}
        # A row has no part before its pivot, so that what was cancelled stays so.
        for pivot in sorted(self._rows):
            part = rest.get(pivot, 0)
            if part:
                for key, other in self._rows[pivot].items():
                    left = (rest.get(key, 0) - part * other) % PRIME
                    if left:
                        rest[key] = left
                    else:
                        rest.pop(key, None)
        return rest


def basis(signatures: Iterable[Signature]) -> list[Signature]:
    """Return the first of *signatures* that are no combinations of those before them."""
    span = VectorSpan()
    return [one for one in signatures if span.add(one)]
