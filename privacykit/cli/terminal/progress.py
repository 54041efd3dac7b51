"""A progress line on a terminal, nothing elsewhere. Writes to standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from privacykit.govern.erasure.context import ProgressCallback


@contextmanager
def progress(what: str) -> Iterator[ProgressCallback]:
    """
    Lend a function that takes a place and a number of rows, and shows both while it goes on.

    Args:
        what: What is being done.
    """
    from privacykit.govern.erasure.context import unwatched

    if not sys.stderr.isatty():
        yield unwatched
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,.0f} rows"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what)

        def show(place: str, rows: int) -> None:
            bar.update(task, advance=rows, description=f"{what} {place}")

        yield show
