"""
The long trial of the standing canary: 50 faults, 1,000 periods without one. `make canary`.

Exits with 1 where fewer than 49 faults were found within one period, or anything was found in a
period without one.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path

from tests.verify.watch_trial import tried


def main() -> None:
    """Run it and print its figures."""
    parser = argparse.ArgumentParser(description="faults seeded in a watched site")
    parser.add_argument("--faults", type=int, default=50)
    parser.add_argument("--clean", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    logging.getLogger("privacykit").setLevel(logging.CRITICAL)
    began = time.monotonic()
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        figures = tried(
            Path(folder),
            wanted.faults,
            wanted.clean,
            wanted.seed,
            lambda line: print(line, flush=True),
        )
    print(figures)
    print(f"{time.monotonic() - began:.0f} seconds")
    enough = figures.found * 50 >= figures.faults * 49
    sys.exit(0 if enough and not figures.false_alarms and not figures.left else 1)


if __name__ == "__main__":
    main()
