"""A shop as it should be: every claim holds, on every kind of database."""

from __future__ import annotations

from privacykit.verify.claims import ClaimOutcome
from tests.verify.installation import Installation


def test_a_clean_shop_is_clean(shop: Installation):
    """Nothing is found, and nothing is left out."""
    shop.close()
    results = shop.verify()
    told = {name: (one.outcome, one.why, one.violations) for name, one in results.items()}
    assert told == dict.fromkeys(results, (ClaimOutcome.HOLDS, "", ()))
