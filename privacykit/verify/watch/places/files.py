"""
Files that are searched for marks: logs, rotated ones too, by globs. Reads files.

Of a file that was there before a visit only what was added since is read; of one that is packed,
all of it, where it was written since.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from privacykit.connectors.bytesearch import SQLITE_JOURNALS
from privacykit.settings.model import Settings
from privacykit.settings.paths import SQLITE, Paths
from privacykit.verify.watch.places.containers import MOST_UNWRAPPED, unwrapped

_PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"SQLite format 3\0")


class FileMark(NamedTuple):
    """
    How far a file was written.

    Attributes:
        inode: Which file it is, whatever it is called.
        size: Its bytes.
        at: When it was written last, nanoseconds.
    """

    inode: int
    size: int
    at: int


class WatchedFiles:
    """
    The files that globs find.

    Args:
        globs: As in a shell, from the configuration's folder.
        folder: The configuration's folder.
    """

    def __init__(self, globs: Sequence[str], folder: Path) -> None:
        self._globs = globs
        self._folder = folder

    def marked(self) -> dict[int, FileMark]:
        """Return how far each file is written now, by inode."""
        found = (_mark(path) for path in self._paths())
        return {one.inode: one for one in found if one is not None}

    def added(self, before: dict[int, FileMark]) -> Iterator[tuple[str, bytes]]:
        """
        Yield each file's name with what was added since *before*, packed files unwrapped.

        Raises:
            OSError: A file cannot be read.
        """
        for path in self._paths():
            now = _mark(path)
            if now is None:
                continue
            known = before.get(now.inode)
            if known is not None and (known.size, known.at) == (now.size, now.at):
                continue
            start = known.size if known is not None and known.size <= now.size else 0
            for piece in _read(path, start):
                yield self._name(path), piece

    def _paths(self) -> list[Path]:
        found: set[Path] = set()
        for pattern in self._globs:
            whole = self._folder / Path(pattern).expanduser()
            for path in Path(whole.anchor).glob(str(whole.relative_to(whole.anchor))):
                if path.is_file():
                    found.add(path)
                    # What a database has not yet put into its file stands beside it.
                    beside = (Path(f"{path}{end}") for end in SQLITE_JOURNALS)
                    found.update(one for one in beside if one.is_file())
        return sorted(found)

    def _name(self, path: Path) -> str:
        try:
            return str(path.relative_to(self._folder))
        except ValueError:
            return str(path)


def _mark(path: Path) -> FileMark | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return FileMark(status.st_ino, status.st_size, status.st_mtime_ns)


def _read(path: Path, start: int) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            head = file.read(16)
            packed = head.startswith(_PACKED)
            file.seek(0 if packed else start)
            raw = file.read(MOST_UNWRAPPED)
    except FileNotFoundError:
        return
    yield from unwrapped(raw)


def own_files(settings: Settings, paths: Paths) -> list[Path]:
    """Return the SQLite files of our own stores that are small enough to be read whole."""
    urls = [settings.events.url, settings.outbox.url, settings.records.url, settings.salts.url]
    found = []
    for url in urls:
        text = "" if url is None else paths.url(url)
        if text.startswith(SQLITE):
            path = Path(text[len(SQLITE) :].partition("?")[0])
            found += [path, *sorted(path.parent.glob(f"{path.stem}-*{path.suffix}"))]
    return [one for one in dict.fromkeys(found) if one.is_file() and _is_small(one)]


def _is_small(path: Path) -> bool:
    return path.stat().st_size <= MOST_UNWRAPPED
