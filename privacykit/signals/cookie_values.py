"""A ``Cookie`` header: values of one name wherever they stand, and how much is looked at. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

LONGEST_COOKIES = 16 * 1024
"""Bytes of all cookies that are looked at; servers and proxies let through half of it."""
MOST_DUPLICATES = 16
"""Cookies of one name that are read."""


def cookie_values(header: bytes, name: bytes) -> Iterator[bytes]:
    """Yield the values of the cookies called *name*, and an empty one where they are too many."""
    wanted, start, found = name + b"=", 0, 0
    while (at := header.find(wanted, start)) >= 0:
        start = at + len(wanted)
        if at and header[at - 1 : at] not in {b";", b" ", b"\t"}:
            continue  # the end of a longer name, which stands for nothing and is not counted
        if found == MOST_DUPLICATES:
            # Decoys may hide the real one behind the bound: a broken value refuses and voids.
            yield b""
            return
        found += 1
        end = header.find(b";", start)
        yield header[start : end if end >= 0 else len(header)].strip(b" \t")


def are_too_many(values: Sequence[bytes]) -> bool:
    """Tell whether :func:`cookie_values` gave up: the last of *values* stands for more."""
    return len(values) > MOST_DUPLICATES


def first_cookies(header: bytes) -> bytes:
    """Return the whole cookies among the first :data:`LONGEST_COOKIES` bytes of *header*."""
    if len(header) <= LONGEST_COOKIES:
        return header
    return header[: max(0, header.rfind(b";", 0, LONGEST_COOKIES + 1))]


def shortened(header: bytes, mark: bytes, names: Iterable[bytes]) -> bytes:
    """
    Return what is looked at of a *header* longer than :data:`LONGEST_COOKIES`.

    Args:
        header: The ``Cookie`` header.
        mark: What the name of each cookie to keep contains.
        names: The cookies that are kept wherever they stand, for they may say no.
    """
    first = first_cookies(header)
    if header.find(mark, len(first)) < 0:
        return first
    rest = header[len(first) :]
    found = ((name, value) for name in names for value in cookie_values(rest, name))
    return first + b"".join(b"; %b=%b" % pair for pair in found)
