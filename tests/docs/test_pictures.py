"""Pictures of the documentation: small files, and what makes them so changes no colour it may keep."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.shop.pictures import PICTURES, names
from examples.shop.small_png import MOST_COLOURS, SIGNATURE, _rows, small

MOST_BYTES = 60_000
WIDTH = 3


def chunk(name, body):
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(rows, size=3, filters=()):
    """Return a PNG of *rows* of pixels, each row with one of *filters* in turn."""
    kind = {3: 2, 4: 6}[size]
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, kind, 0, 0, 0)
    lines, above = [], bytes(len(rows[0]) * size)
    for at, row in enumerate(rows):
        line = b"".join(pixel + b"\xff" * (size - 3) for pixel in row)
        which = filters[at % len(filters)] if filters else 0
        lines.append(bytes([which]) + filtered(which, line, above, size))
        above = line
    body = zlib.compress(b"".join(lines))
    parts = ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    return SIGNATURE + b"".join(chunk(*part) for part in parts)


def filtered(which, line, above, size):
    """Return *line* as the filter writes it, as the specification words it."""
    out = bytearray()
    for at, byte in enumerate(line):
        a = line[at - size] if at >= size else 0
        b, c = above[at], above[at - size] if at >= size else 0
        near = min((a, b, c), key=lambda one: abs(a + b - c - one))
        out.append((byte - (0, a, b, (a + b) // 2, near)[which]) % 256)
    return bytes(out)


def shown(picture):
    """Return the pixels of a picture with a palette."""
    at, chunks = len(SIGNATURE), {}
    while at < len(picture):
        (length,) = struct.unpack_from(">I", picture, at)
        chunks[picture[at + 4 : at + 8]] = picture[at + 8 : at + 8 + length]
        at += length + 12
    width, height, depth, kind, *_ = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, kind) == (8, 3)
    palette = [chunks[b"PLTE"][i : i + 3] for i in range(0, len(chunks[b"PLTE"]), 3)]
    assert len(palette) <= MOST_COLOURS
    raw = zlib.decompress(chunks[b"IDAT"])
    lines = [raw[i * (width + 1) + 1 : (i + 1) * (width + 1)] for i in range(height)]
    return [[palette[number] for number in line] for line in lines]


pixels = st.binary(min_size=3, max_size=3)
pictures = st.lists(st.lists(pixels, min_size=WIDTH, max_size=WIDTH), min_size=1, max_size=6)
SIZES, FILTERS = st.sampled_from([3, 4]), st.lists(st.integers(0, 4), max_size=6)


@given(pictures, SIZES, FILTERS)
def test_few_colours_stay_as_they_are(rows, size, filters):
    """Whatever filters a picture was written with, and whether it had an alpha channel."""
    assert shown(small(png(rows, size, filters))) == rows


@given(st.integers(257, 400), st.randoms(use_true_random=False))
def test_many_colours_become_near_ones(count, random):
    """At most 256 are left, and of those that look alike the one that is seen most."""
    often = bytes(3)
    rows = [[often, often, random.randbytes(3)] for _ in range(count)]
    found = shown(small(png(rows)))
    assert {row[0] for row in found} == {often}
    assert len({pixel for row in found for pixel in row}) <= MOST_COLOURS


@pytest.mark.parametrize(
    "broken", [b"", b"GIF89a", png([[bytes(3)]]).replace(b"\x08\x02", b"\x10\x02")]
)
def test_what_is_no_picture_of_that_kind_is_refused(broken):
    """Rather than written wrong."""
    with pytest.raises(ValueError, match=r"PNG|eight bits"):
        _rows(broken)


@pytest.mark.parametrize("name", names())
def test_a_picture_is_small(name):
    """Readers load several of them."""
    assert (PICTURES / name).stat().st_size < MOST_BYTES
