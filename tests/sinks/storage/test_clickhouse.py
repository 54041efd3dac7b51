"""The sink that is ClickHouse: at a stand-in, and at its own engine where that is installed."""

from pathlib import Path

import msgspec
import pytest

from privacykit.collect.ports import SendOutcome
from privacykit.errors import ConfigurationError, SinkError
from privacykit.sinks.http.answers import Answer
from privacykit.sinks.storage import clickhouse_table as statements
from privacykit.sinks.storage.clickhouse import CLICKHOUSE, read
from privacykit.testing.samples import LATER, NOW, ids, rich_row, row
from privacykit.testing.sinks.http_contract import HTTPSinkContract
from privacykit.testing.stubs.server import StubAnswer
from privacykit.testing.stubs.storage.clickhouse import ClickHouseStub, StandIn
from privacykit.webhook import AnswerKind
from tests.sinks.storage.engines import Engine
from tests.sinks.storage.places import made, send, used

MONTH = 31 * 86_400
ENGINES = [
    "stand-in",
    pytest.param("engine", marks=pytest.mark.engine),
]


@pytest.fixture(scope="session")
def engine_folder(tmp_path_factory):
    """Where the engine keeps its parts: one session is all that a process may have."""
    return tmp_path_factory.mktemp("clickhouse")


@pytest.fixture(params=ENGINES)
def stub(request, engine_folder):
    """A server with a table."""
    engine = StandIn() if request.param == "stand-in" else Engine(engine_folder)
    with ClickHouseStub(engine) as stub:
        used(sink_of(stub), lambda it: it.keep(NOW))
        stub.requests.clear()
        yield stub
    assert stub.faults == []


def sink_of(stub, *, url=None, **options):
    """Return a sink for *stub*."""
    return made("clickhouse", url=url or stub.url, token=stub.token, user=stub.user, **options)


class TestClickHouse(HTTPSinkContract):
    """Over HTTP."""

    @pytest.fixture
    def make(self, stub):
        """What makes sinks."""
        return lambda url=None, **options: sink_of(stub, url=url, **options)


def said(stub, query):
    """Return what the engine says to *query*, a line a row."""
    return stub.engine._query(query).splitlines()


@pytest.mark.engine
@pytest.mark.parametrize("stub", ["engine"], indirect=True)
def test_columns_hold_what_the_event_told(stub):
    """Moments to the millisecond, what was left out as null, properties as JSON."""
    send(sink_of(stub), rich_row(1), row(2))
    told = said(
        stub,
        "SELECT toUnixTimestamp64Milli(time), toUnixTimestamp(expires_at), region,"
        " consent_purposes['ads'], JSONExtractString(props, 'colour'), referrer_host"
        " FROM events ORDER BY time",
    )
    assert [line.split("\t") for line in told] == [
        [f"{NOW + 1:.0f}000", str(LATER), "US-CA", "deny", "red", "search.example"],
        [f"{NOW + 2:.0f}000", str(LATER), "\\N", "", "\\N", "\\N"],
    ]


@pytest.mark.engine
@pytest.mark.parametrize("stub", ["engine"], indirect=True)
def test_the_engine_remembers_the_batch(stub):
    """The same batch makes one block, even without a merge; another batch makes another."""
    for rows in ([row(1), row(2)], [row(1), row(2)], [row(2), row(3)]):
        send(sink_of(stub), *rows)
    assert said(stub, "SELECT count() FROM events FORMAT TSV") == ["4"]
    assert stub.arrived() == ids(1, 2, 3)


@pytest.mark.engine
@pytest.mark.parametrize("stub", ["engine"], indirect=True)
def test_no_statement_names_anybody(stub):
    """The engine keeps every mutation, as it was written, for years on a quiet table."""
    send(sink_of(stub), rich_row(1), row(2))
    used(sink_of(stub), lambda it: it.erase(ids(1, 2)))
    kept = "\n".join(said(stub, "SELECT command FROM system.mutations FORMAT TSV"))
    assert "privacykit_gone_" in kept
    assert [it for it in ids(1, 2) if it in kept] == []
    hidden = "SELECT count() FROM events SETTINGS apply_deleted_mask = 0"
    assert said(stub, hidden) == ["0"]


def test_no_statement_of_ours_holds_a_key(stub):
    """Keys go as rows, which no log of queries keeps."""
    send(sink_of(stub), row(1))
    used(sink_of(stub), lambda it: it.erase(ids(1)))
    statements_sent = [it.query.get("query") or it.body.decode() for it in stub.requests]
    assert [it for it in statements_sent if ids(1)[0] in it] == []


def test_a_person_is_taken_out(stub):
    """By id; the keys are gone afterwards."""
    send(sink_of(stub), row(1), row(2), row(3))
    gone = used(sink_of(stub), lambda it: it.erase(ids(1, 3)))
    assert (gone, stub.arrived()) == (2, ids(2))
    assert used(sink_of(stub), lambda it: it.erase(ids(1, 3))) == 0
    assert used(sink_of(stub), lambda it: it.erase([])) == 0
    assert stub.engine.run(statements.leftovers(), None, {}).split() == []


def test_keys_of_an_erasure_that_died_go(stub):
    """At the next upkeep."""
    stub.engine.run(statements.keys_created(f"{statements.KEYS}x"), None, {})
    assert stub.engine.run(statements.leftovers(), None, {}).split() == [f"{statements.KEYS}x"]
    used(sink_of(stub), lambda it: it.keep(NOW))
    assert stub.engine.run(statements.leftovers(), None, {}).split() == []


@pytest.mark.parametrize("said", [b"", b"many", b"-1", b"1\n2", "\u0661".encode()])
def test_a_count_that_is_none_is_an_error(stub, said):
    """Whatever stands between answers in its place; nothing is taken for erased."""
    send(sink_of(stub), row(1))
    sink = sink_of(stub)
    asked = sink._run

    async def run(statement, *rows, **more):
        told = await asked(statement, *rows, **more)
        return said.decode() if "uniqExact" in statement else told

    sink._run = run
    with pytest.raises(SinkError, match="PK421"):
        used(sink, lambda it: it.erase(ids(1)))
    assert stub.arrived() == ids(1)


@pytest.mark.parametrize("words", ["", "{}", "<!doctype html>", "Ok.", "1 2 x", "nan", "202704"])
@pytest.mark.parametrize("method", ["send", "keep", "answers", "erase"])
def test_success_of_somebody_else_is_none(bare, method, words):
    """A proxy answers 200 too, to an insert often with nothing; a ClickHouse names itself."""
    calls = {
        "send": lambda it: it.send([row(1)]),
        "keep": lambda it: it.keep(NOW),
        "answers": lambda it: it.answers(),
        "erase": lambda it: it.erase(ids(1)),
    }
    bare.fail(200, words, times=9)
    with pytest.raises(SinkError, match="PK421"):
        used(sink_of(bare), calls[method])


@pytest.mark.parametrize("words", ["{}", "Ok.", "x; DROP TABLE events", "-1", "²0²704"])
@pytest.mark.parametrize("asked", ["partition", "count()", "tables"])
def test_of_what_a_statement_asks_nothing_else_is_believed(bare, words, asked):
    """Months, numbers and tables of keys: whatever comes is said, none goes into a statement."""
    run = bare.engine.run
    bare.engine.run = lambda it, *rest: words if asked in it and "SELECT" in it else run(it, *rest)
    bare.requests.clear()
    with pytest.raises(SinkError, match="PK421"):
        used(sink_of(bare), lambda it: it.keep(NOW))
    assert [it for it in bare.requests if b"DROP" in it.body] == []


def test_what_has_ended_goes(stub):
    """To the second, and a month as a whole; nothing before."""
    send(sink_of(stub), row(1, expires_at=LATER - 1), row(2), row(3, expires_at=LATER + 2 * MONTH))
    used(sink_of(stub), lambda it: it.keep(LATER - 2))
    assert stub.arrived() == ids(1, 2, 3)
    used(sink_of(stub), lambda it: it.keep(LATER - 1))
    assert stub.arrived() == ids(2, 3)
    stub.requests.clear()
    used(sink_of(stub), lambda it: it.keep(LATER + MONTH))
    ran = [request.body for request in stub.requests]
    assert (stub.arrived(), statements.dropped("events", 202704).encode() in ran) == (ids(3), True)


def test_without_a_table_events_wait(stub):
    """None is blamed."""
    if isinstance(stub.engine, StandIn):
        stub.engine.tables.clear()
    else:
        stub.engine.run("DROP TABLE events SYNC", None, {})
    with pytest.raises(SinkError, match="PK167"):
        send(sink_of(stub), row(1))
    with pytest.raises(SinkError, match="PK186"):
        used(sink_of(stub, create=False), lambda it: it.answers())


@pytest.fixture
def bare():
    """A server with a stand-in for an engine."""
    with ClickHouseStub() as stub:
        used(sink_of(stub), lambda it: it.keep(NOW))
        yield stub
    assert stub.faults == []


def test_a_table_that_lacks_a_column_makes_events_wait(bare):
    """ClickHouse alone would skip what it has no column for, without a word."""
    bare.engine.lacking = {"region"}
    with pytest.raises(SinkError, match="PK167"):
        send(sink_of(bare), rich_row(1))
    with pytest.raises(SinkError, match="PK187 the table lacks columns: region"):
        used(sink_of(bare, create=False), lambda it: it.answers())
    bare.engine.lacking = set()
    used(sink_of(bare, create=False), lambda it: it.answers())
    assert bare.arrived() == []


def test_a_table_is_not_made_unasked(bare):
    """Who says so makes it; the rest of the upkeep is done."""
    bare.requests.clear()
    used(sink_of(bare, create=False), lambda it: it.keep(NOW))
    assert [it for it in bare.requests if it.body.startswith(b"CREATE")] == []


def test_an_erasure_that_left_something_is_said(bare, monkeypatch):
    """Rather than to believe the statement."""
    send(sink_of(bare), row(1))
    run = bare.engine.run
    monkeypatch.setattr(
        bare.engine, "run", lambda it, *rest: "" if it.startswith("ALTER") else run(it, *rest)
    )
    with pytest.raises(SinkError, match="PK188"):
        used(sink_of(bare), lambda it: it.erase(ids(1)))


@pytest.mark.parametrize(
    ("status", "text", "code"),
    [
        (503, "", "PK168"),
        (403, "", "PK167"),
        (500, "Code: 241. DB::Exception: Memory limit", "PK168"),
        (500, "Code: 164. DB::Exception: readonly", "PK167"),
        (404, "Code: 81. DB::Exception: Database x does not exist", "PK186"),
    ],
)
def test_trouble_with_upkeep_is_said(bare, status, text, code):
    """In words of ours."""
    bare.fail(status, text)
    with pytest.raises(SinkError, match=code) as caught:
        used(sink_of(bare), lambda it: it.keep(NOW))
    assert "Exception" not in str(caught.value)


def test_no_server_is_said(bare):
    """And a credential that cannot be sent, before anything is."""
    sink = made("clickhouse", url="http://127.0.0.1:9", token="t")
    with pytest.raises(SinkError, match="PK166"):
        used(sink, lambda it: it.answers())
    with pytest.raises(ConfigurationError, match="PK165"):
        made("clickhouse", url=bare.url, token="é")


def test_gathers_as_it_is_told(bare):
    """Every insert makes a part."""
    assert (sink_of(bare).gather, sink_of(bare, gather=0.5).gather) == (5.0, 0.5)


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (200, "", AnswerKind.TAKEN),
        (200, "Code: 241. DB::Exception: inside a good answer", AnswerKind.AGAIN),
        (400, "Code: 27. DB::Exception: Cannot parse input", AnswerKind.REFUSED),
        (400, "Code: 117. DB::Exception: Unknown field found while parsing", AnswerKind.REFUSES_US),
        (404, "Code: 60. DB::Exception: Unknown table", AnswerKind.REFUSES_US),
        (403, "Code: 516. DB::Exception: Authentication failed", AnswerKind.REFUSES_US),
        (500, "Code: 252. DB::Exception: Too many parts", AnswerKind.AGAIN),
        (500, "Code: 159. DB::Exception: Timeout exceeded", AnswerKind.AGAIN),
        (413, "", AnswerKind.REFUSED),
    ],
)
def test_answers_are_read_by_their_code(status, text, kind):
    """Whatever the status says."""
    reading = read(Answer(status, {}, text.encode(), ["1"], NOW))
    assert (reading.kind, reading.unclear) == (kind, "Code: 159" in text)


def test_the_code_may_be_in_a_header():
    """Where the text is cut off."""
    headers = {"x-clickhouse-exception-code": "252"}
    assert read(Answer(500, headers, b"", ["1"], NOW)).kind is AnswerKind.AGAIN


def test_every_field_has_a_column():
    """And every column a field: an insert is refused for one that has none."""
    assert {rule.to for rule in CLICKHOUSE.mapping.fields} == set(statements.COLUMNS)
    assert CLICKHOUSE.mapping.lost() == [
        "specversion",
        "source",
        "datacontenttype",
        "dataschema",
    ]


def test_the_page_shows_the_statement_that_the_sink_runs():
    """Whoever makes the table by hand makes the same."""
    page = Path(__file__).parents[3] / "docs" / "how-to" / "sinks" / "clickhouse.md"
    assert f"{statements.created('events')};" in page.read_text(encoding="utf-8")


def test_the_same_batch_is_the_same_bytes(bare):
    """Under the same token, as ClickHouse wants it."""
    rows = [rich_row(1), row(2)]
    for _ in range(2):
        assert send(sink_of(bare), *rows) == SendOutcome()
    one, two = [it for it in bare.requests if "insert_deduplication_token" in it.query]
    assert (one.body, one.query) == (two.body, two.query)
    assert msgspec.json.decode(one.body.splitlines()[0])["id"] == ids(1)[0]


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ({}, "PK163"),
        ({"url": "http://clickhouse.example:8123"}, "PK164"),
        ({"url": "https://c.example", "table": "events; DROP TABLE s3cret"}, "PK189"),
        ({"url": "https://c.example", "database": "a.s3cret"}, "PK189"),
        ({"url": "https://c.example", "gather": -1}, "PK162"),
        ({"url": "https://c.example", "key": "s3cret"}, "PK161"),
    ],
)
def test_a_wrong_table_is_said(table, code):
    """Without a connection, with the key, and no value."""
    with pytest.raises(ConfigurationError) as caught:
        made("clickhouse", **table)
    (problem,) = caught.value.problems
    assert (problem.id, "s3cret" in str(problem)) == (code, False)


def test_an_answer_without_end_is_no_answer(stub):
    """It is read no further than any of the server's own goes, and what is half is not believed."""
    stub.answer = lambda _: StubAnswer(200, "202611\n" * 300_000)
    with pytest.raises(SinkError, match="PK168 the server's answer is longer"):
        used(sink_of(stub), lambda it: it.keep(NOW))
    stub.faults.clear()


@pytest.mark.parametrize("body", [b"", b"<!doctype html><title>Sign in</title>"])
def test_what_answers_a_question_with_something_else_is_no_clickhouse(bare, body):
    """A login page says 200 to everything, and nothing is made or stored there."""
    bare.fail(200, body)
    with pytest.raises(SinkError, match="PK421"):
        used(sink_of(bare), lambda it: it.answers())
