"""
ClickHouse over HTTP: `JSONEachRow`, each batch under a token, retention by its table. Network I/O.

Laws of this file:

1. A field that the table has no column for is refused, where ClickHouse alone would skip it; then
   all wait, since the table is wrong and no event.
2. A batch that comes again has the same token, and is not taken twice as long as the table
   remembers it; an event that comes in another batch is one row once parts are merged, and before
   that to whoever asks with ``FINAL``.
3. What has expired is hidden every hour, and the month it ends in is dropped as a whole.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, cast

import msgspec
from msgspec import Meta

from privacykit.collect.ports import Gathers, Maintains
from privacykit.errors import ConfigurationError, SinkError
from privacykit.sinks.config import SinkConfig, problem
from privacykit.sinks.event_deleter import DELETION, deleting
from privacykit.sinks.http.answers import Answer, AnswerReading, by_status, says_nothing
from privacykit.sinks.http.clickhouse_server import (
    BUSY,
    NOT_CLICKHOUSE,
    ClickHouseServer,
    code_of,
    of_clickhouse,
)
from privacykit.sinks.http.kind import (
    Attempt,
    BatchShape,
    HTTPKind,
    HTTPOptions,
    MessageLimits,
)
from privacykit.sinks.http.sink import HTTPSink
from privacykit.sinks.mapping.rules import FieldRule
from privacykit.sinks.mapping.sources import Const, Option
from privacykit.sinks.storage import clickhouse_table as table
from privacykit.webhook import AnswerKind

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_NUMBER = re.compile(r"[0-9]{1,20}")
_MONTH = re.compile(r"[0-9]{6}")
_KEYS = re.compile(rf"{table.KEYS}[A-Za-z0-9_]+")
_DATA = frozenset({6, 26, 27, 38, 41, 53, 69, 70, 72, 117, 131, 321, 349, 376, 467, 526})
"""Codes of data that a column does not take."""
_UNCLEAR = frozenset({159, 209, 210, 319, 425, 999})
_WAITS = "mutations_sync"
_UNKNOWN_FIELD = "Unknown field"

ERASE_SECONDS = 600.0
"""How long an erasure may take that writes parts anew."""


def read(answer: Answer) -> AnswerReading:
    """Read an answer: errors are codes, in a header or in the body, whatever the status."""
    code = code_of(answer.headers.get("x-clickhouse-exception-code"), answer.text)
    if code is None:
        return by_status(answer)
    if code in _DATA and _UNKNOWN_FIELD not in answer.text:
        return AnswerReading(AnswerKind.REFUSED, reason=f"code_{code}")
    if code in BUSY:
        return AnswerReading(AnswerKind.AGAIN, unclear=code in _UNCLEAR)
    return AnswerReading(AnswerKind.REFUSES_US)


def _inserted(answer: Answer) -> bool:
    # It says nothing of rows that it took; so does many a proxy, but under another name.
    return says_nothing(answer) and of_clickhouse(answer.headers)


class ClickHouseSink(HTTPSink, Gathers, Maintains):
    """
    Inserts events, and ends their retention.

    Attributes:
        gather: Seconds to wait for more, after a batch that was not full: every insert makes a
            part, and too many of them are refused.
    """

    @property
    def gather(self) -> float:  # type: ignore[override]
        """Seconds to wait for more, after a batch that was not full."""
        return float(self._settings["gather"])

    @property
    def _table(self) -> str:
        return str(self._settings["table"])

    async def answers(self) -> None:
        """
        Ask for the columns of the table; without one, whether the server believes us.

        Raises:
            SinkError: It does not, or the table lacks a column.
        """
        if self._settings["create"]:
            await self._number("SELECT 1 FORMAT TSV")
            return
        told = await self._run(f"DESCRIBE TABLE {self._table} FORMAT TSV")
        lacking = set(table.COLUMNS) - {line.partition("\t")[0] for line in told.splitlines()}
        if lacking:
            raise SinkError(f"PK187 the table lacks columns: {', '.join(sorted(lacking))}")

    async def keep(self, now: float) -> None:
        """
        Make the table, drop the months that have ended, hide what else has expired at *now*.

        Raises:
            SinkError: The server does not answer, or refuses us.
        """
        if self._settings["create"]:
            await self._run(table.created(self._table))
        month = int(datetime.fromtimestamp(now, UTC).strftime("%Y%m"))
        for one in await self._listed(_MONTH, table.ended(self._table), month=month):
            await self._run(table.dropped(self._table, int(one)))
        if await self._number(table.expired(self._table), now=int(now)):
            await self._run(table.expire(self._table), now=int(now))
        for name in await self._listed(_KEYS, table.leftovers()):
            await self._run(table.keys_dropped(name))

    async def erase(self, ids: Collection[str]) -> int:
        """
        Write the parts anew that hold one of *ids*, without them.

        Returns:
            How many events went.

        Raises:
            SinkError: Some may be left: it has to be repeated.
        """
        if not ids:
            return 0
        lines = b"\n".join(msgspec.json.encode({"key": it}) for it in sorted(ids))
        keys = f"{table.KEYS}{secrets.token_hex(8)}"
        await self._run(table.keys_created(keys))
        await self._run(table.keys_filled(keys), lines)
        gone = await self._number(table.counted(self._table, keys))
        if gone:
            await self._run(table.erased(self._table, keys), mutations_sync=2)
        if await self._number(table.counted(self._table, keys)):
            raise SinkError("PK188 events that were to be erased are still there")
        await self._run(table.keys_dropped(keys))
        return gone

    async def _number(self, statement: str, **more: int) -> int:
        """
        Return the number that *statement* asks for.

        Raises:
            SinkError: The server does not answer, refuses it, or says something else.
        """
        said = await self._listed(_NUMBER, statement, **more)
        if len(said) != 1:
            raise SinkError(NOT_CLICKHOUSE)
        return int(said[0])

    async def _listed(self, what: re.Pattern[str], statement: str, **more: int) -> list[str]:
        """
        Return the words that *statement* asks for, each of which is *what*.

        Raises:
            SinkError: The server does not answer, refuses it, or says something else.
        """
        said = (await self._run(statement, None, **more)).split()
        if not all(what.fullmatch(one) for one in said):
            raise SinkError(NOT_CLICKHOUSE)
        return said

    async def _run(self, statement: str, data: bytes | None = None, **more: int) -> str:
        """
        Run *statement*, of which *data* are the rows, and return what it says.

        Raises:
            SinkError: The server does not answer, or refuses it.
        """
        names = {name: name if name == _WAITS else f"param_{name}" for name in more}
        asked = {names[name]: str(it) for name, it in more.items()}
        seconds = ERASE_SECONDS if _WAITS in more else None
        return await self._server.run(statement, data, asked=asked, seconds=seconds)

    @property
    def _server(self) -> ClickHouseServer:
        def headers() -> dict[str, str]:
            return self._headers(Attempt("", self._clock(), b"", self._settings))

        return ClickHouseServer(self._client, self._url, headers)


class _Options(HTTPOptions, kw_only=True):
    table: Annotated[str, Meta(description="its name")] = "events"
    database: Annotated[str, Meta(description="where the table is")] = "default"
    user: Annotated[str, Meta(description="with `token` as the password")] = "default"
    create: Annotated[
        bool, Meta(description="whether the sink makes the table; else do, by the statement below")
    ] = True
    gather: Annotated[
        float,
        Meta(ge=0, le=3600, description="seconds to wait for more after a batch that was not full"),
    ] = 5.0


def _inserting(attempt: Attempt) -> Mapping[str, str]:
    return {
        "query": f"INSERT INTO {attempt.settings['table']} FORMAT JSONEachRow",
        "insert_deduplication_token": attempt.message,
    }


def _check(config: SinkConfig, wanted: Any) -> None:  # noqa: ANN401 - options of this kind
    for key in ("table", "database"):
        if not _NAME.fullmatch(getattr(wanted, key)):
            hint = "letters, digits and underscores"
            raise ConfigurationError(problem(config, "PK189", key, "no name of a table", hint))


CLICKHOUSE = HTTPKind(
    "clickhouse",
    "ClickHouse, by its HTTP interface.",
    path="/",
    headers=(
        FieldRule("x-clickhouse-user", Option("user")),
        FieldRule("x-clickhouse-key", Option("token")),
        FieldRule("x-clickhouse-database", Option("database")),
    ),
    query=(
        FieldRule("async_insert", Const("0")),
        FieldRule("input_format_skip_unknown_fields", Const("0")),
        FieldRule("date_time_input_format", Const("best_effort")),
        FieldRule("wait_end_of_query", Const("1")),
    ),
    shape=BatchShape(lines=True, content_type="text/plain"),
    limits=MessageLimits(events=5000, bytes=20_000_000),
    mapping=table.MAPPING,
    read=read,
    acknowledges=_inserted,
    options=_Options,
    ask=_inserting,
    sink=ClickHouseSink,
    check=_check,
    deduplicates="the token of its batch, and by its id once parts are merged, and with `FINAL`",
    erasure="`privacykit subject erase` writes the parts anew that hold events of the person "
    "(`ALTER TABLE … DELETE`), by a table of keys that goes afterwards: no statement names "
    "anybody. Old parts leave the disk about eight minutes later; backups end by their own rules.",
)


def _built(config: SinkConfig) -> ClickHouseSink:
    return cast("ClickHouseSink", CLICKHOUSE.build(config))


KIND = replace(CLICKHOUSE.kind(), deleter=deleting(_built), deletion=DELETION)
