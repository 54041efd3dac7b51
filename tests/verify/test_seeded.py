"""What should not be there is found, where it is, and nothing else."""

from __future__ import annotations

import re

from privacykit.verify.asked import CLAIMS
from privacykit.verify.claims import ClaimOutcome
from tests.verify.installation import Installation, found
from tests.verify.seeds import SEEDS

_FILES = re.compile(r"(sink lake: |sink lines: )(event_date=\S+?\.parquet|lines-\d{4}_\d\d\.jsonl)")


def test_everything_that_is_seeded_is_found_and_nothing_else(shop: Installation):
    """A shop as it should be is clean; then each kind has its id and its place, in every store."""
    clean = {name: (one.outcome, one.why, one.violations) for name, one in shop.verify().items()}
    assert clean == dict.fromkeys(CLAIMS, (ClaimOutcome.HOLDS, "", ()))
    expected = set().union(*(put(shop) for put in SEEDS))
    shop.context.close()
    told = {(id_, _FILES.sub(r"\1*", place)) for id_, place in found(shop.verify())}
    assert told == expected


def test_there_are_enough_kinds():
    """Thirty at least."""
    assert len(SEEDS) >= 30
