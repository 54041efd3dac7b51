"""A shop with something in every store, as it should be; tests put into it what should not."""

from __future__ import annotations

import gzip
import json
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import anyio
import msgspec
from sqlalchemy import create_engine, text

from privacykit.collect.counters import Counters
from privacykit.collect.events.format import decode_event
from privacykit.collect.ports import ConsentRecord, OutboxRow
from privacykit.operate.context import OperatorContext
from privacykit.pseudonym.salts import local_day
from privacykit.pseudonym.visitor import consented_id
from privacykit.settings.backends import Backends
from privacykit.settings.policies import shipped_policies
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.events import EventStore
from privacykit.stores.outbox.store import OutboxStore
from privacykit.stores.salts.sql import SqlSaltStore
from privacykit.testing.layout import lay_out
from privacykit.testing.samples import rich_row
from privacykit.verify.asked import Sampling, Verification
from privacykit.verify.run import run

DAY = 86_400
CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
timezone = "Europe/Berlin"
establishments = ["DE"]
[events]
url = "{own}"
[records]
url = "{own}"
[salts]
url = "sqlite:///salts.db"
[purposes.necessary]
uses = ["strictly_necessary"]
visitor = "none"
retention = "13 months"
[purposes.analytics]
uses = ["analytics_no_storage"]
retention = "13 months"
[purposes.profile]
uses = ["analytics_storage"]
visitor = "consented"
identified = true
retention = "6 months"
[purposes.ads]
uses = ["targeted_ads", "sale"]
retention = "3 months"
[[sinks]]
name = "lines"
type = "jsonl"
folder = "lines"
purposes = ["analytics"]
[[sinks]]
name = "ducks"
type = "duckdb"
file = "ducks/events.duckdb"
purposes = ["analytics"]
[[sinks]]
name = "lake"
type = "objects"
folder = "lake"
gather = 0
purposes = ["analytics"]
[verify]
logs = ["logs/*.log*"]
"""
MAP = """\
version = 1
[datasets.shop]
url = "{app}"
[datasets.papers]
path = "papers"
[collections.shop.customers]
subject = true
[collections.shop.customers.fields]
id = {{ exclude = "a number" }}
email = {{ category = "user.contact.email", identity = "email" }}
name = "user.name"
settings = {{ exclude = "what the shop looks like" }}
[collections.shop.orders]
retention = {{ duration = "30 days", from = "placed" }}
[collections.shop.orders.fields]
id = {{ exclude = "a number" }}
customer_id = {{ category = "user.unique_id", relation = "owned_by" }}
placed = {{ exclude = "a time" }}
note = "user.content"
[collections.papers.letters]
subject = true
[collections.papers.letters.fields]
email = {{ category = "user.contact.email", identity = "email" }}
town = {{ exclude = "where the shop is" }}
"""
SHOP = """
create table customers (id integer primary key, email varchar(90) unique, name varchar(90),
    settings text);
create table orders (id integer primary key, customer_id integer references customers (id),
    placed timestamp, note text);
create index orders_customer on orders (customer_id);
create index orders_placed on orders (placed);
insert into customers values (1, 'anna@shop.example', 'Anna', '{"colour": "red"}');
"""
CLEAN_LOG = b'203.0.113.0 - - [30/Nov/2026:10:00:00 +0000] "GET /shoes HTTP/1.1" 200 5 "-" "-"\n'


class Installation:
    """
    A shop in *folder*, its stores in the database *own*, the application's in *app*.

    Every member that makes something makes it as it should be, but for what it is told.
    """

    def __init__(self, folder, own="sqlite:///own.db", app="sqlite:///app.db", extra=""):
        self.folder = folder
        self.now = time.time()
        for name in ("lines", "ducks", "lake", "logs", "papers"):
            (folder / name).mkdir()
        self.config = lay_out(folder, CONFIG.format(own=own) + extra)
        (folder / "datamap.toml").write_text(MAP.format(app=app))
        (folder / "logs" / "access.log").write_bytes(CLEAN_LOG)
        (folder / "papers" / "letters.jsonl").write_text(
            '{"email":"anna@shop.example","town":"Berlin"}\n'
        )
        self.app_url = app.replace("sqlite:///", f"sqlite:///{folder}/")
        self.own_url = own.replace("sqlite:///", f"sqlite:///{folder}/")
        self.sql(*filter(str.strip, SHOP.split(";")))
        self.context = OperatorContext(str(self.config))
        self._number = 0
        self._engine = open_engine(self.own_url, kind="events")
        self.store = EventStore(self._engine)
        self.store.ensure_periods(self.now, 0)
        self.outbox = OutboxStore(self._engine)
        self.outbox.prepare()
        self.context.audit.append("system", "test.began", detail={"rows": 1})
        self.policy = shipped_policies().get("DE").label
        self._fill()

    def sql(self, *statements, own=False):
        """Do *statements* in the application's database, or in ours."""
        engine = create_engine(self.own_url if own else self.app_url)
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement.replace(":", "\\:")))
        engine.dispose()

    def _fill(self):
        self.keep(self.row())
        self.wait(self.row(), "lines")
        consent = self.consent()
        key = self.context.keys.current("subject").value
        self.keep(self.row("profile", visitor=consented_id(key, consent), source="consent"))
        self.deliver("lines", self.row())
        self.deliver("ducks", self.row())
        self.deliver("lake", self.row())
        self.salt()
        self.context.seal()

    def row(self, purpose="analytics", *, at=None, source="law", **data):
        """Return an event of now; what is said of its data, envelope or decision replaces that."""
        self._number += 1
        at = self.now - 60 if at is None else at
        sample = rich_row(self._number)
        table = self.context.settings.purposes[purpose] if purpose in self.purposes else None
        days = 30 * table.retention.months if table else 90
        end = data.pop("expires_at", int(at + days * DAY))
        envelope = {name: data.pop(name) for name in ("record", "subject", "sinks") if name in data}
        if "visitor" not in data:
            data["visitor"] = None if purpose == "necessary" else f"{self._number:032x}"
        body = msgspec.to_builtins(decode_event(sample.body))
        ms = int(at * 1000)
        id_ = f"{ms:012x}"[:8] + "-" + f"{ms:012x}"[8:] + f"-7000-8000-{self._number:012d}"
        body |= {"id": id_, "time": _iso(at)}
        consent = {"purposes": {purpose: "allow"}, "source": source, "signals": []}
        body["data"] |= {
            "purpose": purpose,
            "consent": consent | {"policies": [self.policy]},
            "expires_at": _iso(end),
            "ip": "203.0.113.0",
            "ip_bits": 24,
            "props": {"colour": "red"},
        }
        body["data"] |= data
        kept = msgspec.structs.replace(
            sample.envelope,
            id=id_,
            purpose=purpose,
            expires_at=end,
            visitor=body["data"]["visitor"],
            **({"record": None, "subject": None} | envelope),
        )
        return OutboxRow(kept, msgspec.json.encode(body))

    @property
    def purposes(self):
        """The names of the purposes."""
        return self.context.settings.purposes

    def keep(self, row, table=None):
        """Put *row* into the event store, whatever it is; into *table* if that is said."""
        at = json.loads(row.body)["time"]
        values = {
            name: getattr(row.envelope, name)
            for name in ("id", "site", "purpose", "expires_at", "visitor", "record", "subject")
        }
        values |= {
            "name": "order placed",
            "time": round(datetime.fromisoformat(at).timestamp() * 1000),
            "body": row.body.decode(),
        }
        from privacykit.stores.events.event_tables import HELD
        from privacykit.stores.events.layout import period_layout
        from privacykit.stores.events.periods import Period

        layout, period = period_layout(self._engine), Period.of(row.envelope.expires_at)
        if period not in layout.existing():
            layout.create(period)
        shelf = layout.shelf(period)
        engine, place = (self._engine, HELD) if table == "held" else (shelf.engine, shelf.table)
        with engine.begin() as connection:
            connection.execute(place.insert(), values)

    def wait(self, row, sink):
        """Let *row* wait for *sink*."""
        envelope = msgspec.structs.replace(row.envelope, sinks=(sink,))
        self.outbox.add([OutboxRow(envelope, row.body)], self.now)

    def reject(self, row, sink):
        """Let *sink* have refused *row*."""
        self.wait(row, sink)
        self.outbox.lease(sink, "0" * 16, 1000, until=self.now + 60, now=self.now)
        self.outbox.reject(sink, [(row.envelope.id, "unreadable")], "0" * 16, self.now)

    def consent(self, purposes=("profile",), given=None, withdrawn=None):
        """Keep a consent; return its record."""
        self._number += 1
        record = f"r{self._number:021d}"
        given = self.now - 3600 if given is None else given
        self.context.consents.add(
            ConsentRecord(record, "shop", tuple(purposes), "v1", (self.policy,), given, None, False)
        )
        if withdrawn is not None:
            self.context.consents.withdraw(record, withdrawn)
        return record

    def deliver(self, sink, *rows):
        """Have the real sink write *rows*."""
        settings, paths = self.context.settings, self.context.paths
        backends = Backends(settings, paths, counters=Counters(), clock=lambda: self.now)

        async def send():
            built = backends.sink(sink)
            told = await built.send(rows)
            assert not told.rejected
            await built.close()

        anyio.run(send)

    def salt(self, days_ago=0):
        """Keep a salt of so many days ago."""
        at = self.now - days_ago * DAY
        day = local_day(at, ZoneInfo("Europe/Berlin"))
        store = SqlSaltStore(f"sqlite:///{self.folder}/salts.db")
        store.get_or_create("shop", day.date, b"s" * 31 + bytes([days_ago]), day.until, at)

    def log(self, name, line, packed=False):
        """Write a log file of a line."""
        path = self.folder / "logs" / name
        path.write_bytes(gzip.compress(line + b"\n") if packed else line + b"\n")

    def close(self):
        """Seal the audit log and close everything."""
        self.context.seal()
        self.context.close()
        self._engine.dispose()

    def verify(self, *claims, sampling=None):
        """Return the results of a run, by claim."""
        from privacykit.cli.datamap.command import examine

        sampling = sampling or Sampling(None, lambda: 0.0)
        config = str(self.config)
        asked = Verification(config, sampling, lambda: examine(config, frozenset()), time.time)
        try:
            made = asked.claims(claims)
            results = run(made, asked.places(), sampling.most, sampling.random)
        finally:
            asked.close()
        return {one.claim: one for one in results}


def found(results):
    """Return what was found: ids and places."""
    return {(one.id, one.place) for result in results.values() for one in result.violations}


def _iso(at):
    told = datetime.fromtimestamp(int(at * 1000) / 1000, UTC).isoformat(timespec="milliseconds")
    return told.replace("+00:00", "Z")


@contextmanager
def installed(folder, **options):
    """Lend an installation."""
    made = Installation(folder, **options)
    try:
        yield made
    finally:
        made.close()
