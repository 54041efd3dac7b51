"""Header lines as the edge reads them: pairs of bytes, names lower case. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice

Headers = list[tuple[bytes, bytes]]
Lines = Sequence[tuple[bytes, bytes]]
"""The same where they are only read."""


MOST_LINES = 256
"""Lines of a request that are read: HTTP/2 may part 180 cookies into as many. Of one with more
nobody knows what stands in the rest, a refusal perhaps, so that nothing is decided about it."""


def plain_pairs(lines: object) -> Headers:
    """
    Return *lines* as a list of pairs of bytes, names lower case.

    Servers may give any iterable, once, of any pairs, of anything like bytes; text is read as
    Latin-1 (RFC 9110 §5.5). What is no header line is left out, and so are those beyond one more
    than :data:`MOST_LINES`. A ``Cookie`` in parts becomes one line, as RFC 9113 §8.2.3 asks. A list
    that is so already is returned.
    """
    if type(lines) is list:
        first = lines if len(lines) <= MOST_LINES else lines[: MOST_LINES + 1]
        names = _plain_names(first)
        if names is not None:
            return first if names.count(b"cookie") <= 1 else _with_whole_cookie(first)
    found: Headers = []
    if not isinstance(lines, Iterable):
        return found
    try:
        for pair in islice(lines, MOST_LINES + 1):
            line = _plain(pair)
            if line is not None:
                found.append(line)
    except Exception:  # noqa: BLE001 - P9: the server's iterator broke; what it gave till then is all
        return found
    return _with_whole_cookie(found)


def are_plain(lines: Headers) -> bool:
    """Tell whether *lines* are pairs of bytes, names lower case."""
    return _plain_names(lines) is not None


def with_cookie(lines: Lines, cookie: bytes) -> Headers:
    """Return *lines* with *cookie* as the only ``Cookie`` header; with none where it is empty."""
    others = [pair for pair in lines if pair[0] != b"cookie"]
    return [*others, (b"cookie", cookie)] if cookie else others


def joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return *headers* as a dictionary, repeated lines joined (RFC 9110 §5.3; cookies by ``;``)."""
    found: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for name, value in headers:
        found[name].append(value)
    return {name: (b"; " if name == b"cookie" else b", ").join(found[name]) for name in found}


def _plain_names(lines: Headers) -> bytes | None:
    """Return the names of *lines* in one, ``None`` where they are not what the edge reads."""
    try:
        names = [name for name, value in lines if type(name) is type(value) is bytes]
    except (TypeError, ValueError):
        return None
    spelt = b"\n".join(names)
    return spelt if len(names) == len(lines) and spelt == spelt.lower() else None


def _with_whole_cookie(lines: Headers) -> Headers:
    if len(lines) > MOST_LINES:
        return lines  # nothing is decided about them, as nobody knows what the rest holds
    parts = [value for name, value in lines if name == b"cookie"]
    return with_cookie(lines, b"; ".join(parts)) if len(parts) > 1 else lines


def _plain(pair: object) -> tuple[bytes, bytes] | None:
    try:
        name, value = map(_bytes, pair)  # type: ignore[call-overload]
        return name.lower(), value
    except (TypeError, ValueError):
        return None


def _bytes(given: object) -> bytes:
    if isinstance(given, str):
        return given.encode("latin-1")
    if isinstance(given, bytes | bytearray | memoryview):
        return bytes(given)
    raise TypeError("neither bytes nor text")
