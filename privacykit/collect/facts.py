"""
The facts of one HTTP request: its header lines, and where those that flow 1 reads stand. Pure.

Looking headers up by name costs more than all else that is read of them, and clients send few
sequences of names; so positions are found once for each sequence, and lines are read by them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import cast

import msgspec

from privacykit.collect.ports import Browser

Line = tuple[bytes, bytes | None]
"""Name, lower case, and value of a header; the value is ``None`` in :data:`ABSENT` only."""
ABSENT: Line = (b"", None)
"""Stands behind the last line, where whatever was not sent is read."""


class HeaderShape(msgspec.Struct, frozen=True, gc=False):
    """
    Where headers stand in requests with one sequence of names, each of which stands there once.

    What such requests do not send stands where :data:`ABSENT` is.

    Attributes:
        host: ``Host``.
        client: The header by which trusted proxies name the client.
        client_ipv6: ``CF-Connecting-IPv6``.
        cookie: ``Cookie``.
        gpc: ``Sec-GPC``.
        dnt: ``DNT``.
        agent: ``User-Agent``.
        brands: ``Sec-CH-UA``.
        mobile: ``Sec-CH-UA-Mobile``.
        platform: ``Sec-CH-UA-Platform``.
        referrer: ``Referer``.
        language: ``Accept-Language``.
        accept: ``Accept``.
        destination: ``Sec-Fetch-Dest``.
    """

    host: int
    client: int
    client_ipv6: int
    cookie: int
    gpc: int
    dnt: int
    agent: int
    brands: int
    mobile: int
    platform: int
    referrer: int
    language: int
    accept: int
    destination: int


def shape_of(names: Collection[bytes], client: bytes) -> HeaderShape:
    """
    Return the header shape of requests with these *names*, in this order.

    Args:
        names: Lower case, each once.
        client: The header by which trusted proxies name the client.
    """
    at = {name: position for position, name in enumerate(names)}
    end = len(names)
    return HeaderShape(
        at.get(b"host", end),
        at.get(client, end),
        at.get(b"cf-connecting-ipv6", end),
        at.get(b"cookie", end),
        at.get(b"sec-gpc", end),
        at.get(b"dnt", end),
        at.get(b"user-agent", end),
        at.get(b"sec-ch-ua", end),
        at.get(b"sec-ch-ua-mobile", end),
        at.get(b"sec-ch-ua-platform", end),
        at.get(b"referer", end),
        at.get(b"accept-language", end),
        at.get(b"accept", end),
        at.get(b"sec-fetch-dest", end),
    )


def headers_of(lines: Sequence[Line]) -> dict[bytes, bytes]:
    """Return the headers in *lines*, by their names."""
    sent = dict(lines)
    sent.pop(ABSENT[0], None)
    return cast("dict[bytes, bytes]", sent)


def browser_of(lines: Sequence[Line], shape: HeaderShape) -> Browser:
    """Return what *lines* say of the browser."""
    return (
        lines[shape.agent][1],
        lines[shape.brands][1],
        lines[shape.mobile][1],
        lines[shape.platform][1],
    )
