"""The pytest plugin: fixtures for our users' tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from privacykit.testing.canary import Canary


@pytest.fixture
def privacy_canary() -> Canary:
    """A visitor made of markers, whose addresses are nobody's (RFC 5737, RFC 3849)."""
    # Imported when used, so that a suite that does not use it pays nothing.
    from privacykit.testing.canary import Canary

    return Canary.hatch("203.0.113.77", "2001:db8:77:77::7")
