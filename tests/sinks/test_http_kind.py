"""The base of HTTP backends, with a kind of this test's own: what no product of ours shows yet."""

import msgspec
import pytest

from privacykit.collect.ports import SendOutcome
from privacykit.errors import ConfigurationError, SinkError
from privacykit.sinks import SinkConfig
from privacykit.sinks.http.answers import Answer, AnswerReading, by_status
from privacykit.sinks.http.kind import BatchShape, HTTPKind, MessageLimits, UnsureOptions
from privacykit.sinks.mapping.rules import EventMapping, FieldRule
from privacykit.sinks.mapping.sources import Const, Member, Option
from privacykit.sinks.mapping.tables import NamesIn
from privacykit.testing.samples import NOW, ids, rich_row, row
from privacykit.testing.sinks.contract import run
from privacykit.testing.sinks.http_contract import HTTPSinkContract
from privacykit.testing.stubs.server import SILENT, ServiceStub, StubAnswer
from privacykit.webhook import AnswerKind


class Counting(ServiceStub):
    """A service without ids: what comes twice counts twice."""

    knows_ids = False

    def answer(self, request):
        """Take whatever has an id."""
        if request.query.get("secret") != self.token:
            return StubAnswer(403)
        batch = request.json()
        batch = batch if isinstance(batch, list) else [batch]
        if any(one["id"] in self.poison for one in batch):
            return StubAnswer(400, "no")
        for one in batch:
            self.take(one["id"], one)
        return StubAnswer(200, {"taken": len(batch)})


MAPPING = EventMapping(
    FieldRule("id", Member("id")),
    FieldRule("page", Member("data.page")),
    FieldRule("denied", NamesIn("data.consent.purposes", ("allow",), others=True)),
    FieldRule("source", Const("us")),
)


def toy(**more):
    """Return a kind, with a credential in the query as some have it."""
    told = {"query": (FieldRule("secret", Option("token")),), "mapping": MAPPING, **more}
    return HTTPKind("toy", "A toy.", options=UnsureOptions, **told)


def sink_of(kind, stub, **options):
    """Return a sink of *kind* that sends to *stub*."""
    config = SinkConfig(
        "toy", "toy", lambda: NOW, url=stub.url, token=lambda: stub.token, options=options
    )
    return kind.kind()(config)


@pytest.fixture
def service():
    """A running service."""
    with Counting() as stub:
        yield stub


class TestWithoutIds(HTTPSinkContract):
    """The contract of a backend that counts twice what comes twice."""

    takes_any_success = True

    @pytest.fixture
    def stub(self, service):
        """The service."""
        return service

    @pytest.fixture
    def make(self, service):
        """What makes sinks."""

        def made(url=None, **options):
            config = SinkConfig(
                "toy",
                "toy",
                lambda: NOW,
                url=url or service.url,
                token=lambda: service.token,
                options=options,
            )
            return toy().kind()(config)

        return made


def send(sink, *rows):
    """Send *rows* and close the sink."""

    async def work():
        try:
            return await sink.send(rows)
        finally:
            await sink.close()

    return run(work())


def test_a_message_holds_what_fits(service):
    """By bytes; the rest comes at once, and the sink wants fewer from then on."""
    sink = sink_of(toy(limits=MessageLimits(bytes=230)), service)
    outcome = send(sink, row(1), row(2), row(3), row(4))
    assert (service.arrived(), outcome.untried) == (ids(1, 2), tuple(ids(3, 4)))
    assert sink.batch == 2


def test_only_what_a_message_held_is_in_doubt(service):
    """Neither what did not fit nor what is unreadable left when no answer came."""
    sink = sink_of(toy(limits=MessageLimits(bytes=230)), service, timeout=0.3)
    service.fail(SILENT)
    broken = type(row(9))(row(9).envelope, b"{")
    with pytest.raises(SinkError) as caught:
        send(sink, broken, row(1), row(2), row(3))
    assert (caught.value.unclear, list(sink.sent)) == (True, ids(1, 2))
    send(sink, broken)
    assert list(sink.sent) == []


def test_what_never_fits_is_set_aside(service):
    """Alone or among others, with a word for why."""
    huge = rich_row(1, page=f"/{'x' * 500}")
    sink = sink_of(toy(limits=MessageLimits(event_bytes=300)), service)
    assert send(sink, huge, row(2)).rejected == ((ids(1)[0], "too_large"),)
    assert send(sink, huge) == SendOutcome(rejected=((ids(1)[0], "too_large"),))
    assert service.arrived() == ids(2)


def test_what_is_no_event_is_set_aside(service):
    """Nothing of it is sent, and the others are."""
    broken = type(row(1))(row(1).envelope, b"{")
    assert send(sink_of(toy(), service), broken, row(2)).rejected == ((ids(1)[0], "unreadable"),)
    assert service.arrived() == ids(2)


def test_one_event_a_message(service):
    """Without a list; the others come at once."""
    kind = toy(shape=BatchShape(single=True), limits=MessageLimits(events=1))
    outcome = send(sink_of(kind, service), row(1), row(2))
    assert (service.arrived(), outcome.untried) == (ids(1), tuple(ids(2)))


def test_one_event_a_line():
    """As some bulk interfaces want them."""
    shape = BatchShape(lines=True, content_type="application/x-ndjson")
    assert shape.join([b'{"a":1}', b'{"b":2}'], {}) == b'{"a":1}\n{"b":2}\n'


def test_names_what_was_not_allowed(service):
    """Each purpose that was not, by the site's name or the backend's."""
    send(sink_of(toy(), service), rich_row(1))
    assert service.events[ids(1)[0]]["denied"] == ["ads", "profile"]
    renamed = NamesIn("data.consent.purposes", ("allow",), others=True, renamed="categories")
    get = renamed.bind({"categories": {"ads": "C4"}})
    assert get(msgspec.json.decode(rich_row(1).body), NOW) == ["C4"]


def partly(answer: Answer) -> AnswerReading:
    """Read an answer that tells of each event."""
    if answer.status == 207:
        return AnswerReading(rejected={0: "no_page"}, dropped={1: "spam"}, retry=[2], untaken=[3])
    if answer.status == 208:
        return AnswerReading(untaken=[0, 1, 2, 3, 4])
    return by_status(answer)


def test_an_answer_may_tell_of_each_event(service):
    """Refused, thrown away, to come later, to come at once; the last was taken."""
    service.fail(207)
    one, two, three, four, _ = ids(1, 2, 3, 4, 5)
    rows = [row(number) for number in range(1, 6)]
    assert send(sink_of(toy(read=partly), service), *rows) == SendOutcome(
        retry=(three,), rejected=((one, "no_page"),), dropped=((two, "spam"),), untried=(four,)
    )


def test_what_was_all_left_comes_after_a_pause(service):
    """Or it would come at once for ever."""
    service.fail(208)
    rows = [row(number) for number in range(1, 6)]
    outcome = send(sink_of(toy(read=partly), service), *rows)
    assert (outcome.retry, outcome.untried) == (tuple(ids(1, 2, 3, 4, 5)), ())


@pytest.mark.parametrize("status", [413, 400])
def test_a_refused_message_is_halved(service, status):
    """At once, and the sink wants half from then on; the one that stands alone is given up."""
    service.fail(status, times=2)
    sink = sink_of(toy(), service)
    assert send(sink, row(1), row(2)) == SendOutcome(untried=tuple(ids(1, 2)))
    assert sink.batch == 1
    outcome = send(sink, row(1))
    assert outcome == SendOutcome(rejected=((ids(1)[0], f"status_{status}"),))


def test_an_operator_may_leave_what_perhaps_arrived(service):
    """The wish is read from the sink's table."""
    sinks = sink_of(toy(), service, unclear="leave"), sink_of(toy(), service)
    assert [sink.unclear for sink in sinks] == ["leave", "repeat"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"options": {"unclear": "s3cret"}}, "PK162"),
        ({"options": {"batch": 0}}, "PK162"),
        ({"key": lambda: "s3cret"}, "PK161"),
        ({"token": None}, "PK163"),
    ],
)
def test_says_what_is_wrong(more, code):
    """Each mistake has an id, and no value."""
    told = {"url": "https://x.example", "token": lambda: "t", **more}
    with pytest.raises(ConfigurationError) as caught:
        toy(needs=("token",)).build(SinkConfig("toy", "toy", lambda: NOW, **told))
    (problem,) = caught.value.problems
    assert problem.id == code
    assert "s3cret" not in str(problem)


def test_no_secret_of_the_query_is_told(service):
    """Not in the words of an error, nor in an answer printed."""
    service.fail(500)
    with pytest.raises(SinkError) as caught:
        send(sink_of(toy(), service), row(1))
    assert service.token not in str(caught.value)
    answer = Answer(500, {}, b"a \xff body", [], NOW)
    assert (repr(answer), answer.text, answer.json()) == ("<Answer 500>", "a \ufffd body", {})


def test_a_service_that_refuses_us_may_say_for_how_long(service):
    """Else five minutes."""

    def read(_answer):
        return AnswerReading(AnswerKind.REFUSES_US, wait=30.0)

    with pytest.raises(SinkError, match="PK167") as caught:
        send(sink_of(toy(read=read), service), row(1))
    assert caught.value.retry_after == 30.0
