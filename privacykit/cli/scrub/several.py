"""Several files replaced, each in one step, by one process or more. Does file I/O."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from privacykit.cli.scrub.recipe import Recipe, ScrubCounts
from privacykit.cli.terminal.console import warn
from privacykit.errors import BackendError

START = "fork" if sys.platform == "linux" else "spawn"
"""This process has no threads yet, and what it has imported need not be imported again."""


def replace_all(
    files: Sequence[Path], recipe: Recipe, processes: int, *, unknown_may_be_many: bool
) -> ScrubCounts:
    """
    Replace *files*, and say of each that stays as it was why.

    Args:
        files: In the order in which they are told of.
        recipe: How lines are weakened.
        processes: So many files at a time; the largest are begun first.
        unknown_may_be_many: As for :func:`.in_place`.
    """
    one = partial(replace_one, recipe=recipe, unknown_may_be_many=unknown_may_be_many)
    told = ScrubCounts()
    for counts, reason in _done(files, one, min(processes, len(files))):
        if reason:
            warn(reason)
        told += counts
    return told


def replace_one(
    path: Path, *, recipe: Recipe, unknown_may_be_many: bool
) -> tuple[ScrubCounts, str]:
    """Replace one file; return its counts, and why it stays as it was where it does."""
    from privacykit.cli.scrub.in_place import in_place

    scrubber = recipe.scrubber()
    try:
        in_place(path, scrubber, unknown_may_be_many=unknown_may_be_many)
    except BackendError as error:
        return ScrubCounts.of(scrubber, left=1), str(error)
    return ScrubCounts.of(scrubber), ""


def _done(
    files: Sequence[Path], one: partial[tuple[ScrubCounts, str]], processes: int
) -> Iterator[tuple[ScrubCounts, str]]:
    if processes < 2:  # noqa: PLR2004 - this one alone
        yield from map(one, files)
        return
    pool = ProcessPoolExecutor(processes, get_context(START), initializer=_quiet)
    with pool:
        begun = {path: pool.submit(one, path) for path in sorted(set(files), key=_size)}
        try:
            for path in dict.fromkeys(files):
                try:
                    yield begun[path].result()
                except BrokenProcessPool:
                    yield ScrubCounts(left=1), f"PK267 {path}: left as it was: a process was ended"
        finally:
            # Interrupted, the pool would else replace all the other files before it ends.
            pool.shutdown(cancel_futures=True)


def _size(path: Path) -> int:
    try:
        return -path.stat().st_size
    except OSError:
        return 0


def _quiet() -> None:
    """Leave interrupts to the process that was asked: it ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
