"""
The files below a dataset's directory, each once, links followed. Does I/O.

Laws:

- what a link leads to is read, and rewritten where it stands; the link stays a link;
- a file that several links lead to, or a link and its own name, is one file;
- a file with further names of its own (hard links) is never rewritten: its rows would stay under
  the other names, and nobody can say where these are;
- only regular files are opened, so that a pipe or a device keeps nobody waiting.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from privacykit.connectors.files.formats import kind_of
from privacykit.errors import StoreError
from privacykit.private_files import UNFINISHED


def files_below(folder: Path) -> list[Path]:
    """
    Return the readable files below *folder*, in order, each by one of its places there.

    Raises:
        StoreError: A folder cannot be listed: what is in it would be passed over in silence.
    """
    found: dict[Path, Path] = {}
    for place in sorted(every_file(folder), key=lambda place: (place.is_symlink(), place)):
        if kind_of(place) and place.is_file():
            found.setdefault(place.resolve(), place)
    return sorted(found.values())


def every_file(folder: Path, *, unfinished: bool = False) -> Iterator[Path]:
    """
    Yield every name below *folder* that is no folder's, of whatever format and kind.

    Each folder is listed once, however many links lead to it.

    Args:
        folder: Where to look.
        unfinished: Whether to yield what a process of ours writes, or left when it died, too.

    Raises:
        StoreError: A folder cannot be listed.
    """

    def refuse(_: OSError) -> None:
        raise StoreError("a folder of the dataset cannot be listed") from None

    seen: set[Path] = set()
    for here, folders, names in os.walk(folder, onerror=refuse, followlinks=True):
        if (real := Path(here).resolve()) in seen:
            folders.clear()
            continue
        seen.add(real)
        for name in names:
            if unfinished or not name.startswith(UNFINISHED):
                yield Path(here, name)
