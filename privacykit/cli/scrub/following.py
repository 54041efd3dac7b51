"""A log file that others add to and rotate, read until somebody interrupts. Does I/O."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from privacykit.cli.scrub.lines import scrubbed
from privacykit.cli.scrub.pipe import write
from privacykit.errors import BackendError
from privacykit.logs.files.scrubber import Scrubber

PAUSE_SECONDS = 0.2


class Growing:
    """
    A file that others add to and rotate; reading waits for more.

    Args:
        path: The file; what it holds at the start is read too.
        pause: Called when nothing new is there; returns ``False`` to end.

    Raises:
        OSError: It is not there at the start.
    """

    def __init__(self, path: Path, pause: Callable[[], bool]) -> None:
        self._path, self._pause = path, pause
        self._file: BinaryIO = path.open("rb", buffering=0)

    def read(self, most: int) -> bytes:
        """Return at most *most* new bytes; none at the end."""
        while True:
            data = self._file.read(most)
            renewed = None if data else self._successor()
            if renewed is not None:
                # What was added to the old file before it lost its name comes first.
                data = self._file.read(most)
                if not data:
                    self._file.close()
                    self._file = renewed
                    continue
                renewed.close()
            if data:
                return data
            if not self._emptied() and not self._pause():
                self._file.close()
                return b""

    def _emptied(self) -> bool:
        emptied = os.fstat(self._file.fileno()).st_size < self._file.tell()
        if emptied:
            self._file.seek(0)
        return emptied

    def _successor(self) -> BinaryIO | None:
        """Return the file that took the place of the one that is read, if any."""
        here = os.fstat(self._file.fileno())
        with suppress(OSError):
            there = self._path.stat()
            if (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino):
                return self._path.open("rb", buffering=0)
        return None


def follow(path: Path, scrubber: Scrubber, pause: Callable[[], bool] | None = None) -> None:
    """
    Write what *scrubber* leaves of *path*, and of all that is added to it, to standard output.

    Args:
        path: The file, as ``tail -F`` takes it, from its beginning.
        scrubber: What weakens lines.
        pause: As for :class:`Growing`; by default it waits a fifth of a second, for ever.

    Raises:
        BackendError: PK267, the file can't be read, or the output takes no more.
    """
    try:
        growing = Growing(path, pause or _wait)
    except OSError as error:
        raise BackendError(f"PK267 {path}: it can't be read: {error.strerror}") from None
    try:
        for lines in scrubbed(growing.read, scrubber):
            write(sys.stdout.fileno(), lines)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return


def _wait() -> bool:
    time.sleep(PAUSE_SECONDS)
    return True
