"""Bytes to lines and back: whatever arrived is answered at once, in bounded memory. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from privacykit.logs.files.scrubber import LONGEST_LINE, Scrubber

CHUNK_BYTES = 1 << 18
_TOO_LONG = b"x" * (LONGEST_LINE + 1)


def scrubbed(read: Callable[[int], bytes], scrubber: Scrubber) -> Iterator[bytes]:
    """
    Yield what *scrubber* leaves of all lines that *read* gives, as soon as lines are whole.

    Args:
        read: Gives at most so many bytes, as many as there are; none at the end.
        scrubber: What weakens lines.

    Yields:
        Whole lines, as many as there were; the last one without a line feed if it had none.
    """
    lines = scrubber.lines
    pending = b""
    while data := read(CHUNK_BYTES):
        whole, ended, tail = data.rpartition(b"\n")
        if ended:
            yield b"\n".join(lines((pending + whole).split(b"\n"))) + b"\n"
            pending = tail
        else:
            pending += tail
        if len(pending) > LONGEST_LINE:
            # However much of the line follows, it is masked: only that it is too long matters.
            pending = _TOO_LONG
    if pending:
        yield lines([pending])[0]
