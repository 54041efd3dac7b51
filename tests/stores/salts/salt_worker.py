"""A process that serves a site: told of midnights, one a line, it crosses them."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

from privacykit.stores.salts.open import open_salts

DAY = 86_400


def date_of(midnight: float) -> str:
    """Return the UTC date that *midnight* ends."""
    return datetime.fromtimestamp(midnight - 1, UTC).date().isoformat()


def main(url: str) -> None:
    """Cross every midnight read: destroy what is dead, print the new day's salt."""
    store = open_salts(url)
    print("ready", flush=True)
    for line in sys.stdin:
        midnight = float(line)
        store.destroy_expired(midnight)
        until = midnight + DAY
        salt = store.get_or_create("shop", date_of(until), os.urandom(32), until, midnight)
        print(salt.hex(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
