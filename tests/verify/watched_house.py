"""
A wrapped shop in this process, on a clock of its own, with visitors, and faults to seed in it.

The operator's file says what shall be; the site runs by another one, which is the same but for what
a fault changes in it. So a fault is what it is in life: the site does not do what the file says.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sqlite3
import time
from base64 import b64encode
from contextlib import closing
from pathlib import Path
from random import Random
from urllib.parse import quote, urlsplit

import pyarrow as pa
import pyarrow.parquet
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from privacykit import PrivacyMiddleware
from privacykit.collect.counters import Counters
from privacykit.geo.synthetic import address_of
from privacykit.runtime.build import build
from privacykit.settings.backends import Backends
from privacykit.settings.load import load
from privacykit.settings.paths import Paths
from privacykit.testing.layout import CONFIG, lay_out
from privacykit.verify.site.http import SiteAnswer
from privacykit.verify.watch.watcher import Watcher, WatchMeans

OPERATOR = (
    CONFIG.replace(
        'hosts = ["shop.example", "testserver", "127.0.0.1", "localhost"]',
        'hosts = ["shop.example"]',
    )
    .replace("[events]\n", "[events]\n", 1)
    .replace('session = "necessary"', 'session = "necessary"\nlang = "necessary"')
    .replace(
        'visitor = "none"\n', 'visitor = "none"\nproperties = { cookie_lifetime_months = 6 }\n', 1
    )
    + f"""
[outbox]
deliver = false
window_ms = 1
[ip]
v4_bits = 16
[[sinks]]
type = "jsonl"
name = "archive"
folder = "archive"
purposes = ["analytics", "necessary"]
[watch]
url = "http://shop.example/"
files = ["logs/*"]
every = "15m"
wait = 2
addresses = {{ DE = "{address_of("DE", 77)}", US-CA = "{address_of("US-CA", 78)}" }}
"""
)

CHANGED = {
    "finer mask": ("v4_bits = 16", "v4_bits = 24"),
    "sink without gate": ('"analytics", "necessary"]', '"analytics", "necessary", "profile"]'),
    "ads called necessary": ('uses = ["targeted_ads", "sale"]', 'uses = ["strictly_necessary"]'),
    "visitor id": ('visitor = "none"', 'visitor = "day"'),
}
"""Faults of the file that the site runs by."""

LEAKS = {
    "log": lambda word: word,
    "log percent": lambda word: "".join(f"%{ord(c):02X}" for c in word),
    "log percent twice": lambda word: "".join(f"%25{ord(c):02X}" for c in word),
    "log base64": lambda word: b64encode(f"q={word}&".encode()).decode(),
    "log hex": lambda word: word.encode().hex(),
    "log escaped": lambda word: "".join(f"\\u{ord(c):04x}" for c in word),
}
"""Faults of what the application writes into its log, and how it spells it."""

FRONT = (
    "gpc lost", "refusal lost", "set in front", "no purpose", "long life", "none without secure",
    "no gpc file", "no page", "no refusal", "down",
)  # fmt: skip
INSIDE = (
    "log agent", "log address", "log packed", "parquet", "database", "beside us", "reflected",
    "erasure blocked", "not delivered",
)  # fmt: skip
FAULTS = (*CHANGED, *LEAKS, *FRONT, *INSIDE)

EXPECTED = {
    **dict.fromkeys(
        (*LEAKS, "log agent", "log address", "log packed", "parquet", "database"), "PK330"
    ),
    **dict.fromkeys(("beside us", "reflected"), "PK330"),
    **dict.fromkeys(CHANGED, "PK331"),
    **dict.fromkeys(("gpc lost", "refusal lost", "set in front"), "PK326"),
    "no purpose": "PK320",
    "long life": "PK322",
    "none without secure": "PK323",
    "no gpc file": "PK327",
    "no page": "PK328",
    "no refusal": "PK329",
    "down": "PK333",
    "not delivered": "PK333",
    "erasure blocked": "PK332",
}
"""The id by which each fault is found."""


class WatchedHouse:
    """
    The shop.

    Attributes:
        now: Its time, Unix seconds.
        fault: What is wrong with it at present.
    """

    def __init__(self, folder: Path, seed: int = 1, more: str = "") -> None:
        self.folder = folder
        self.operator = OPERATOR + more
        self.now = time.time()
        self.fault = ""
        self.chance = Random(seed)
        self._last = ""
        (folder / "archive").mkdir()
        (folder / "logs").mkdir()
        self.config = str(lay_out(folder, self.operator))
        self.engine = None
        self.loop = asyncio.new_event_loop()
        self._run_by(self.operator)
        self.watcher = Watcher(
            self.config, WatchMeans(self.carry, self.clock, self.chance.randbytes, self.pause)
        )

    def clock(self):
        """Return the time."""
        return self.now

    def _run_by(self, config):
        """Serve by *config*, as a process that is started with another file."""
        self._end()
        running = self.folder / "running.toml"
        running.write_text(config)
        settings = load(running)
        engine = build(settings, base=str(running), clock=self.clock)
        self.backends = Backends(
            settings, Paths.beside(str(running)), counters=Counters(), clock=self.clock
        )
        routes = [Route("/", self.page), Route("/shop/{item}", self.page)]
        self.app = self.front(PrivacyMiddleware(Starlette(routes=routes), engine))
        self.engine = engine
        engine.start()
        self.deliver()

    def _end(self):
        if self.engine is not None:
            self.engine.stop(1.0)
            self.backends.stop(0)

    def ask(self, method, path, headers, body=b""):
        """Ask the application, as a server would; return status, headers and body."""
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(b"host", b"shop.example"), *headers],
            "client": ("127.0.0.1", 5000),
            "server": ("shop.example", 80),
            "state": {},
        }
        told = []

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            told.append(message)

        self.loop.run_until_complete(self.app(scope, receive, send))
        whole = b"".join(one.get("body", b"") for one in told[1:])
        return told[0]["status"], told[0]["headers"], whole

    def close(self):
        """End it."""
        self.watcher.close()
        self._end()
        self.loop.close()

    def deliver(self):
        """Deliver what waits, as a worker does."""
        self.backends.outbox.prepare()
        self.backends.deliverer().run_once()

    def pause(self, _seconds):
        """Let some time pass, in which events are committed and delivered."""
        time.sleep(0.02)
        if self.fault != "not delivered" and any(
            depth.pending for depth in self.backends.outbox.depths()
        ):
            self.deliver()

    def carry(self, ask):
        """Carry a request of a made-up visitor."""
        sent = [(name.encode(), value.encode("latin-1")) for name, value in ask.headers]
        sent.append((b"content-length", str(len(ask.body)).encode()))
        path = ask.url.removeprefix("http://shop.example")
        status, headers, body = self.ask(ask.method, path, sent, ask.body)
        told = tuple((k.decode().lower(), v.decode("latin-1")) for k, v in headers)
        return SiteAnswer(ask.url, status, told, body)

    def visitors(self, count):
        """Let people visit, from anywhere, with and without signals."""
        for _ in range(count):
            place = self.chance.choice(["DE", "FR", "US-CA", "US-TX", "BR", "JP"])
            headers = {
                "x-forwarded-for": address_of(place, self.chance.randrange(2, 250)),
                "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
                "accept-language": "de",
                **({"sec-gpc": "1"} if self.chance.random() < 0.3 else {}),
                **({"cookie": "pk-no=*:2026-11"} if self.chance.random() < 0.3 else {}),
            }
            sent = [(name.encode(), value.encode()) for name, value in headers.items()]
            self.ask("GET", f"/shop/{self.chance.randrange(99)}?q=shoes", sent)

    def seed(self, fault):
        """Bring *fault* about; an empty one mends what was wrong."""
        before, self.fault = self.fault, fault
        if before in CHANGED or fault in CHANGED:
            there = self.operator
            self._run_by(there.replace(*CHANGED[fault]) if fault in CHANGED else there)
        if fault == "erasure blocked":
            self._in_periods(
                "create trigger blocked before delete on event_periods"
                " begin select raise(ignore); end"
            )
        if before == "erasure blocked":
            self._in_periods("drop trigger if exists blocked")
            self._in_periods("delete from event_periods where body like '%Firefox 9%'")
        if before == "beside us":
            (self.folder / "archive" / "archive-2099_01.jsonl").unlink(missing_ok=True)
        if before == "not delivered":
            self.deliver()

    def _in_periods(self, statement):
        for path in self.folder.glob("privacykit-events*.db"):
            with closing(sqlite3.connect(path)) as database:
                there = database.execute(
                    "select 1 from sqlite_master where name = 'event_periods'"
                ).fetchone()
                if there:
                    database.execute(statement)
                    database.commit()

    async def page(self, request):
        """A page of the shop."""
        if self.fault == "down":
            return PlainTextResponse("broken", 500)
        privacy = request.state.privacy
        query = request.query_params.get("q", "")
        privacy.emit("kept", "necessary")
        privacy.emit("seen", "profile")
        privacy.emit("shown", "ads")
        self.write(request, query)
        ads = privacy.allows("ads")
        body = "<p>shop</p>" + ("<p>advertisement</p>" if ads else "")
        if self.fault == "reflected":
            body += f"<p>somebody looked for {self._last}</p>"
        self._last = query
        answer = HTMLResponse(body)
        answer.set_cookie("session", "value")
        answer.set_cookie(
            "lang", "de", max_age=(700 if self.fault == "long life" else 100) * 86_400
        )
        if ads:
            answer.set_cookie("_ga", "value", max_age=1000)
        if self.fault == "no purpose":
            answer.set_cookie("tracker", "value")
        if self.fault == "none without secure":
            answer.headers.append("set-cookie", "lang=de; Max-Age=99; SameSite=None")
        return answer

    def write(self, request, query):
        """Write what the application writes about a request."""
        logs = self.folder / "logs"
        line = f"GET {urlsplit(str(request.url)).path} 200"
        raw = request.scope["raw"]
        if self.fault in LEAKS:
            line += f" {LEAKS[self.fault](query)}"
        elif self.fault == "log agent":
            line += json.dumps({"agent": raw.get("user-agent", "")})
        elif self.fault == "log address":
            line += f" from {quote(raw.get('x-forwarded-for', ''))}"
        with (logs / "access.log").open("a") as log:
            log.write(line + "\n")
        if self.fault == "log packed":
            (logs / "access.log.1.gz").write_bytes(gzip.compress(str(request.url).encode()))
        elif self.fault == "parquet" and query:
            table = pa.table({"searched": [query]})
            pyarrow.parquet.write_table(table, logs / "searches.parquet", compression="zstd")
        elif self.fault == "beside us":
            with (self.folder / "archive" / "archive-2099_01.jsonl").open("a") as archive:
                archive.write(json.dumps({"id": "ffffffff", "url": str(request.url)}) + "\n")
        elif self.fault == "database" and query:
            with closing(sqlite3.connect(logs / "shop.db")) as database:
                database.execute("create table if not exists searched (words text)")
                database.execute("insert into searched values (?)", [query])
                database.commit()

    def front(self, app):
        """Stand in front of the site, as a proxy does."""

        async def fronted(scope, receive, send):
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            path = scope["path"]
            raw = {name.decode(): value.decode() for name, value in scope["headers"]}
            lost = {"gpc lost": b"sec-gpc", "refusal lost": b"cookie"}.get(self.fault)
            if self.fault == "refusal lost" and path.startswith("/privacy"):
                lost = None
            kept = [one for one in scope["headers"] if one[0] != lost]
            scope = {**scope, "headers": kept, "raw": raw}
            taken = {"no gpc file": "/.well-known/gpc.json", "no page": "/privacy/"}
            if path == taken.get(self.fault):
                scope = {**scope, "path": "/nowhere", "raw_path": b"/nowhere"}

            async def changed(message):
                if message["type"] == "http.response.start":
                    headers = list(message["headers"])
                    if path == "/privacy/":
                        headers = [one for one in headers if one[0].lower() != b"content-length"]
                    if self.fault == "set in front" and not path.startswith("/privacy"):
                        headers.append((b"set-cookie", b"_ga=value; Max-Age=1000"))
                    message = {**message, "headers": headers}
                if message["type"] == "http.response.body" and path == "/privacy/":
                    message = {**message, "body": self._shown(message.get("body", b""))}
                await send(message)

            await app(scope, receive, changed)

        return fronted

    def _shown(self, body):
        button = b'<button name="action" value="refuse">'
        start = body.find(button)
        if self.fault != "no refusal" or start < 0:
            return body
        return body[:start] + body[body.find(b"</button>", start) + len(b"</button>") :]
