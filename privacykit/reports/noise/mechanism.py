"""
The noise of differential privacy: OpenDP's measurement of whole numbers. Imports the extra ``dp``.

The discrete Laplace mechanism on a vector of counts of which one person changes one by one: its L1
sensitivity is 1, so that a scale of 1/ε is ε-differentially private (Ghosh, Roughgarden and
Sundararajan 2009, as the geometric mechanism).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction

from privacykit.errors import BackendError, MissingExtraError

AddsNoise = Callable[[Sequence[int], Fraction], list[int]]
"""Returns counts with noise, of the counts and of ε; one person changes one count by one."""


def check_extra() -> None:
    """
    Refuse to go on without OpenDP, before anything is read.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import opendp  # noqa: F401, PLC0415 - the extra, where it is asked for
    except ImportError:
        raise MissingExtraError("dp", "report --epsilon") from None


def laplace(counts: Sequence[int], epsilon: Fraction) -> list[int]:
    """
    Return *counts* with discrete Laplace noise of the scale 1/*epsilon*.

    Raises:
        MissingExtraError: OpenDP is not installed.
        BackendError: The measurement would cost more than *epsilon*.
    """
    check_extra()
    import opendp.prelude as dp  # noqa: PLC0415 - as above

    dp.enable_features("contrib")
    scale = float(1 / epsilon)
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64")
    measurement = dp.m.make_laplace(*space, scale=scale)
    if Decimal(measurement.map(1)) > Decimal(float(epsilon)) * (1 + Decimal("1e-9")):
        raise BackendError("the noise would cost more than is asked")
    return [int(one) for one in measurement(list(counts))]
