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
import typer
from redis import Redis
from sqlalchemy import MetaData, Table, create_engine, select
from typer.testing import CliRunner
from websockets.sync.client import connect

import privacykit.metrics
import privacykit.stores
from privacykit.cli.main import app as cli
from privacykit.errors import PrivacyKitError
from privacykit.logs.servers import covered_servers
from privacykit.pseudonym.address import RawAddress
from privacykit.settings.load import load
from privacykit.settings.wire import build
from privacykit.sinks import kinds
from privacykit.stores.event_tables import EVENTS
from privacykit.stores.keys import USES, load_keys
from privacykit.testing.layout import CONFIG, lay_out

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

SERVED = "tests/whole/test_canary.py::test_nothing_comes_out_of_a_served_site"
SERVERS = "tests/whole/test_canary.py::test_nothing_is_in_the_tables_of_servers"
COMMANDS = "tests/whole/test_canary.py::test_no_command_prints_a_visitor"
PRINTED = "tests/whole/test_canary.py::test_no_object_prints_what_it_holds"
LOGS = "tests/logs/test_servers.py::test_the_access_log_holds_no_canary"
RIGHTS = "made to hold or hand out one person's data, at an operator's command: P6 to P8, not P1"
LAW = "reads policies, schemas or word lists, and nothing of a visitor's"

OUTPUTS = {
    "sink http": SERVED,
    "sink jsonl": SERVED,
    "sink memory": PRINTED,
    "sink sql": SERVED,
    **dict.fromkeys(
        (
            "table events",
            "table events_held",
            "table outbox",
            "table outbox_rejected",
            "table consents",
            "table stops",
            "table privacykit_schema",
            "table salts",
            "table salt_tombs",
        ),
        SERVERS,
    ),
    **dict.fromkeys(
        (
            "table leases",
            "table suppressions",
            "table subject_requests",
            "table request_identities",
            "table request_subjects",
            "table request_confirmations",
            "table request_receipts",
            "table errands",
            "table holds",
            "table plans",
            "table plan_chunks",
            "table retention_rules",
            "table audit_entries",
            "table audit_details",
            "table audit_head",
            "table audit_checkpoints",
        ),
        RIGHTS,
    ),
    "log privacykit": SERVED,
    "log uvicorn": SERVED,
    "log hypercorn": LOGS,
    "log granian": LOGS,
    "log gunicorn": "tests/logs/test_filter.py",
    "log structlog": "tests/logs/test_processor.py",
    "metrics prometheus": SERVED,
    "metrics otel": SERVED,
    **dict.fromkeys(
        (
            "route GET /.well-known/gpc.json",
            "route GET /privacy",
            "route GET /privacy/",
            "route GET /privacy/opt-out",
            "route GET /privacy/static/{name}",
            "route GET /privacy/status.json",
            "route POST /privacy/choice",
            "route POST /privacy/opt-out",
            "route POST /privacy/withdraw",
        ),
        SERVED,
    ),
    "command run": SERVED,
    **dict.fromkeys(
        (
            "command check",
            "command explain",
            "command ip",
            "command worker",
            "command keys init",
            "command keys rotate",
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
        ),
        COMMANDS,
    ),
    **dict.fromkeys(
        (
            "command policy calendar",
            "command policy diff",
            "command policy lint",
            "command policy list",
            "command policy schema",
            "command policy show",
            "command policy test",
            "command datamap categories",
        ),
        LAW,
    ),
    **dict.fromkeys(
        (
            "command audit export",
            "command datamap import",
            "command datamap scan",
            "command erasure reapply",
            "command hold add",
            "command hold release",
            "command request acknowledge",
            "command request approve",
            "command request ask",
            "command request cancel",
            "command request confirm",
            "command request extend",
            "command request new",
            "command request prove",
            "command request receipt",
            "command request reject",
            "command request remind",
            "command request run",
            "command request send",
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
    """Import every module of *package*."""
    for info in pkgutil.iter_modules(package.__path__):
        yield importlib.import_module(f"{package.__name__}.{info.name}")


def tables():
    """Yield the name of every table of our stores; the events' without their period."""
    for module in modules_of(privacykit.stores):
        for value in vars(module).values():
            if isinstance(value, MetaData):
                yield from value.tables
            if isinstance(value, Table):
                yield value.name


def commands(group=None, before=()):
    """Yield every command of the command line."""
    for name, command in (group or typer.main.get_command(cli)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*before, name))
        else:
            yield " ".join((*before, name))


def exporters():
    """Yield the modules that hand metrics on."""
    for module in modules_of(privacykit.metrics):
        if any(name.endswith("Exporter") for name in vars(module)):
            yield module.__name__.rpartition(".")[2]


def routes(folder):
    """Yield the routes of a site as its engine made them."""
    path = lay_out(folder)
    made = inspect.getclosurevars(build(load(path), base=str(path)).routes).nonlocals["apps"]
    for route in made["shop"].routes:
        for method in route.methods - {"HEAD"}:
            yield f"{method} {route.path}"


def test_the_list_is_complete(tmp_path):
    """Nothing new comes out unseen, and the list names nothing that is gone."""
    actual = {
        "log privacykit",
        "log structlog",
        f"table {EVENTS}",
        *(f"sink {kind}" for kind in kinds()),
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
    CONFIG.replace('page = "analytics"\n', 'page = "analytics"\nbots = true\n')
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
        self.garbage()

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


def wait(condition, seconds=20.0):
    """Wait until *condition* holds; tell whether it does."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


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
    config = BASE + SINKS + HOOK.replace("PORT", str(hook.port))
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
    assert wait(lambda: b'"kept"' in b"".join(hook.kept)), server.said
    browser.choose(ours)
    with urllib.request.urlopen(f"http://127.0.0.1:{metrics}/metrics", timeout=5) as answer:
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
    events = read_events(tmp_path)
    assert {event["data"]["name"] for event in events} >= {"page", "seen", "kept"}
    assert len(list((tmp_path / "archive").glob("*.jsonl"))) > 0
    assert "/users/{name}/{mail}" in server.said
    assert server.said.count("the application says:") > 6
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
        assert house.wait(lambda: house.count("delivery_delivered", "events") >= 8)  # noqa: B023
        house.client.post("/privacy/opt-out", headers=canary.headers())
        seen, dump = dump_of(url)
        assert canary.search(dump, url.partition(":")[0]) == []
        assert {"outbox", "consents", "stops"} <= seen
    client = Redis.from_url(redis_url.partition("?")[0])
    prefix = redis_url.partition("prefix=")[2]
    pairs = [key + client.get(key) for key in client.scan_iter(f"{prefix}*")]
    client.close()
    assert len(pairs) >= 2
    assert canary.search(b"".join(pairs), "redis") == []


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


def reached(root, most=20_000):
    """Yield everything of ours that can be reached from *root*, through any attribute."""
    seen, waiting = set(), [root]
    while waiting and len(seen) < most:
        found = waiting.pop()
        if id(found) in seen or isinstance(found, str | bytes | int | float | type | ModuleType):
            continue
        seen.add(id(found))
        if isinstance(found, Mapping):
            waiting += [*found.keys(), *found.values()]
        elif isinstance(found, list | tuple | set | frozenset | deque):
            waiting += list(found)
        home = type(found).__module__
        if home.startswith("privacykit") and not home.startswith("privacykit.testing"):
            yield found
            names = {*getattr(found, "__struct_fields__", ()), *getattr(found, "__dict__", ())}
            for kind in type(found).__mro__:
                slots = vars(kind).get("__slots__", ())
                names |= {slots} if isinstance(slots, str) else set(slots)
            waiting += [getattr(found, name, None) for name in names]
        elif callable(found):
            for cell in getattr(found, "__closure__", None) or ():
                with suppress(ValueError):  # an empty one
                    waiting.append(cell.cell_contents)
            waiting += [getattr(found, "__self__", None), getattr(found, "func", None)]


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
    assert kinds_found >= {"Privacy", "Facts", "Item", "Engine", "Lane", "RawAddress", "DaySalt"}
    with pytest.raises(TypeError, match="never written down"):
        pickle.dumps(raw)


def test_no_exception_tells_a_visitor(open_house, canary, caplog):
    """Whatever breaks while the canary is there: messages, causes and what we log of them."""
    house = open_house(BASE, app=application())
    told = []
    failed = house.engine.failed

    def noted(part, error):
        told.append("".join(map(str, (error.args if isinstance(error, PrivacyKitError) else ""))))
        failed(part, error)

    house.engine.failed = noted
    parts = [
        *((house.runtime, name) for name in ("place", "client", "device", "accept", "clock")),
        *((house.engine, name) for name in ("templates", "saw_cookie", "note_page")),
        (house.runtime.days, "lanes"),
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
    """Return what raises *error*, whatever it is asked."""

    def fails(*_, **__):
        raise error

    return fails


def test_no_command_prints_a_visitor(open_house, canary, tmp_path):
    """Each command that looks at the installation, after the canary was there."""
    (tmp_path / "archive").mkdir()
    house = open_house(BASE + SINKS, app=application())
    for ipv6 in (False, True):
        house.client.get(canary.path("users"), headers=canary.headers(ipv6=ipv6))
    assert house.wait(lambda: house.count("delivery_delivered") >= 4)
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
    "keys rotate": ["cookie"],
    "request show": ["nothing"],
}


def said_by(*words, config, given=""):
    """Run a command and return all it said."""
    named = [] if config is None else ["--config", str(config / "privacykit.toml")]
    result = CliRunner().invoke(cli, [*words, *named], input=given)
    assert not isinstance(result.exception, TypeError), words
    failure = result.exception
    raised = "" if failure is None or isinstance(failure, SystemExit) else str(failure)
    return f"{result.output}{raised}"
