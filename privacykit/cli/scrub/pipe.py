"""Lines from standard input to standard output, for as long as a server writes. Does I/O."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from privacykit.cli.scrub.lines import scrubbed
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
            _write(target, lines)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(target: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(target, view) :]
