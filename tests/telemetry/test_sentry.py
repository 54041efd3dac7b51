"""The hooks in the real SDK, whose envelopes are searched: nothing of a visitor leaves."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

import pytest
import sentry_sdk
from hypothesis import given, settings
from hypothesis import strategies as st
from sentry_sdk.integrations.wsgi import SentryWsgiMiddleware
from sentry_sdk.transport import Transport
from werkzeug.test import EnvironBuilder, run_wsgi_app

from privacykit.telemetry import sentry
from privacykit.telemetry.sentry import SentryScrubber
from tests.telemetry.markers import CANARY, anything, attributes, fail, formed, leaks

pytestmark = pytest.mark.filterwarnings("ignore:The send_default_pii option is deprecated")
WORDS = CANARY.words
HOOKS = (
    "before_send", "before_send_transaction", "before_send_log", "before_send_metric",
    "before_breadcrumb",
)  # fmt: skip


class Envelopes(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.kinds: set[str] = set()
        self.lost: list[tuple[str, str]] = []

    def capture_envelope(self, envelope):
        """Keep the bytes of *envelope*."""
        self.sent.append(envelope.serialize())
        self.kinds.update(item.type for item in envelope.items)

    def record_lost_event(self, reason, data_category=None, item=None, *, quantity=1):  # noqa: ARG002
        """Keep why something was not sent."""
        self.lost.append((reason, data_category))


@pytest.fixture(autouse=True)
def _no_client_stays():
    with sentry_sdk.isolation_scope():
        yield
    end()
    sentry_sdk.get_global_scope().set_client(None)


def end():
    """End the client that there is, and its threads, which draw random numbers."""
    client = sentry_sdk.get_client()
    batchers = [each._flusher for each in getattr(client, "_batchers", ())]
    client.close(timeout=0)
    for thread in filter(None, batchers):
        thread.join()


def start(scrubber=None, **options):
    """Start the SDK with the hooks and its own worst options; return what it sends."""
    end()
    envelopes = Envelopes()
    hooks = (scrubber or SentryScrubber()).options()
    worst = {
        "send_default_pii": True,
        "include_local_variables": True,
        "include_source_context": True,
        "max_request_body_size": "always",
        "attach_stacktrace": True,
        "traces_sample_rate": 1.0,
        "enable_logs": True,
    }
    sentry_sdk.init(
        **{
            "dsn": "https://key@sentry.example/1",
            "transport": envelopes,
            "auto_enabling_integrations": False,
            "server_name": "web-1",
            "release": "shop@1.2.3",
            **hooks,
            **worst,
            **options,
        }
    )
    return envelopes


def sent(envelopes):
    """Return every byte that left."""
    sentry_sdk.flush()
    return b"".join(envelopes.sent)


def events(envelopes):
    """Return the events and transactions that left."""
    lines = [line for line in sent(envelopes).splitlines() if line.startswith(b'{"')]
    return [found for line in lines if "platform" in (found := json.loads(line))]


def failing(environ, start_response):  # noqa: ARG001
    """Fail as applications do, with a visitor in everything that can be reported."""
    password, customer = WORDS["token"], {"id": WORDS["user"], "address": environ["REMOTE_ADDR"]}
    scope = sentry_sdk.get_isolation_scope()
    scope.set_user({"id": WORDS["user"], "email": CANARY.email, "ip_address": str(CANARY.ipv4)})
    scope.set_tag("customer", CANARY.email)
    scope.set_extra("form", {"name": WORDS["form"]})
    scope.set_context("visit", {"agent": CANARY.user_agent})
    scope.set_context("response", {"cookies": WORDS["cookie"]})
    scope.add_attachment(bytes=CANARY.email.encode(), filename=f"{CANARY.email}.txt")
    sentry_sdk.add_breadcrumb(
        category="http",
        message=f"GET {CANARY.path('users')}",
        data={"url": f"https://shop.example{CANARY.path('users')}", "http.query": WORDS["query"]},
    )
    sentry_sdk.add_breadcrumb(category="query", message=f"SELECT '{WORDS['user']}'")
    with sentry_sdk.start_span(
        op="db", name=f"SELECT * FROM t WHERE a = '{WORDS['user']}'"
    ) as span:
        span.set_data("db.query.parameter.0", WORDS["form"])
        span.set_data("client.address", str(CANARY.ipv4))
        span.set_tag("customer", WORDS["user"])
    logging.getLogger("shop").error("%s paid from %s", CANARY.email, CANARY.ipv4)
    sentry_sdk.logger.error("paid {user}", user=WORDS["user"])
    sentry_sdk.metrics.count("paid", 1, attributes={"user.id": WORDS["user"]})
    try:
        fail(WORDS["user"])
    except ValueError as error:
        raise KeyError(f"{customer} {password}") from error


def visited(scrubber=None, **options):
    """Return what left after the canary's visit to an application that failed."""
    envelopes = start(scrubber, **options)
    builder = EnvironBuilder(
        path="/users/" + WORDS["path"],
        query_string=f"q={WORDS['query']}&mail={CANARY.email}",
        headers=CANARY.headers(),
        environ_base={"REMOTE_ADDR": str(CANARY.ipv4)},
        method="POST",
        data={"name": WORDS["form"]},
    )
    with pytest.raises(KeyError, match="address"):
        run_wsgi_app(SentryWsgiMiddleware(failing), builder.get_environ())
    return envelopes


def test_nothing_of_a_visitor_leaves_with_a_failed_request():
    """Errors, transactions, spans, breadcrumbs, logs, metrics: every byte of every envelope."""
    envelopes = visited()
    assert leaks(sent(envelopes)) == set()
    assert envelopes.kinds == {"event", "transaction", "log", "trace_metric"}


def test_the_same_visit_leaks_without_the_hooks():
    """What the search above would find: the canary does sing."""
    bare = dict.fromkeys(HOOKS)
    found = leaks(sent(visited(auto_session_tracking=False, **bare)))
    assert {"ipv4", "email", "user", "token", "query", "cookie", "form", "path", "agent"} <= found


def test_an_error_still_tells_where_it_was():
    """Types, functions, lines and causes: what an error is mended by."""
    [error] = [each for each in events(visited()) if "exception" in each]
    values = error["exception"]["values"]
    assert [each["type"] for each in values] == ["ValueError", "KeyError"]
    last = values[-1]["stacktrace"]["frames"][-1]
    assert (last["function"], last["lineno"] > 0) == ("failing", True)
    assert set(last) <= {"filename", "function", "module", "lineno", "in_app"}
    assert error["release"] == "shop@1.2.3"
    assert "server_name" not in error
    assert error["request"] == {"method": "POST"}


def test_the_name_of_the_machine_is_sent_if_wished():
    """It is nobody's, but not everybody wants it at Sentry's."""
    envelopes = start(SentryScrubber(server_name=True))
    sentry_sdk.capture_message("hello")
    assert events(envelopes)[0]["server_name"] == "web-1"


def test_a_transaction_keeps_its_template():
    """Also in the header of the envelope, which no hook of Sentry's sees by itself."""
    envelopes = start()
    with sentry_sdk.start_transaction(name="/users/{name}", source="route"):
        pass
    with sentry_sdk.start_transaction(name=f"/users/{WORDS['path']}", source="custom"):
        pass
    told = sent(envelopes)
    headers = [json.loads(each.splitlines()[0])["trace"]["transaction"] for each in envelopes.sent]
    assert headers == ["/users/{name}", "/users/[id]"]
    assert [each["transaction"] for each in events(envelopes)] == ["/users/{name}", "/users/[id]"]
    assert leaks(told) == set()


@settings(max_examples=40, deadline=None)
@given(said=anything, text=formed, found=attributes, named=st.sampled_from(["a", "b"]))
def test_no_envelope_holds_a_canary(said, text, found, named):
    """Whatever stands in an exception, a variable, a breadcrumb, tags, spans, logs and messages."""
    envelopes = start(max_breadcrumbs=3)
    with sentry_sdk.isolation_scope() as scope:
        with sentry_sdk.start_transaction(name=text, op=named) as transaction:
            transaction.set_data("seen", found)
            with sentry_sdk.start_span(name=text, op=named) as span:
                for key, value in found.items():
                    span.set_data(key, value)
        for _ in range(5):
            sentry_sdk.add_breadcrumb(category=text, message=text, data=dict(found))
        scope.set_tag("note", text)
        scope.set_extra("note", found)
        scope.fingerprint = [text]
        scope.set_user({"id": said})
        sentry_sdk.capture_message(text)
        sentry_sdk.logger.warning(text, attributes=dict(found))
        try:
            fail(said)
        except ValueError as error:
            sentry_sdk.capture_exception(error)
    assert leaks(sent(envelopes)) == set()
    assert len(envelopes.sent) >= 4


def raising(address):
    """Fail on every address."""
    raise RuntimeError(address)


@pytest.mark.parametrize(
    "report",
    [
        lambda: sentry_sdk.capture_message("from 203.0.113.77"),
        lambda: sentry_sdk.capture_event({"level": "error", "tags": {"at": "203.0.113.77"}}),
        lambda: sentry_sdk.logger.error("203.0.113.77"),
        lambda: sentry_sdk.metrics.count("paid", 1, attributes={"at": "203.0.113.77"}),
        lambda: sentry_sdk.start_transaction(name="203.0.113.77").__enter__().finish(),
    ],
    ids=["message", "event", "log", "metric", "transaction"],
)
def test_an_exception_of_ours_drops_what_it_was_about(report):
    """Nothing leaves, the application goes on, and it is counted."""
    scrubber = SentryScrubber(raising)
    envelopes = start(scrubber, attach_stacktrace=False)
    report()
    assert sent(envelopes) == b""
    assert scrubber.dropped == 1
    assert {reason for reason, _ in envelopes.lost} == {"before_send"}


@pytest.mark.parametrize(
    ("op", "description", "left"),
    [
        ("cache.get", "user:zq:cart", ""),
        ("cache.put", "zq", ""),
        ("subprocess", "convert /tmp/zq.png", "convert"),
        ("graphql.query", '{ user(name: "zq") { id } }', ""),
        ("db.redis", "GET 'session:zq'", "GET"),
    ],
)
def test_a_span_s_description_names_no_key_and_no_argument(op, description, left):
    """Integrations write there what they were called with."""
    span = {"op": op, "description": description, "data": {"cache.key": ["user:zq"]}}
    kept = SentryScrubber().before_send_transaction({"spans": [span]}, {})
    assert kept["spans"] == [{"op": op, "description": left, "data": {}}]


def test_an_exception_of_ours_drops_the_breadcrumb():
    """The application that left it goes on."""
    scrubber = SentryScrubber(raising)
    assert scrubber.before_breadcrumb({"message": "203.0.113.77"}, {}) is None
    assert scrubber.dropped == 1


@pytest.mark.parametrize("name", HOOKS)
@pytest.mark.parametrize("wrong", [{"contexts": 3, "attributes": 3, "data": 3, "spans": 3}, 7])
def test_what_has_no_known_shape_is_dropped(name, wrong):
    """The SDK's next version may send something else."""
    assert getattr(sentry, name)(wrong, {}) is None


def test_an_unknown_part_stays():
    """An allow-list: what a newer SDK adds is not sent before it is known."""
    event = {"level": "info", "platform": "python", "replay": "x", "modules": {"a": "1"}}
    assert sentry.before_send(event, {}) == {"level": "info", "platform": "python"}


@pytest.mark.parametrize("key", ["timestamp", "trace_id", "event_id", "lineno"])
def test_what_is_no_time_and_no_id_does_not_pass_as_one(key):
    """An application may put anything there."""
    crumb = {"category": "auth", key: CANARY.email}
    assert sentry.before_breadcrumb(crumb, {}) == {"category": "auth"}


def test_a_breadcrumb_keeps_its_time():
    """As Sentry makes it, and as it is serialised."""
    for moment in (datetime(2026, 11, 28, tzinfo=UTC), "2026-11-28T00:00:00.000000Z", 1.5):
        assert sentry.before_breadcrumb({"timestamp": moment}, {}) == {"timestamp": moment}


def test_a_check_in_keeps_what_it_is_about():
    """Monitors go through the hook of events."""
    envelopes = start()
    sentry_sdk.crons.capture_checkin(monitor_slug="nightly", status="ok", duration=1.5)
    told = sent(envelopes)
    assert b'"monitor_slug":"nightly"' in told
    assert b'"duration":1.5' in told


def test_the_options_close_what_no_hook_sees():
    """Sessions carry addresses; variables and bodies are not read to be thrown away."""
    options = SentryScrubber().options()
    assert options["auto_session_tracking"] is False
    assert options["include_local_variables"] is False
    assert set(HOOKS) < set(options)
