"""
ClickHouse's HTTP interface, and what its engine does with the statements of our sink. On a port.

Sources: ClickHouse documentation, "HTTP interface", "JSONEachRow"; what the engine does was tried
with version 26.9, and the tests of the sink run against that engine too where it is installed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from privacykit.collect.events.format import moment
from privacykit.sinks.storage import clickhouse_table as statements
from privacykit.testing.stubs.server import ServiceStub, StubAnswer, StubRequest

_INSERT = re.compile(r"INSERT INTO (\w+) FORMAT JSONEachRow")
_CODE = re.compile(r"Code: (\d+)\.")
_KEYS = re.compile(rf"\b{statements.KEYS}\w+")
_STATUS = {27: 400, 60: 404, 62: 400, 81: 404, 117: 400, 497: 403, 516: 403}
_NEEDED = {
    "async_insert": "0",
    "input_format_skip_unknown_fields": "0",
    "date_time_input_format": "best_effort",
    "wait_end_of_query": "1",
}
"""What an insert must say: each default of the server's loses something without a word."""


_NAMED = {"x-clickhouse-server-display-name": "stub"}
"""Of every answer, one of those by which a ClickHouse names itself."""


class ClickHouseError(Exception):
    """An error as the engine words it; its text begins with ``Code: ``."""


class ClickHouseEngine(Protocol):
    """What runs statements behind the interface."""

    def run(self, statement: str, data: bytes | None, asked: Mapping[str, str]) -> str:
        """
        Run *statement*, of which *data* are the rows, and return what it says.

        Args:
            statement: As it came.
            data: One JSON object a line; ``None`` for a statement without rows.
            asked: The parameters of the request.

        Raises:
            ClickHouseError: The engine refuses it.
        """
        ...

    def ids(self) -> list[str]:
        """Return the id of each event in ``events``, as ``FINAL`` shows them."""
        ...


class StandIn(ClickHouseEngine):
    """
    What the engine does with the statements of our sink, in memory.

    Attributes:
        tables: The rows of each table.
        lacking: Columns that ``events`` has not.
    """

    def __init__(self) -> None:
        self.tables: dict[str, list[dict[str, Any]]] = {}
        self.lacking: set[str] = set()
        self._tokens: set[str] = set()

    def run(self, statement: str, data: bytes | None, asked: Mapping[str, str]) -> str:
        """
        Run *statement*, of which *data* are the rows, and return what it says.

        Raises:
            ClickHouseError: It refuses the statement, or does not know it.
        """
        if statement == "SELECT 1 FORMAT TSV":
            return "1\n"
        if found := _INSERT.fullmatch(statement):
            self._insert(found[1], data or b"", asked.get("insert_deduplication_token", ""))
            return ""
        if keys := _KEYS.search(statement):
            return self._of_keys(statement, keys[0])
        if statement == statements.created("events"):
            self.tables.setdefault("events", [])
            return ""
        if statement == statements.leftovers():
            return "\n".join(name for name in self.tables if name.startswith(statements.KEYS))
        return self._of_events(statement, asked)

    def _of_events(self, statement: str, asked: Mapping[str, str]) -> str:
        month, now = int(asked.get("param_month", 0)), float(asked.get("param_now", 0))
        if statement == statements.ended("events"):
            months = {_month(row) for row in self.tables.get("events", [])}
            return "\n".join(str(one) for one in sorted(months) if one < month)
        events = self._table("events")
        past = [row for row in events if moment(row["expires_at"]).timestamp() <= now]
        if statement == statements.expired("events"):
            return str(len(past))
        if statement == statements.expire("events"):
            events[:] = [row for row in events if row not in past]
            return ""
        if statement == "DESCRIBE TABLE events FORMAT TSV":
            return "\n".join(f"{name}\tString" for name in self._columns("events"))
        for one in {_month(row) for row in events}:
            if statement == statements.dropped("events", one):
                events[:] = [row for row in events if _month(row) != one]
                return ""
        raise ClickHouseError("Code: 62. DB::Exception: Syntax error. (SYNTAX_ERROR)")

    def _of_keys(self, statement: str, keys: str) -> str:
        if statement == statements.keys_created(keys):
            self.tables[keys] = []
            return ""
        if statement == statements.keys_dropped(keys):
            self.tables.pop(keys, None)
            return ""
        named = {row["key"] for row in self._table(keys)}
        events = self._table("events")
        gone = [row for row in events if row["id"] in named]
        if statement == statements.counted("events", keys):
            return str(len({row["id"] for row in gone}))
        if statement == statements.erased("events", keys):
            events[:] = [row for row in events if row not in gone]
            return ""
        raise ClickHouseError("Code: 62. DB::Exception: Syntax error. (SYNTAX_ERROR)")

    def _insert(self, name: str, data: bytes, token: str) -> None:
        rows, columns = [], self._columns(name)
        for line in data.splitlines():
            row = msgspec.json.decode(line)
            for field, value in row.items():
                if field not in columns:
                    told = f"Unknown field found while parsing JSONEachRow format: {field}"
                    raise ClickHouseError(f"Code: 117. DB::Exception: {told}. (INCORRECT_DATA)")
                if not _fits(value, columns[field]):
                    raise ClickHouseError("Code: 27. DB::Exception: Cannot parse input. (…)")
            rows.append(row)
        if token and token in self._tokens:
            return
        self._tokens.add(token)
        self._table(name).extend(rows)

    def _columns(self, name: str) -> Mapping[str, str]:
        self._table(name)
        if name != "events":
            return {"key": "String"}
        return {it: kind for it, kind in statements.COLUMNS.items() if it not in self.lacking}

    def _table(self, name: str) -> list[dict[str, Any]]:
        if name not in self.tables:
            raise ClickHouseError(f"Code: 60. DB::Exception: Table {name} does not exist. (…)")
        return self.tables[name]

    def ids(self) -> list[str]:
        """Return the id of each event in ``events``, as ``FINAL`` shows them."""
        return sorted({row["id"] for row in self.tables.get("events", [])})


class ClickHouseStub(ServiceStub):
    """
    A server.

    Args:
        engine: What runs statements; a stand-in if none is given.

    Attributes:
        engine: The same.
        user: Whose password :attr:`token` is.
    """

    user = "pk"

    def __init__(self, engine: ClickHouseEngine | None = None) -> None:
        super().__init__()
        self.engine = engine or StandIn()

    def answer(self, request: StubRequest) -> StubAnswer:
        """Run a statement, or say why not as ClickHouse does."""
        if (request.method, request.path) != ("POST", "/"):
            self.fault(f"{request.method} {request.path}")
            return StubAnswer(404)
        given = request.headers
        if (given.get("x-clickhouse-user"), given.get("x-clickhouse-key")) != (
            self.user,
            self.token,
        ):
            return _failed("Code: 516. DB::Exception: Authentication failed. (…)")
        statement = request.query.get("query")
        if statement is None and request.body.startswith(b"INSERT"):
            self.fault("rows in the text of a statement, which the server's log keeps")
        if statement is not None and not statement.startswith(f"INSERT INTO {statements.KEYS}"):
            self._look(request)
            if any(poison.encode() in request.body for poison in self.poison):
                return _failed("Code: 27. DB::Exception: Cannot parse input. (…)")
        try:
            data = None if statement is None else request.body
            said = self.engine.run(statement or request.body.decode(), data, request.query)
        except ClickHouseError as error:
            return _failed(str(error))
        return _told(said)

    def _look(self, request: StubRequest) -> None:
        for name, value in _NEEDED.items():
            if request.query.get(name) != value:
                self.fault(f"an insert without {name}={value}")
        if not request.query.get("insert_deduplication_token"):
            self.fault("an insert without a token")

    def arrived(self) -> list[str]:
        """Return the ids of all events."""
        return self.engine.ids()


def _told(said: str | bytes) -> StubAnswer:
    return StubAnswer(200, said or None, _NAMED)


def _failed(text: str) -> StubAnswer:
    found = _CODE.match(text)
    code = int(found[1]) if found else 1000
    headers = {**_NAMED, "x-clickhouse-exception-code": str(code)}
    return StubAnswer(_STATUS.get(code, 500), text, headers)


def _month(row: Mapping[str, Any]) -> int:
    return int(moment(row["expires_at"]).astimezone(UTC).strftime("%Y%m"))


def _fits(value: Any, kind: str) -> bool:  # noqa: ANN401 - any JSON
    bare = kind.removeprefix("LowCardinality(").removesuffix(")") if "Low" in kind else kind
    if bare.startswith("Nullable("):
        return value is None or _fits(value, bare[len("Nullable(") : -1])
    try:
        return _CHECKS[bare](value)
    except (ValueError, TypeError):
        return False


def _texts(values: Any) -> bool:  # noqa: ANN401 - any JSON
    return all(isinstance(one, str) for one in values)


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "String": lambda value: isinstance(value, str | dict),  # an object becomes its JSON
    "UInt8": lambda value: isinstance(value, int) and 0 <= value < 2**8,
    "UUID": lambda value: bool(UUID(value)),
    "DateTime64(3, 'UTC')": lambda value: bool(moment(value)),
    "DateTime('UTC')": lambda value: moment(value) < datetime(2106, 1, 1, tzinfo=UTC),
    "Map(String, String)": lambda value: _texts(value.values()),
    "Array(String)": _texts,
}
