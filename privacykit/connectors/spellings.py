"""
Spellings of a word or an address by which it is found again in bytes, whoever wrote them. Pure.

What a visitor sent may have been quoted, escaped or encoded by whatever wrote it down: a search for
the plain text alone finds nothing there.
"""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

FOLDED = frozenset(
    {"text", "hex", "subnet", "reversed", "percent-encoded", "percent-encoded twice", "escaped"}
)
"""Spellings in which case does not matter."""

_SUBNET_GROUPS = 4


def spellings_of(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """
    Yield the spellings of *raw*, each with its name.

    Those of :data:`FOLDED` are in lower case, to be searched for in bytes in lower case.
    """
    yield "text", raw.lower()
    yield "hex", raw.hex().encode()
    yield "reversed", raw[::-1].lower()
    yield "percent-encoded", "".join(f"%{byte:02x}" for byte in raw).encode()
    yield "percent-encoded twice", "".join(f"%25{byte:02x}" for byte in raw).encode()
    yield "escaped", "".join(f"\\u00{byte:02x}" for byte in raw).encode()
    yield "utf-16", b"".join(bytes((byte, 0)) for byte in raw)
    for spelling, encode in (("base64", b64encode), ("base64url", urlsafe_b64encode)):
        for shift in range(3):
            # What stands before it moves the text; the outer characters depend on the neighbours.
            found = encode(b"\0" * shift + raw)[(0, 2, 3)[shift] :].rstrip(b"=")
            yield spelling, found[: len(found) - bool((shift + len(raw)) % 3)]


def spellings_of_address(address: IPv4Address | IPv6Address) -> Iterator[tuple[str, bytes]]:
    """Yield the spellings of a whole *address*, and of the /64 of IPv6, each with its name."""
    packed = address.packed
    texts: Iterable[str] = {str(address), address.exploded}
    for text in texts:
        yield from spellings_of(text.encode())
        if text != quote(text, safe=""):
            yield "percent-encoded", quote(text, safe="").lower().encode()
    yield "hex", packed.hex().encode()
    yield "reversed", address.reverse_pointer.encode()
    yield "number", str(int(address)).encode()
    if isinstance(address, IPv6Address):
        # The four bytes of IPv4 would be found by chance. A /64 is a household: as secret.
        yield "packed", packed
        groups = address.exploded.split(":")[:_SUBNET_GROUPS]
        for spelled in {":".join(groups), ":".join(group.lstrip("0") or "0" for group in groups)}:
            yield "subnet", f"{spelled}:".encode()
        yield "subnet", packed[:8].hex().encode()
    else:
        yield "base64", b64encode(packed)
        yield "text", "-".join(str(byte) for byte in packed).encode()
        yield "percent-encoded", str(address).replace(".", "%2e").encode()
