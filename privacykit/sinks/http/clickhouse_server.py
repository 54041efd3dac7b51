"""
A server of ClickHouse by its HTTP interface: one statement a call, its answer read by its code.

Network I/O. Rows go as data beside a statement, so that no log of statements keeps them.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass

from privacykit.errors import KeyMaterialError, SinkError
from privacykit.sinks.http.client import HTTPAnswer, HTTPClient
from privacykit.sinks.unanswered import answered, no_answer

_CODE = re.compile(r"Code: (\d+)\.")
BUSY = frozenset({159, 202, 209, 210, 236, 241, 242, 243, 252, 319, 425, 745, 999})
"""Codes of a server that cannot now: time, memory, parts, disk, network, replicas."""

NO_TABLE = frozenset({60, 81})
"""Codes: there is no such table, no such database."""

MOST_ANSWER = 1_000_000
"""Bytes of an answer to a statement of ours: names, numbers, or an error."""

NOT_CLICKHOUSE = "PK421 no answer of a ClickHouse: look at the URL and at what stands before it"
_REFUSED = frozenset({401, 403, 404})


def code_of(header: str | None, text: str) -> int | None:
    """Return the code of an error, whatever the status says; ``None`` where there is none."""
    if header is not None and header.isdecimal():
        return int(header)
    found = _CODE.match(text)
    return int(found[1]) if found else None


def of_clickhouse(headers: Mapping[str, str]) -> bool:
    """
    Tell an answer of a ClickHouse: every one of its own has headers that begin with its name.

    Args:
        headers: By name in lower case.
    """
    return any(name.startswith("x-clickhouse-") for name in headers)


@dataclass(frozen=True, slots=True)
class ClickHouseServer:
    """
    A server.

    Attributes:
        client: Connections to it.
        url: Where it is.
        headers: Returns who we are; may raise ``KeyMaterialError``.
    """

    client: HTTPClient
    url: str
    headers: Callable[[], Mapping[str, str]]

    async def run(
        self,
        statement: str,
        data: bytes | None = None,
        *,
        asked: Mapping[str, str],
        seconds: float | None = None,
    ) -> str:
        """
        Run *statement*, of which *data* are the rows, and return what it says.

        Args:
            statement: One.
            data: Its rows, in the format that it names.
            asked: Settings and parameters.
            seconds: How long it may take, where that is longer than for other calls.

        Raises:
            SinkError: The server does not answer, or refuses it.
        """
        asked = {"wait_end_of_query": "1", **asked}
        if data is not None:
            asked |= {"query": statement, "async_insert": "0"}
        try:
            said = await self.client.exchange(
                "POST",
                self.url,
                most=MOST_ANSWER,
                params=asked,
                headers=self.headers(),
                content=statement.encode() if data is None else data,
                whole=True,
                seconds=seconds,
            )
        except KeyMaterialError as error:
            raise SinkError(f"PK165 {error}", refuses=True) from None
        except self.client.failures as error:
            raise SinkError(no_answer(error)) from None
        _check(said)
        return said.text

    async def read(
        self,
        statement: str,
        tables: Mapping[str, bytes],
        *,
        asked: Mapping[str, str],
        seconds: float | None = None,
    ) -> AsyncGenerator[bytes, None]:
        """
        Run *statement* beside *tables* of its own, and yield what it says piece by piece.

        Args:
            statement: One.
            tables: Rows of the one column ``value``, as ``JSONEachRow``, by what they are called.
            asked: Settings.
            seconds: How long a piece may take, where that is longer than for other calls.

        Raises:
            SinkError: The server does not answer, or refuses it.
        """
        asked = {**asked, "query": statement}
        for name in tables:
            asked |= {f"{name}_structure": "value String", f"{name}_format": "JSONEachRow"}
        try:
            async for piece in self.client.pieces(
                "POST",
                self.url,
                most=MOST_ANSWER,
                params=asked,
                headers=self.headers(),
                files=tables or None,
                seconds=seconds,
            ):
                if isinstance(piece, bytes):
                    yield piece
                else:
                    _check(piece)
        except self.client.failures as error:
            raise SinkError(no_answer(error)) from None


def _check(said: HTTPAnswer) -> None:
    """
    Look whether *said* is an error.

    Raises:
        SinkError: It is.
    """
    code = code_of(said.headers.get("x-clickhouse-exception-code"), said.text)
    if code in NO_TABLE:
        raise SinkError("PK186 there is no such table or database")
    if code is not None and code not in BUSY:
        raise SinkError(f"PK167 the server refuses us (code {code})")
    if code is None and said.success and not of_clickhouse(said.headers):
        raise SinkError(NOT_CLICKHOUSE)
    if code is not None or not said.success:
        what = said.status if code is None else f"code {code}"
        if said.status in _REFUSED:
            raise SinkError(f"PK167 the server refuses us ({what})")
        raise SinkError(
            answered(said.status, "server") if code is None else f"PK168 the server answered {what}"
        )
