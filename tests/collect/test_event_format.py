"""The typed event is what the writer of strings writes, and everything is made from it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import jsonschema
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from privacykit.app import engine_of, wrap
from privacykit.collect.events.event import RANDOM_BYTES_PER_EVENT, Finisher
from privacykit.collect.events.format import (
    Event,
    EventData,
    decode_event,
    encode_event,
    members_of,
    moment,
)
from privacykit.collect.events.schema import event_schema, schema_text
from privacykit.geo.synthetic import PLACES, address_of
from privacykit.testing.layout import CONFIG, lay_out
from privacykit.testing.samples import NOW, row

ROOT = Path(__file__).parents[2]
VALIDATOR = jsonschema.Draft202012Validator(event_schema())
TEXT = '[text]\nquery_keep = ["q", "size"]\nreferrer = "{level}"\n'
BROWSERS = (
    b"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
    b"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148",
    b"curl/8.5.0",
    b'"},"x":{"',
)
WORDS = st.text(st.characters(codec="utf-8"), max_size=20)
BYTES = st.binary(max_size=30)
QUERIES = st.one_of(
    st.sampled_from(
        [
            b"",
            b"utm_source=Letter&utm_medium=email&utm_campaign=a%22b&utm_term=t&utm_content=c",
            b"gclid=secret&q=shoes&size=42",
        ]
    ),
    BYTES,
)
REFERRERS = st.one_of(
    st.sampled_from([b"https://www.google.de/", b"https://shop.example/x", b'https://a"b/c\\d']),
    BYTES,
)
VISITS = st.fixed_dictionaries(
    {
        "address": st.one_of(
            st.sampled_from([address_of(place, ipv6=it) for place in PLACES for it in (0, 1)]),
            st.ip_addresses(v=4).map(str),
            st.ip_addresses(v=6).map(str),
            st.just("unknown"),
        ),
        "headers": st.fixed_dictionaries(
            {},
            optional={
                b"user-agent": st.one_of(st.sampled_from(BROWSERS), BYTES),
                b"accept-language": st.one_of(st.sampled_from([b"de-DE,en", b"fil"]), BYTES),
                b"referer": REFERRERS,
                b"sec-gpc": st.just(b"1"),
                b"dnt": st.just(b"1"),
            },
        ),
        "query": QUERIES,
        "name": st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=64),
        "props": st.dictionaries(
            st.one_of(WORDS, st.sampled_from(["plan", "seats", "ratio"])),
            st.one_of(WORDS, st.integers(), st.floats(), st.booleans(), st.none()),
            max_size=40,
        ),
    }
)


HTML = [(b"content-type", b"text/html")]


class Written:
    """A wrapped application, and the events that the writer makes of what passes."""

    def __init__(self, folder: Path, level: str) -> None:
        engine = engine_of(lay_out(folder, CONFIG + TEXT.format(level=level)))
        engine.start()
        self.items = []
        engine.runtime.accept = self._take
        self.stop = engine.stop
        self._edge = wrap(self._app, engine)
        self._visit = {}

    def _take(self, item):
        self.items.append(item)
        return True

    async def _app(self, scope, _receive, send):
        privacy = scope["state"]["privacy"]
        privacy.emit(self._visit["name"], "analytics", self._visit["props"])
        await send({"type": "http.response.start", "status": 200, "headers": HTML})
        await send({"type": "http.response.body", "body": b""})

    def bodies(self, visit) -> list[bytes]:
        """Return the events of *visit*, as the outbox gets them."""
        self._visit = visit
        self.items.clear()
        forwarded = (b"x-forwarded-for", visit["address"].encode())
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/",
            "query_string": visit["query"],
            "client": ("127.0.0.1", 50000),
            "headers": [(b"host", b"shop.example"), forwarded, *visit["headers"].items()],
        }

        async def sent(_message):
            pass

        asyncio.run(self._edge(scope, None, sent))
        rows = Finisher()(self.items, bytes(RANDOM_BYTES_PER_EVENT * len(self.items)))
        return [made.body for made in rows]


@pytest.fixture(scope="module", params=["none", "host", "query"])
def written(request, tmp_path_factory):
    """What writes events, for little and for much of the referrer."""
    made = Written(tmp_path_factory.mktemp("shop"), request.param)
    yield made
    made.stop(1)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VISITS)
def test_what_is_written_is_the_typed_event(written, visit):
    """Whatever a visitor sends: read strictly, written again, it is the same JSON."""
    bodies = written.bodies(visit)
    assert [json.loads(encode_event(decode_event(body))) for body in bodies] == [
        json.loads(body) for body in bodies
    ]


@settings(deadline=None, max_examples=30)
@given(VISITS)
def test_what_is_written_follows_the_schema(written, visit):
    """Another validator than ours says so too."""
    for body in written.bodies(visit):
        assert list(VALIDATOR.iter_errors(json.loads(body))) == []


def test_no_member_is_of_the_struct_alone(written):
    """Each is written for some visit, so that none outlives its writer."""
    visit = {
        "address": address_of("IT"),
        "headers": {
            b"user-agent": BROWSERS[0],
            b"accept-language": b"de",
            b"referer": b"https://a.example/b",
        },
        "query": b"utm_source=Letter&q=shoes",
        "name": "signup",
        "props": {"plan": "free"},
    }
    events = [json.loads(body) for body in written.bodies(visit)]
    assert len(events) == 2
    seen = {member for event in events for member in (*event, *event["data"])}
    assert seen == {*Event.__struct_fields__, *EventData.__struct_fields__}


def test_the_published_schema_is_made_from_the_struct():
    """`python -c "from privacykit.collect.events.schema import *; print(schema_text(), end='')"`."""
    assert (ROOT / "docs/reference/event.schema.json").read_text(encoding="utf-8") == schema_text()


def _damaged(**changes) -> bytes:
    event = json.loads(row(1).body)
    for path, value in changes.items():
        place = event["data"] if path.startswith("data_") else event
        place[path.removeprefix("data_")] = value
    return json.dumps(event).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b'"\xff"',
        _damaged(unknown=1),
        _damaged(data_address="203.0.113.9"),
        _damaged(data_referrer=None),
        _damaged(data_referrer={"channel": "ai", "path": "/marker"}),
        _damaged(data_place={"country": "marker", "region": None}),
        _damaged(data_props={"a": {"b": 1}}),
        _damaged(data_visitor="marker"),
        _damaged(type="marker"),
        _damaged(time="marker"),
        _damaged(id=7),
    ],
)
def test_what_is_no_event_is_refused_without_a_word_of_it(body):
    """Unknown members too: nobody else's event is taken for ours."""
    with pytest.raises(ValueError, match=r"^not an event of this format$") as refusal:
        decode_event(body)
    assert refusal.value.__cause__ is None


def test_an_event_prints_nothing_of_a_person():
    """Its id is enough to find it."""
    event = decode_event(row(1).body)
    shown = f"{event!r} {event.data!r} {event.data.place!r}"
    assert shown == f"<Event {event.id}> <EventData> <EventPlace>"


@given(
    st.lists(
        st.sampled_from(["id", "time", "data.name", "data.expires_at", "data.site"]),
        min_size=1,
        unique=True,
    )
)
def test_a_part_is_read_as_the_whole_has_it(paths):
    """Stores that read some members read the same."""
    event = decode_event(row(5).body)
    whole = asdict(event) | {f"data.{name}": it for name, it in asdict(event.data).items()}
    assert members_of(*paths)(row(5).body) == tuple(whole[path] for path in paths)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"id":7,"data":{}}', b'{"data":[]}', b'{"id":"\xff"}']
)
def test_a_part_that_is_missing_is_an_error(body):
    """It is never taken for empty."""
    with pytest.raises(ValueError, match=r".+"):
        members_of("id", "data.expires_at")(body)


def test_a_member_that_there_is_not_is_refused():
    """A misspelt member is no member that is missing everywhere."""
    with pytest.raises(KeyError):
        members_of("data.expiry")


def test_a_time_without_a_zone_is_none():
    """Else it would be read in the zone of whoever reads."""
    assert moment(decode_event(row(2).body).time).timestamp() == NOW + 2
    with pytest.raises(ValueError, match="zone"):
        moment("2026-11-21T12:00:00")


def test_events_are_read_in_one_place():
    """No store, sink or report has a shape of its own for what an event holds."""
    rooms = ("sinks", "stores/events", "operate", "delivery", "metrics")
    shapes = [
        f"{path.name}: {line.strip()}"
        for room in rooms
        for path in (ROOT / "privacykit" / room).rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "json.Decoder(" in line or "json.decode(body" in line
    ]
    assert shapes == []


def test_members_left_out_are_unset_and_not_null():
    """So a reader tells what is not told from what is nobody's."""
    data = decode_event(row(1).body).data
    assert (data.referrer, data.device) == (msgspec.UNSET, None)
