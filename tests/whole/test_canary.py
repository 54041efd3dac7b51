"""
P1: a canary goes in wherever a visitor can put something; every byte that comes out is searched.

:data:`OUTPUTS` lists every output there is, with what searches it. A test fails when a kind of sink,
a table, a command, a log, an exporter or a route appears that is not in the list.
"""

from __future__ import annotations

import gc
import http.client
import importlib.util
import inspect
import json
import logging
import pickle
import pkgutil
import socket
import sqlite3
import time
import urllib.request
from collections import deque
from collections.abc import Mapping
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType
from urllib.parse import urlencode

import pytest
from redis import Redis
from sqlalchemy import MetaData, Table, create_engine, select
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from typer.testing import CliRunner
from websockets.sync.client import connect

import privacykit.metrics
import privacykit.stores
import privacykit.telemetry
from privacykit.cli.main import COMMANDS as COMMAND_NAMES
from privacykit.cli.main import app as cli
from privacykit.cli.main import command
from privacykit.errors import PrivacyKitError
from privacykit.logs.servers import covered_servers
from privacykit.operate.data_desk.lazy import LazyDataDesk
from privacykit.operate.protocols.rooms import rooms_of
from privacykit.pseudonym.addresses.address import RawAddress
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.sinks import kind_of, kinds
from privacykit.stores.key_file import USES
from privacykit.stores.keys import load_keys
from privacykit.testing.brokers.places import PLACES, door_of
from privacykit.testing.layout import CONFIG, lay_out
from privacykit.testing.stubs.amplitude import AmplitudeStub
from privacykit.testing.stubs.ga4 import GA4Stub
from privacykit.testing.stubs.goatcounter import GoatCounterStub
from privacykit.testing.stubs.hubspot import HubSpotStub
from privacykit.testing.stubs.matomo import MatomoStub
from privacykit.testing.stubs.mixpanel import MixpanelStub
from privacykit.testing.stubs.pipelines.jitsu import JitsuStub
from privacykit.testing.stubs.pipelines.otlp import OTLPStub
from privacykit.testing.stubs.pipelines.rudderstack import RudderStackStub
from privacykit.testing.stubs.pipelines.snowplow import SnowplowStub
from privacykit.testing.stubs.plausible import PlausibleStub
from privacykit.testing.stubs.posthog import PostHogStub
from privacykit.testing.stubs.segment import SegmentStub
from privacykit.testing.stubs.umami import UmamiStub
from tests.operate.protocols.test_ddrf import ddrf
from tests.operate.protocols.test_drp import drp
from tests.operate.protocols.test_opendsr import opendsr
from tests.waiting import eventually
from tests.web.requests.conftest import FORM

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

SERVED = "tests/whole/test_canary.py::test_nothing_comes_out_of_a_served_site"
SERVERS = "tests/whole/test_canary.py::test_nothing_is_in_the_tables_of_servers"
COMMANDS = "tests/whole/test_canary.py::test_no_command_prints_a_visitor"
PRINTED = "tests/whole/test_canary.py::test_no_object_prints_what_it_holds"
LOGS = "tests/logs/test_servers.py::test_the_access_log_holds_no_canary"
STREAMED = "tests/whole/test_canary.py::test_nothing_comes_out_of_a_stream"
SHOWN = "tests/runtime/test_data_page.py::test_nothing_finer_than_is_kept_comes_out"
KEPT = "tests/whole/test_canary_kept.py::test_nothing_comes_out_of_what_keeps_events"
SENT = "tests/whole/test_canary.py::test_nothing_comes_out_of_a_sink"
RIGHTS = "made to hold or hand out one person's data, at an operator's command: P6 to P8, not P1"
LAW = "reads policies, schemas, word lists or the project's code, and nothing of a visitor's"

FOLLOWED = "tests/runtime/test_account_choice.py::test_nothing_of_the_visitor_comes_out"

RECEIPT = "tests/whole/test_receipt.py::test_nothing_of_the_visitor_comes_out"

REPORTED = "tests/cli/report/test_canary.py::test_nothing_of_a_visitor_is_on_a_page"
CREDITED = "tests/reports/test_attribution_canary.py::test_nothing_of_a_visitor_comes_out"

ASKED = "tests/web/requests/test_canary.py::test_nothing_of_who_asks_comes_out"
ARRIVED = "tests/operate/protocols/test_canary.py::test_no_answer_names_whom_it_is_about"
LISTED = "tests/operate/protocols/test_drop.py::test_the_commands_say_what_happened"
SEEN = "tests/verify/site/test_claims.py::test_each_fault_is_found_and_nothing_else"

FIGURES_KEPT = "tests/reports/kept/test_kept.py::test_nobody_is_in_what_is_kept"
NOISED = "tests/reports/noise/test_noisy.py::test_nobody_is_in_the_ledger_of_noise"
LEDGER = "tests/reports/test_event_store.py::test_the_ledger_holds_what_was_asked_and_nobody"
NOTICED = "tests/web/notice_page/test_served.py::test_nothing_of_the_visitor_comes_out"
DELETED = "tests/sinks/test_deletion.py::test_nothing_of_the_envelope_leaves"
BY_ID = "tests/operate/backends/test_event_deletion.py::test_an_order_holds_ids_of_events_alone"
INCIDENTS = "tests/cli/incident/test_incident_commands.py::test_no_value_is_shown_or_kept"
ANONYMISED = "tests/cli/test_anonymise_commands.py::test_no_command_shows_a_value"

OUTPUTS = {
    "deletion amplitude": DELETED,
    "deletion clickhouse": BY_ID,
    "deletion duckdb": BY_ID,
    "deletion ga4": DELETED,
    "deletion hubspot": DELETED,
    "deletion kafka": "tests/sinks/test_kafka.py"
    "::test_an_erasure_writes_a_tombstone_under_each_key_of_the_person",
    "deletion matomo": DELETED,
    "deletion mixpanel": DELETED,
    "deletion objects": BY_ID,
    "deletion posthog": DELETED,
    "deletion rudderstack": DELETED,
    "deletion segment": DELETED,
    "deletion sql": "tests/sinks/test_deletion.py"
    "::test_a_store_of_ours_deletes_by_the_keys_of_the_person",
    "sink amplitude": SENT,
    "sink amqp": STREAMED,
    "sink clickhouse": KEPT,
    "sink duckdb": KEPT,
    "sink ga4": SENT,
    "sink goatcounter": SENT,
    "sink http": SERVED,
    "sink hubspot": SENT,
    "sink jitsu": SENT,
    "sink jsonl": SERVED,
    "sink kafka": STREAMED,
    "sink matomo": SENT,
    "sink memory": PRINTED,
    "sink mixpanel": SENT,
    "sink mqtt": STREAMED,
    "sink nats": STREAMED,
    "sink objects": KEPT,
    "sink otlp": SENT,
    "sink plausible": SENT,
    "sink posthog": SENT,
    "sink redis": STREAMED,
    "sink rudderstack": SENT,
    "sink segment": SENT,
    "sink snowplow": SENT,
    "sink sql": SERVED,
    "sink umami": SENT,
    **dict.fromkeys(
        (
            "table event_periods",
            "table events_held",
            "table events_withheld",
            "table outbox_batches",
            "table outbox_shares",
            "table outbox_rejected",
            "table outbox_losses",
            "table outbox_troubles",
            "table consents",
            "table consent_entries",
            "table consent_head",
            "table consent_texts",
            "table stop_turns",
            "table stops",
            "table privacykit_schema",
            "table salts",
            "table destroyed_salts",
        ),
        SERVERS,
    ),
    **dict.fromkeys(
        (
            "table leases",
            "table erased_rows",
            "table suppressions",
            "table subject_requests",
            "table request_identities",
            "table request_subjects",
            "table request_confirmations",
            "table request_receipts",
            "table request_channels",
            "table notices",
            "table holds",
            "table own_steps",
            "table plans",
            "table plan_chunks",
            "table retention_rules",
            "table audit_entries",
            "table audit_details",
            "table audit_head",
            "table audit_strays",
            "table audit_checkpoints",
            "table sealing_keys",
            "table sealing_wrapping",
        ),
        RIGHTS,
    ),
    "route GET /privacy/notice": NOTICED,
    "route GET /.well-known/security.txt": NOTICED,
    "route GET /privacy/notice.json": NOTICED,
    "route GET /privacy/notice/changes": NOTICED,
    "table anonymisations": "tests/operate/test_anonymise.py"
    "::test_what_is_remembered_holds_no_value_when_it_is_over",
    "table incidents": INCIDENTS,
    "table account_choices": FOLLOWED,
    "table published_reports": LEDGER,
    "table kept_reports": FIGURES_KEPT,
    "table kept_since": FIGURES_KEPT,
    "command report kept list": FIGURES_KEPT,
    "command report kept remove": FIGURES_KEPT,
    "table noisy_reports": NOISED,
    "route GET /privacy/account": FOLLOWED,
    "log privacykit": SERVED,
    "log uvicorn": SERVED,
    "log hypercorn": LOGS,
    "log granian": LOGS,
    "log django": "tests/test_django.py::test_its_own_server_logs_no_canary",
    "log gunicorn": "tests/whole/test_wsgi_servers.py::test_nothing_comes_out_of_a_served_wsgi_site",
    "log waitress": "tests/whole/test_wsgi_servers.py::test_nothing_comes_out_of_a_served_wsgi_site",
    "log structlog": "tests/logs/test_processor.py",
    "log logging": "tests/logs/test_formatter.py::test_no_line_holds_a_canary",
    "log loguru": "tests/logs/test_loguru.py::test_no_record_holds_a_canary",
    "telemetry otel spans": "tests/telemetry/test_otel.py::test_no_span_holds_a_canary",
    "telemetry otel logs": "tests/telemetry/test_otel.py::test_no_log_record_holds_a_canary",
    "telemetry sentry": "tests/telemetry/test_sentry.py"
    "::test_nothing_of_a_visitor_leaves_with_a_failed_request",
    "metrics prometheus": SERVED,
    "metrics otel": SERVED,
    **dict.fromkeys(
        (
            "route GET /.well-known/gpc.json",
            "route GET /privacy",
            "route GET /privacy/",
            "route GET /privacy/banner",
            "route GET /privacy/opt-out",
            "route GET /privacy/static/tags.js",
            "route GET /privacy/receipt",
            "route GET /privacy/receipt-keys.json",
            "route GET /privacy/opt-out/frame",
            "route GET /privacy/static/{name}",
            "route GET /privacy/status.json",
            "route GET /privacy/strings.json",
            "route POST /privacy/choice",
            "route POST /privacy/event",
            "route POST /privacy/opt-out",
            "route POST /privacy/receipt",
            "route POST /privacy/opt-out/frame",
            "route POST /privacy/withdraw",
        ),
        SERVED,
    ),
    **dict.fromkeys(
        (
            "route GET /privacy/data",
            "route POST /privacy/data",
            "route POST /privacy/data.json",
            "route POST /privacy/data/delete",
            "route POST /privacy/data/export",
            "route POST /privacy/data/request",
        ),
        SHOWN,
    ),
    **dict.fromkeys(
        (
            "route GET /privacy/request",
            "route POST /privacy/request",
            "route GET /privacy/request/confirm",
            "route POST /privacy/request/confirm",
            "route GET /privacy/request/status",
            "route POST /privacy/request/cancel",
        ),
        ASKED,
    ),
    **{
        f"route {method} {path}": ARRIVED
        for path in (
            "/dsrdelete.json",
            "/privacy/requests/ddrf",
            "/privacy/requests/drp/{name}",
            "/privacy/requests/opendsr/{name}",
        )
        for method in ("GET", "POST", "DELETE")
    },
    **dict.fromkeys(
        (
            "command drop amend",
            "command drop download",
            "command drop match",
            "command drop respond",
            "command drop status",
        ),
        LISTED,
    ),
    "command run": SERVED,
    "command report funnel": REPORTED,
    "command report publish": REPORTED,
    "command report send": REPORTED,
    "command report serve": REPORTED,
    "command report attribution": CREDITED,
    "command report loop": CREDITED,
    **dict.fromkeys(
        (
            "command consent export",
            "command consent show",
            "command consent stats",
            "command consent verify",
        ),
        RECEIPT,
    ),
    "command mcp": "tests/cli/test_mcp.py::test_no_answer_holds_a_visitor",
    "command site scan": SEEN,
    "command scrub": "tests/logs/files/test_scrubber.py::test_whatever_is_put_in_any_field_is_gone",
    "command anonymise plan": ANONYMISED,
    "command anonymise run": ANONYMISED,
    "command anonymise list": ANONYMISED,
    **dict.fromkeys(
        (
            "command incident plan",
            "command incident open",
            "command incident status",
            "command incident show",
            "command incident list",
            "command incident letters",
            "command incident decide",
            "command incident close",
        ),
        INCIDENTS,
    ),
    "command signals decode": "tests/cli/test_signals_command.py::test_what_is_told_echoes_no_string",
    **dict.fromkeys(
        (
            "command check",
            "command events count",
            "command events show",
            "command events tail",
            "command report cart",
            "command report journey",
            "command report overview",
            "command report retention",
            "command report segments",
            "command explain",
            "command ip",
            "command worker",
            "command sinks compact",
            "command sinks drain",
            "command sinks list",
            "command sinks replay",
            "command sinks status",
            "command sinks test",
            "command sinks dead-letters list",
            "command sinks dead-letters show",
            "command sinks dead-letters retry",
            "command sinks dead-letters drop",
            "command keys init",
            "command keys rotate",
            "command keys public",
            "command salts status",
            "command salts rotate",
            "command salts audit",
            "command stores status",
            "command stores migrate",
            "command audit show",
            "command audit verify",
            "command retention status",
            "command request list",
            "command request show",
            "command hold list",
            "command datamap check",
            "command verify",
        ),
        COMMANDS,
    ),
    **dict.fromkeys(
        (
            "command init",
            "command otel collector-config",
            "command policy breach",
            "command policy calendar",
            "command policy diff",
            "command policy impact",
            "command policy lint",
            "command policy list",
            "command policy schema",
            "command policy show",
            "command policy sources",
            "command policy test",
            "command datamap categories",
            "command notice",
            "command ropa",
            "command dpia",
        ),
        LAW,
    ),
    **dict.fromkeys(
        (
            "command audit export",
            "command datamap import",
            "command datamap scan",
            "command erasure lift",
            "command erasure reapply",
            "command hold add",
            "command hold release",
            "command request acknowledge",
            "command request approve",
            "command request ask",
            "command request cancel",
            "command request confirm",
            "command request extend",
            "command request letter",
            "command request metrics",
            "command request new",
            "command request prove",
            "command request receipt",
            "command request register",
            "command request reject",
            "command request remind",
            "command request run",
            "command request send",
            "command request together",
            "command seal destroy",
            "command seal rotate",
            "command seal status",
            "command retention plan",
            "command retention run",
            "command subject erase",
            "command subject export",
            "command subject find",
            "command subject object",
            "command subject rectify",
            "command subject restrict",
        ),
        RIGHTS,
    ),
}


def modules_of(package):
    """Import every module of *package* and of the packages in it."""
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(info.name)


def tables():
    """Yield the name of every table of our stores."""
    for module in modules_of(privacykit.stores):
        for value in vars(module).values():
            if isinstance(value, MetaData):
                yield from value.tables
            if isinstance(value, Table):
                yield value.name


def commands():
    """Yield every command of the command line."""
    for name in COMMAND_NAMES:
        yield from called(name, command(name))


def called(name, found):
    """Yield *name*, or the names of the commands in the group *found*."""
    if not hasattr(found, "commands"):
        yield name
        return
    for word, inner in found.commands.items():
        yield from called(f"{name} {word}", inner)


def exporters():
    """Yield the modules that hand metrics on."""
    for module in modules_of(privacykit.metrics):
        if any(name.endswith("Exporter") for name in vars(module)):
            yield module.__name__.rpartition(".")[2]


def ways_of_telemetry():
    """Yield what the room of telemetry lets out: one for each exporter, one for the hooks."""
    for module in modules_of(privacykit.telemetry):
        for name, value in vars(module).items():
            if inspect.isclass(value) and value.__module__ == module.__name__:
                yield from {
                    "RedactingSpanExporter": ["otel spans"],
                    "RedactingLogExporter": ["otel logs"],
                    "SentryScrubber": ["sentry"],
                }.get(name, [name] if name.endswith(("Exporter", "Scrubber")) else [])


TAGS = '[tags]\ngpp = "state"\nus_privacy = true\n'
NOTICE = '[notice]\nsecurity_contact = "mailto:security@shop.example"\n'


def routes(folder):
    """Yield the routes of a site as its engine made them."""
    ways = [opendsr(folder), drp(), ddrf(folder)]
    asking = "".join(way[way.index("[requests.") :] for way in ways)
    path = lay_out(folder, BASE + TAGS + NOTICE + FORM + asking)
    data, settings = LazyDataDesk(str(path), time.time), load(path)
    rooms = rooms_of(str(path), settings, time.time)
    made = build(settings, base=str(path), data=data, person=lambda _: None, rooms=rooms)
    pages = made.pages
    sites = inspect.getclosurevars(pages).nonlocals["by_site"]
    languages = inspect.getclosurevars(sites["shop"]).nonlocals["made"]
    made = inspect.getclosurevars(languages["en"]).nonlocals["routes"]
    for route, methods in made.items():
        for method in methods:
            yield f"{method} {route.replace('*', '{name}')}"


def test_the_list_is_complete(tmp_path):
    """Nothing new comes out unseen, and the list names nothing that is gone."""
    actual = {
        "log privacykit",
        "log structlog",
        "log logging",
        "log loguru",
        *(f"telemetry {way}" for way in ways_of_telemetry()),
        *(f"sink {kind}" for kind in kinds()),
        *(f"deletion {kind}" for kind in kinds() if kind_of(kind).deleter is not None),
        *(f"log {server}" for server in covered_servers()),
        *(f"table {name}" for name in tables()),
        *(f"metrics {name}" for name in exporters()),
        *(f"command {name}" for name in commands()),
        *(f"route {name}" for name in routes(tmp_path)),
    }
    assert sorted(OUTPUTS) == sorted(actual)


def test_what_the_list_names_is_there():
    """Each output is searched by a test that exists, or has a reason not to be."""
    for sweep in set(OUTPUTS.values()) - {RIGHTS, LAW}:
        file, _, name = sweep.partition("::")
        assert f"def {name}" in (ROOT / file).read_text(), sweep


BASE = (
    CONFIG.replace('page = "analytics"\n', 'page = "analytics"\nbots = true\nbrowser = true\n')
    + """
[raw_address]
security = "who attacks us is blocked"
"""
)
SINKS = """
[[sinks]]
name = "archive"
type = "jsonl"
folder = "archive"
purposes = ["analytics", "profile", "ads"]

[[sinks]]
name = "copy"
type = "sql"
url = "sqlite:///copy.db"
purposes = ["analytics", "profile", "ads"]
"""
HOOK = """
[[sinks]]
name = "hook"
type = "http"
url = "http://127.0.0.1:PORT/events"
token = "a token of ours"
purposes = ["analytics", "profile", "ads"]
"""


class Hook:
    """Takes what the http sink sends, and keeps every byte."""

    def __init__(self) -> None:
        kept = self.kept = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                kept.append(self.requestline.encode() + bytes(self.headers) + body)
                self.send_response(202)
                self.end_headers()

            def log_message(self, *_) -> None:
                """Stay silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.server.server_address[1]


@pytest.fixture
def hook():
    """A running hook."""
    made = Hook()
    yield made
    made.server.shutdown()
    made.server.server_close()


class Browser:
    """The canary's: asks a real server, keeps every byte it is answered."""

    def __init__(self, port, canary) -> None:
        self.port, self.canary, self.answers = port, canary, []
        self.statuses = {}

    def ask(self, method, path, *, ipv6=False, body=None, **headers):
        """Send one request as the canary."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in [*self.canary.headers(ipv6=ipv6), *headers.items()]:
            connection.putheader(name.replace("_", "-"), value)
        if body is not None:
            body = urlencode(body).encode()
            connection.putheader("content-type", "application/x-www-form-urlencoded")
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        told = str(answer.headers).encode() + answer.read()
        connection.close()
        self.statuses[method, path] = answer.status
        return told

    def visit(self):
        """Go everywhere in the application and do everything there."""
        word, canary = self.canary.words, self.canary
        for ipv6 in (False, True):
            self.ask("GET", canary.path("users"), ipv6=ipv6)
            self.ask("GET", canary.path("deep"), ipv6=ipv6)
            self.ask("GET", f"/lost/{canary.email}/{word['token']}?q={word['query']}", ipv6=ipv6)
            self.ask("GET", f"/broken?q={word['query']}", ipv6=ipv6)
            self.ask("POST", "/form", body={"name": word["form"], "mail": canary.email}, ipv6=ipv6)
            self.live(canary, ipv6=ipv6)
            self.tell({"page": f"{canary.path('users')}#{word['token']}"}, ipv6=ipv6)
            self.tell({"event": "told", "props": {"mail": canary.email}}, ipv6=ipv6)
            self.tell({"event": canary.email, "props": word}, ipv6=ipv6)
        self.garbage()

    def tell(self, message, *, ipv6):
        """Tell of a page change or an event, as a script on a page does."""
        own = {"origin": f"http://127.0.0.1:{self.port}", "sec-fetch-site": "same-origin"}
        sent = dict(self.canary.headers(ipv6=ipv6)) | own | {"content-type": "text/plain"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("POST", "/privacy/event", json.dumps(message), sent)
        answer = connection.getresponse()
        self.answers.append(str(answer.headers).encode() + answer.read())
        connection.close()

    def choose(self, ours):
        """Use each of *ours*, the routes that are privacykit's."""
        word = self.canary.words
        form = dict.fromkeys(("analytics", "ads", "other"), word["form"])
        for method, path in (route.split() for route in ours):
            for ipv6 in (False, True):
                told = self.ask(
                    method,
                    path.replace("{name}", "privacy.css") + f"?q={word['query']}",
                    body=form if method == "POST" else None,
                    ipv6=ipv6,
                    origin="http://127.0.0.1",
                )
                self.answers.append(told)

    def live(self, canary, *, ipv6):
        """Open a websocket."""
        url = f"ws://127.0.0.1:{self.port}/live?token={canary.words['token']}"
        with connect(
            url,
            additional_headers=[h for h in canary.headers(ipv6=ipv6) if h[0] != "user-agent"],
            user_agent_header=canary.user_agent,
            proxy=None,
        ) as socket:
            socket.send("hello")
            assert socket.recv() == "hello"

    def garbage(self):
        """Send what is no HTTP, with the canary in it."""
        for text in (
            f"GET /{self.canary.email} HTTP/9.9\r\nx: {self.canary.words['token']}\r\n\r\n",
            f"{self.canary.words['token']}\r\n\r\n",
        ):
            with socket.create_connection(("127.0.0.1", self.port), 5) as raw:
                raw.sendall(text.encode())
                with suppress(OSError):
                    raw.recv(4096)


TOLD = {"page", "seen", "kept", "told"}
"""Names of the events that a visit makes."""


def names_in(events) -> set[str]:
    """Return the names of *events*."""
    return {event["data"]["name"] for event in events}


def secrets_in(folder) -> dict[str, bytes]:
    """Return the keys and the living salts of the installation in *folder*."""
    ring = load_keys(folder / "privacykit.keys")
    found = {f"key_{use}": ring.current(use).value for use in USES}
    with closing(sqlite3.connect(folder / "privacykit-salts.db")) as database:
        for site, day, salt in database.execute("select site, day, salt from salts"):
            found[f"salt_{site}_{day}"] = salt
    return found


@pytest.mark.slow
def test_nothing_comes_out_of_a_served_site(serve, tmp_path, canary, hook, new_port, read_events):
    """
    Under a real server: its log and ours, every file while it runs and after, what sinks send.

    Metrics, answers of our pages, exceptions that the application got, and keys and salts as well.
    """
    (tmp_path / "archive").mkdir()
    metrics = new_port()
    config = BASE + SINKS + TAGS + HOOK.replace("PORT", str(hook.port))
    lay_out(tmp_path, config + f'[metrics]\nlisten = "127.0.0.1:{metrics}"\notel = true\n')
    (tmp_path / "laid").mkdir()
    ours = list(routes(tmp_path / "laid"))
    server = serve(
        *("privacykit", "run", "canary_app:app", "--app-dir", str(HERE), "--port", "PORT"),
        CANARY_USER=canary.words["user"],
        CANARY_COOKIE=canary.words["cookie"],
        CANARY_TOKEN=canary.words["token"],
    )
    browser = Browser(server.port, canary)
    browser.visit()
    canary = canary.keeping(**secrets_in(tmp_path))
    assert eventually(lambda: b'"kept"' in b"".join(hook.kept)), server.said
    assert eventually(lambda: any((tmp_path / "archive").glob("*.jsonl"))), server.said
    assert eventually(lambda: names_in(read_events(tmp_path)) >= TOLD), server.said
    browser.choose(ours)
    with urllib.request.urlopen(f"http://127.0.0.1:{metrics}/metrics", timeout=60) as answer:
        told = answer.read()
    salts = ("privacykit-salts.db*", "*.mmdb", "privacykit.keys")
    findings = canary.search_files(tmp_path, skip=salts)
    server.stop()
    findings += canary.search_files(tmp_path, skip=salts)
    findings += canary.search(told, "metrics")
    findings += canary.search(b"".join(hook.kept), "http sink")
    findings += canary.search(b"".join(browser.answers), "our pages")
    assert findings == []
    # The sweep saw what it was to see.
    assert len(list((tmp_path / "archive").glob("*.jsonl"))) > 0
    assert "/users/{name}/{mail}" in server.said
    assert server.said.count("the application says:") > 5
    assert b"privacykit_decisions_total" in told
    assert 200 in browser.statuses.values()


def test_nothing_is_in_the_tables_of_servers(
    open_house, tmp_path, canary, postgres_url, mariadb_url, redis_url
):
    """PostgreSQL and MariaDB hold events, outbox and records; Redis holds salts and nothing else."""
    for url in (postgres_url, mariadb_url):
        folder = tmp_path / url.partition(":")[0]
        (folder / "archive").mkdir(parents=True)
        config = (BASE + SINKS).replace("[events]\n", f'[events]\nurl = "{url}"\n')
        house = open_house(
            config + f'[records]\nurl = "{url}"\n[salts]\nurl = "{redis_url}"\n',
            folder=folder,
            app=application(),
        )
        for ipv6 in (False, True):
            for path in (canary.path("users"), canary.path("deep")):
                house.client.get(path, headers=canary.headers(ipv6=ipv6))
        assert eventually(lambda: house.count("delivery_delivered", "events") >= 8)  # noqa: B023
        house.client.post("/privacy/opt-out", headers=canary.headers())
        seen, dump = dump_of(url)
        assert canary.search(dump, url.partition(":")[0]) == []
        assert {"outbox_batches", "consents", "stops"} <= seen
    client = Redis.from_url(redis_url.partition("?")[0])
    prefix = redis_url.partition("prefix=")[2]
    pairs = [key + client.get(key) for key in client.scan_iter(f"{prefix}*")]
    client.close()
    assert len(pairs) >= 2
    assert canary.search(b"".join(pairs), "redis") == []


PRODUCT = """
[[sinks]]
name = "KIND"
type = "KIND"
url = "URL"
KEYS
purposes = ["analytics", "profile", "ads"]
"""
CONSENTED = {"hubspot"}
"""What takes only events that rest on a consent."""
TOKEN = 'token = "stub-credential"'
PRODUCTS = {
    "ga4": (
        GA4Stub,
        f'{TOKEN}\nmeasurement_id = "{GA4Stub.measurement_id}"\nsite_url = "https://shop.example"',
    ),
    "goatcounter": (GoatCounterStub, TOKEN),
    "matomo": (MatomoStub, f'{TOKEN}\nidsite = 1\nsite_url = "https://shop.example"'),
    "plausible": (PlausibleStub, 'domain = "shop.example"'),
    "posthog": (PostHogStub, TOKEN),
    "rudderstack": (RudderStackStub, TOKEN),
    "segment": (SegmentStub, TOKEN),
    "snowplow": (SnowplowStub, 'vendor = "example.shop"\nsite_url = "https://shop.example"'),
    "umami": (UmamiStub, f'website = "{UmamiStub.website}"\nhostname = "shop.example"'),
    "mixpanel": (MixpanelStub, TOKEN),
    "amplitude": (AmplitudeStub, TOKEN),
    "jitsu": (JitsuStub, TOKEN),
    "hubspot": (HubSpotStub, f'{TOKEN}\nhub_id = 1\ncontact = "contact"'),
    "otlp": (OTLPStub, TOKEN),
}


@pytest.mark.parametrize("kind", sorted(PRODUCTS))
def test_nothing_comes_out_of_a_sink(kind, open_house, canary):
    """What a product received: path, query, headers and body, unpacked and decoded as well."""
    made, keys = PRODUCTS[kind]
    with made() as stub:
        stub.token = "stub-credential"
        table = PRODUCT.replace("KIND", kind).replace("URL", stub.url).replace("KEYS", keys)
        house = open_house(BASE + table, app=application())
        given = consented(house) if kind in CONSENTED else None
        visit(house, canary, given)
        assert eventually(lambda: house.count("delivery_delivered", kind) >= (2 if given else 8))
        assert stub.faults == []
        assert canary.search(stub.received(), kind) == []
        assert b"seen" in stub.received()


@pytest.mark.parametrize("kind", sorted(PLACES))
def test_nothing_comes_out_of_a_stream(kind, open_house, canary):
    """What went to a broker, on the wire: topics, headers and bodies."""
    door = door_of(kind)
    with PLACES[kind][1](f"canary{time.time_ns()}", door) as keys:
        table = PRODUCT.replace("KIND", kind).replace("URL", f"{kind}://127.0.0.1:{door.port}")
        table = table.replace("KEYS", keys)
        house = open_house(BASE + table, app=application())
        visit(house, canary)
        assert eventually(lambda: house.count("delivery_delivered", kind) >= 8)
    door.shut()
    assert canary.search(bytes(door.received), kind) == []
    assert b"seen" in door.received


def visit(house, canary, consent=None):
    """Let the canary go where events are made, with the cookie *consent*."""
    for ipv6 in (False, True):
        headers = [
            (name, f"{consent}; {value}" if consent and name == "cookie" else value)
            for name, value in canary.headers(ipv6=ipv6)
        ]
        for path in (canary.path("users"), canary.path("deep")):
            house.client.get(path, headers=headers)


def consented(house):
    """Return the cookie of a visitor who allowed everything."""
    answer = house.client.post(
        "/privacy/choice",
        data={"action": "allow"},
        headers={"origin": "http://testserver", "sec-fetch-site": "same-origin"},
        follow_redirects=False,
    )
    assert answer.status_code == 303
    kept = "; ".join(f"{name}={value}" for name, value in house.client.cookies.items())
    house.client.cookies.clear()
    return kept


def dump_of(url):
    """Return the names of all tables at *url*, and every value in them."""
    engine = create_engine(url)
    values, names = [], set()
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        for table in metadata.tables.values():
            names.add(table.name)
            for row in connection.execute(select(table)):
                values += [
                    value if isinstance(value, bytes) else str(value).encode() for value in row
                ]
    engine.dispose()
    return names, b"\n".join(values)


def application():
    """Return the application that does everything."""
    spec = importlib.util.spec_from_file_location("canary_app", HERE / "canary_app.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.app


LEAVES = (str, bytes, int, float, type, ModuleType)


def reached(root, most=20_000):
    """
    Yield everything of ours that can be reached from *root*, through any attribute.

    The law is left out: it is read from files before anybody comes, and is most of all there is.
    """
    seen, waiting = set(), [root]
    while waiting and len(seen) < most:
        found = waiting.pop()
        if id(found) in seen or issubclass(type(found), LEAVES):
            continue
        home = str(type(found).__module__)
        if home.startswith(("privacykit.policy.", "privacykit.decide.", "pydantic")):
            continue
        seen.add(id(found))
        if home.startswith("privacykit") and not home.startswith("privacykit.testing"):
            yield found
            waiting += held_by(found)
        else:
            with suppress(Exception):  # objects of libraries may refuse to be looked at
                waiting += held_by_any(found)


def held_by(found):
    """Return what an object of ours holds."""
    names = {*getattr(found, "__struct_fields__", ()), *getattr(found, "__dict__", ())}
    for kind in type(found).__mro__:
        slots = vars(kind).get("__slots__", ())
        names |= {slots} if isinstance(slots, str) else set(slots)
    return [*held_by_any(found), *(getattr(found, name, None) for name in names)]


def held_by_any(found):
    """Return what a collection or a function holds."""
    if issubclass(type(found), Mapping):
        return [*found.keys(), *found.values()]
    if issubclass(type(found), list | tuple | set | frozenset | deque):
        return list(found)
    held = []
    if callable(found):
        for cell in getattr(found, "__closure__", None) or ():
            with suppress(ValueError):  # an empty one
                held.append(cell.cell_contents)
        held += [getattr(found, "__self__", None), getattr(found, "func", None)]
    return held


def test_no_object_prints_what_it_holds(open_house, tmp_path, canary):
    """Whatever of ours holds a visitor's data says nothing of it, printed, formatted or logged."""
    held = []
    inner = application()

    async def app(scope, receive, send):
        if scope["type"] == "http":
            held.append(scope["state"]["privacy"])
        await inner(scope, receive, send)

    house = open_house(BASE, app=app)
    accept = house.runtime.accept
    house.runtime.accept = lambda item: held.append(item) or accept(item)
    for ipv6 in (False, True):
        house.client.get(canary.path("users"), headers=canary.headers(ipv6=ipv6))
    raw = RawAddress(canary.ipv4.packed)
    canary = canary.keeping(**secrets_in(tmp_path))
    said = {}
    for one in (*reached([*held, house.engine, house.app, raw]), *reached(gc.get_objects())):
        for text in (repr(one), str(one), f"{one}"):
            said[text] = type(one).__qualname__
    assert [found for text, kind in said.items() for found in canary.search(text, kind)] == []
    kinds_found = set(said.values())
    assert kinds_found >= {"Privacy", "Item", "Engine", "SiteDay", "RawAddress", "DaySalt"}
    with pytest.raises(TypeError, match="never written down"):
        pickle.dumps(raw)


def test_no_exception_tells_a_visitor(open_house, canary, caplog):
    """Whatever breaks while the canary is there: messages, causes and what we log of them."""
    house = open_house(BASE, app=application())
    house.keeper.stop(10)  # its thread reads what is broken here; it is made to tick below
    told = []
    failed = house.engine.failed

    def noted(part, error):
        told.append("".join(map(str, (error.args if isinstance(error, PrivacyKitError) else ""))))
        failed(part, error)

    house.engine.failed = noted
    parts = [
        *((house.runtime, name) for name in ("place", "client", "devices", "accept", "clock")),
        *((house.engine, name) for name in ("templates", "saw_cookie", "note_page")),
        (house.runtime.days, "site_days"),
    ]
    for owner, name in parts:
        for error in (ValueError(canary.user_agent, canary.ipv4), None):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(owner, name, None if error is None else raising(error))
                answer = house.client.get(canary.path("users"), headers=canary.headers())
            assert answer.status_code == 200
            house.keeper.tick()
    lines = [
        *told,
        *(record.getMessage() for record in caplog.records),
        *house.engine.causes.values(),
    ]
    assert canary.search("\n".join(lines)) == []
    assert house.count("error") >= len(parts)


def raising(error):
    """Return what raises *error*, called or looked up in."""

    class Broken:
        def __call__(self, *_, **__):
            raise error

        __getitem__ = __call__

    return Broken()


def test_no_command_prints_a_visitor(open_house, canary, tmp_path):
    """Each command that looks at the installation, after the canary was there."""
    (tmp_path / "archive").mkdir()
    house = open_house(BASE + SINKS, app=application())
    for ipv6 in (False, True):
        house.client.get(canary.path("users"), headers=canary.headers(ipv6=ipv6))
    assert eventually(lambda: house.count("delivery_delivered") >= 4)
    canary = canary.keeping(**secrets_in(tmp_path))
    told = {}
    for name in (name for name, sweep in OUTPUTS.items() if sweep == COMMANDS):
        command = name.removeprefix("command ")
        told[command] = said_by(*command.split(), *ARGUMENTS.get(command, ()), config=tmp_path)
    headers = [f"{name}: {value}" for name, value in canary.headers()]
    asked = [word for header in headers for word in ("--header", header)]
    told["explain headers"] = said_by("explain", *asked, "--peer", "127.0.0.1", config=tmp_path)
    told["ip"] = said_by("ip", config=None, given=f"{canary.ipv4}\n{canary.ipv6}\n{canary.email}\n")
    assert [f for name, said in told.items() for f in canary.search(said, name)] == []
    assert told["ip"].splitlines()[0].endswith(".0")
    assert "alive" in told["salts audit"]


ARGUMENTS = {
    "explain": ["--country", "DE", "--purpose", "analytics_storage"],
    "worker": ["--once"],
    "events count": ["--by", "page"],
    "events show": ["01"],
    "keys rotate": ["cookie"],
    "request show": ["nothing"],
    "sinks test": ["archive"],
    "sinks compact": ["archive"],
    "sinks drain": ["archive"],
    "sinks replay": ["archive", "--since", "2020-01-01", "--yes"],
    "sinks dead-letters list": ["archive"],
    "sinks dead-letters show": ["archive", "0000"],
    "sinks dead-letters retry": ["archive", "--all"],
    "sinks dead-letters drop": ["archive", "--all"],
}


def said_by(*words, config, given=""):
    """Run a command and return all it said."""
    named = [] if config is None else ["--config", str(config / "privacykit.toml")]
    if words == ("sinks", "list"):
        named = []
    result = CliRunner().invoke(cli, [*words, *named], input=given)
    assert not isinstance(result.exception, TypeError), words
    failure = result.exception
    raised = "" if failure is None or isinstance(failure, SystemExit) else str(failure)
    return f"{result.output}{raised}"


TOKEN = "a token of ours"


@pytest.fixture
def heard():
    """Hear every record of every logger, as a handler would write it."""
    told = []
    plain = logging.Formatter("%(name)s %(message)s")
    handler = logging.Handler(logging.DEBUG)
    handler.emit = lambda record: told.append(f"{plain.format(record)} {vars(record)}")
    names = [None, *logging.root.manager.loggerDict]
    loggers = [logging.getLogger(name) for name in names]
    before = [(each, each.level, each.propagate, each.disabled) for each in loggers]
    for each in loggers:
        each.setLevel(logging.DEBUG)
        each.propagate, each.disabled = True, False
    logging.root.addHandler(handler)
    yield told
    logging.root.removeHandler(handler)
    for each, level, propagate, disabled in before:
        each.setLevel(level)
        each.propagate, each.disabled = propagate, disabled


@pytest.mark.parametrize("server", ["sqlite", "postgres", "mariadb"])
def test_no_library_logs_what_it_carries_for_us(
    server, heard, open_house, tmp_path, canary, hook, request
):
    """Rows, statements, salts, bodies, tokens and URLs, on each database, at level debug."""
    (tmp_path / "archive").mkdir()
    config = (
        BASE + SINKS + HOOK.replace("PORT", str(hook.port)).replace("/events", "/in/s3cr3tpath")
    )
    if server != "sqlite":
        url = request.getfixturevalue(f"{server}_url")
        salts = request.getfixturevalue("redis_url") if server == "postgres" else url
        config = config.replace("[events]\n", f'[events]\nurl = "{url}"\n')
        config += f'[records]\nurl = "{url}"\n[salts]\nurl = "{salts}"\n'
    house = open_house(config, app=application())
    for ipv6 in (False, True):
        for path in (canary.path("users"), canary.path("deep")):
            house.client.get(path, headers=canary.headers(ipv6=ipv6))
    house.client.post("/privacy/opt-out", headers=canary.headers())
    assert eventually(lambda: b'"kept"' in b"".join(hook.kept))
    secrets = {"token": TOKEN.encode(), "url": b"s3cr3tpath"}
    if server == "sqlite":
        secrets |= secrets_in(tmp_path)
    ours = [line for line in heard if "://testserver" not in line]  # the visitor's own client
    bodies = [
        json.loads(line)["visitor"] for line in events_of(hook) if json.loads(line)["visitor"]
    ]
    assert canary.keeping(**secrets).search("\n".join(ours)) == []
    assert [line for line in ours for visitor in bodies if visitor in line] == []
    assert sum("withheld: written" in line for line in ours) > 10


def events_of(hook):
    """Yield the data of each event that the hook was sent."""
    for request in hook.kept:
        body = request[request.index(b"[") :] if b"[" in request else b"[]"
        for event in json.loads(body):
            yield json.dumps(event["data"])


MARKERS = {
    "e-mail": "{email}",
    "e-mail in words": "mail {email} now",
    "address": "user {ipv4}",
    "IPv6": "from {ipv6}",
    "token": "view {token}",
    "path": "view /users/{path}/{email}",
    "encoded twice": "view {encoded}",
    "card": "pay 4111-1111-1111-1111",
}


@pytest.mark.parametrize("marker", MARKERS.values(), ids=MARKERS.keys())
def test_no_field_of_an_event_takes_a_marker(marker, open_house, canary):
    """Name, keys and values of properties, campaign, kept parameters, referrer and language."""
    twice = canary.email.replace("@", "%2540")
    value = marker.format(
        email=canary.email, ipv4=canary.ipv4, ipv6=canary.ipv6, encoded=twice, **words_of(canary)
    )

    async def page(request):
        privacy = request.state.privacy
        privacy.emit(value)
        privacy.emit(value[:64].replace(" ", "_"))
        privacy.emit(
            "seen", props={value: 1, value.replace(" ", "_"): 2, "text": value, "list": [value]}
        )
        return HTMLResponse("ok")

    config = BASE + '[text]\nquery_keep = ["q", "utm_*"]\nreferrer = "query"\n'
    house = open_house(config, app=Starlette(routes=[Route("/", page)]))
    params = {
        "q": value,
        "utm_source": value,
        "utm_campaign": value,
        f"utm_{value}": "x",
        "ref": value,
    }
    headers = dict(canary.headers()) | {"accept-language": "de"}
    assert house.client.get("/", params=params, headers=headers).status_code == 200
    assert eventually(lambda: len(house.events) >= 2)
    told = json.dumps(house.events)
    assert canary.search(told) == []
    assert "4111-1111" not in told
    assert {event["data"]["name"] for event in house.events} == {"page", "seen"}


def words_of(canary):
    """Return the words of *canary* that have a form by which they are found."""
    return {"token": canary.words["token"], "path": canary.words["path"]}
