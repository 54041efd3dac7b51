"""The same site as for the pages."""

from __future__ import annotations

import pytest

from tests.web.preferences.conftest import Shop


@pytest.fixture
def shop():
    """One site with an empty consent store."""
    return Shop()
