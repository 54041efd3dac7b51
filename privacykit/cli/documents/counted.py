"""Counted visitor-days: how many visitors of a day are kept. Reads the event store."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from privacykit.cli.terminal.opened import opened

if TYPE_CHECKING:
    from privacykit.documents.evidence import Measured

DAY_MILLISECONDS = 86_400_000


def counted(config: str) -> Measured:
    """
    Return how many visitor-days the event store holds: visitors by the day, never people.

    Args:
        config: The configuration file.

    Raises:
        StoreError: The store cannot be read.
    """
    from datetime import UTC, datetime

    from privacykit.documents.evidence import Measured

    with opened(config, look=True) as context:
        now = context.clock()
        seen: set[int] = set()
        with context.events() as store:
            for event in () if store is None else store.select(now):
                if event.visitor is not None:
                    told = f"{event.time // DAY_MILLISECONDS}\0{event.visitor}".encode()
                    # Eight bytes a visitor-day: a hundred million fit, and two alike are rare.
                    seen.add(int.from_bytes(blake2b(told, digest_size=8).digest(), "big"))
    at = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Measured(visitor_days=len(seen), at=at)
