"""
Smaller pictures of screens: PNG with a palette of at most 256 colours, out of what Chromium writes.

By the PNG specification (ISO/IEC 15948); a screen with text has few colours, so that little or
nothing is lost.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_COLOURS = 256
_CHANNELS = {2: 3, 6: 4}
"""Bytes of a pixel by colour type: RGB, RGBA."""


def small(png: bytes) -> bytes:
    """
    Return *png* with a palette: exact where that suffices, else with colours that are near.

    Args:
        png: Eight bits a channel, not interlaced; what is transparent becomes opaque.

    Raises:
        ValueError: It is no such picture.
    """
    width, rows = _rows(png)
    colours = Counter(pixel for row in rows for pixel in row)
    nearest = _nearest(colours)
    palette = [colour for colour, _ in Counter(nearest.values()).most_common()]
    place = {colour: number for number, colour in enumerate(palette)}
    number = {colour: place[near] for colour, near in nearest.items()}
    lines = b"".join(b"\0" + bytes(number[pixel] for pixel in row) for row in rows)
    head = struct.pack(">IIBBBBB", width, len(rows), 8, 3, 0, 0, 0)
    return SIGNATURE + b"".join(
        _chunk(name, body)
        for name, body in (
            (b"IHDR", head),
            (b"PLTE", b"".join(palette)),
            (b"IDAT", zlib.compress(lines, 9)),
            (b"IEND", b""),
        )
    )


def _nearest(colours: Counter[bytes]) -> dict[bytes, bytes]:
    """Return for each colour the most frequent of those that differ from it in low bits alone."""
    for dropped in range(9):
        chosen: dict[bytes, bytes] = {}
        for colour, _ in colours.most_common():
            chosen.setdefault(bytes(channel >> dropped for channel in colour), colour)
        if len(chosen) <= MOST_COLOURS:
            break
    return {colour: chosen[bytes(c >> dropped for c in colour)] for colour in colours}


def _rows(png: bytes) -> tuple[int, list[list[bytes]]]:
    """
    Return the width, and the pixels of each row, three bytes each.

    Raises:
        ValueError: It is no such picture.
    """
    chunks = list(_chunks(png))
    width, _, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", dict(chunks)[b"IHDR"])
    if depth != 8 or interlaced or kind not in _CHANNELS:
        raise ValueError("not a picture of eight bits a channel")
    raw = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    size = _CHANNELS[kind]
    length = width * size
    before, rows = bytearray(length), []
    for start in range(0, len(raw), length + 1):
        line = bytearray(raw[start + 1 : start + 1 + length])
        _unfilter(raw[start], line, before, size)
        rows.append([bytes(line[at : at + 3]) for at in range(0, length, size)])
        before = line
    return width, rows


def _unfilter(kind: int, line: bytearray, above: bytearray, size: int) -> None:
    """Undo the filter *kind* of *line*, in place."""
    if not kind:
        return
    guess = _GUESSES[kind]
    for at, up in enumerate(above):
        left, corner = (line[at - size], above[at - size]) if at >= size else (0, 0)
        line[at] = (line[at] + guess(left, up, corner)) & 255


def _predicted(left: int, up: int, corner: int) -> int:
    across, down = abs(up - corner), abs(left - corner)
    both = abs(left + up - 2 * corner)
    if across <= down and across <= both:
        return left
    return up if down <= both else corner


_GUESSES: Mapping[int, Callable[[int, int, int], int]] = {
    1: lambda left, _up, _corner: left,
    2: lambda _left, up, _corner: up,
    3: lambda left, up, _corner: (left + up) >> 1,
    4: _predicted,
}
"""What each filter of a line adds to a byte, out of its neighbours (ISO/IEC 15948, 9.2)."""


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not png.startswith(SIGNATURE):
        raise ValueError("not a PNG")
    at = len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
