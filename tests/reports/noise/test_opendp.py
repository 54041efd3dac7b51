"""The noise of OpenDP; `make engines` brings it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from privacykit.reports.noise.mechanism import laplace

pytestmark = [pytest.mark.engine("opendp"), pytest.mark.filterwarnings("ignore")]


def test_noise_is_of_the_scale_that_is_asked():
    """Whole numbers around the truth; the mean distance is that of a discrete Laplace of scale 4."""
    told = laplace([100] * 20_000, Fraction(1, 4))
    assert all(isinstance(one, int) for one in told)
    assert abs(sum(told) / 20_000 - 100) < 0.3
    assert 3.8 < sum(abs(one - 100) for one in told) / 20_000 < 4.1


def test_counts_beside_each_other_have_noise_of_their_own():
    """No two cells share it."""
    told = laplace([0] * 50, Fraction(1, 10))
    assert len(set(told)) > 10
