"""Lines from standard input to standard output, for as long as a server writes. Does I/O."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from privacykit.cli.scrub.lines import scrubbed
from privacykit.errors import BackendError
from privacykit.logs.files.scrubber import Scrubber


def through(scrubber: Scrubber, source: int = 0, target: int = 1) -> None:
    """
    Write what *scrubber* leaves of each line that *source* gives to *target*, at once.

    A hang-up is for the server that writes, not for us. Told to end, what has arrived is written
    first. When nobody reads any more, what is left has nowhere to go, and the end is quiet.

    Args:
        scrubber: What weakens lines.
        source: A descriptor that is read.
        target: A descriptor that is written.

    Raises:
        BackendError: PK267, as :func:`write`.
    """

    def end(_number: int, _frame: FrameType | None) -> None:
        # The read that waits is tried again, and says that nothing is there: no line is torn.
        os.set_blocking(source, False)

    def read(most: int) -> bytes:
        try:
            return os.read(source, most)
        except BlockingIOError:
            return b""

    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, end)
    try:
        for lines in scrubbed(read, scrubber):
            write(target, lines)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write(target: int, data: bytes) -> None:
    """
    Write all of *data* to the descriptor *target*.

    Raises:
        BrokenPipeError: Nobody reads it.
        BackendError: PK267, it takes no more: a disk is full.
    """
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(target, view) :]
    except BrokenPipeError:
        raise
    except OSError as error:
        raise BackendError(f"PK267 output: it can't be written: {error.strerror}") from None
