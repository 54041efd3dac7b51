"""What should not be there is found, where it is, and nothing else."""

from __future__ import annotations

import re

from tests.verify.installation import Installation, found
from tests.verify.seeds import SEEDS

_FILES = re.compile(r"(sink lake: |sink lines: )(event_date=\S+?\.parquet|lines-\d{4}_\d\d\.jsonl)")


def test_everything_that_is_seeded_is_found_and_nothing_else(shop: Installation):
    """Each kind of violation, in every store, has its id and its place."""
    expected = set().union(*(put(shop) for put in SEEDS))
    shop.context.close()
    told = {(id_, _FILES.sub(r"\1*", place)) for id_, place in found(shop.verify())}
    assert told == expected


def test_there_are_enough_kinds():
    """Thirty at least."""
    assert len(SEEDS) >= 30
