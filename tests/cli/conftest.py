"""A shop of three tables, a recipient, and its command line at a time of our choice."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import time_machine

from privacykit.cli.main import main

CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
establishments = ["DE"]
[purposes.analytics]
uses = ["analytics_no_storage"]
[purposes.ads]
uses = ["targeted_ads", "sale"]
"""
MAP = """
[recipients.mailer]
name = "Mailer Ltd"
url = "http://127.0.0.1:{port}/hook"
[recipients.printer]
name = "The printer next door"
[datasets.shop]
url = "sqlite:///shop.db"
recipients = ["mailer", "printer"]
[reasons.tax]
citation = "AO 147"
duration = "10 years"
[collections.shop.customers]
subject = true
restriction = {{ column = "restricted" }}
[collections.shop.customers.fields]
id = {{ exclude = "a number" }}
email = {{ category = "user.contact.email", identity = "email" }}
name = "user.name"
restricted = {{ exclude = "a mark" }}
[collections.shop.orders]
[collections.shop.orders.fields]
id = {{ exclude = "a number" }}
customer_id = {{ category = "user.unique_id", relation = "owned_by" }}
note = "user.content"
"""
SHOP = """
create table customers (id integer primary key, email text unique, name text, restricted bool);
create table orders (id integer primary key, customer_id integer references customers, note text);
create index orders_customer on orders (customer_id);
insert into customers values (1, 'anna@shop.example', 'Anna', 0), (2, 'ben@shop.example', 'Ben', 0);
insert into orders values (1, 1, 'for Anna'), (2, 2, 'for Ben'), (3, 1, 'again');
"""
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ANNA = "anna@shop.example"


class Terminal(io.StringIO):
    """Somebody types."""

    def isatty(self):
        return True


class _Mailer(HTTPServer):
    """A recipient that answers as it is told, and remembers what it heard."""

    def __init__(self):
        self.heard, self.answer = [], 200
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                server.heard.append((self.headers["webhook-id"], json.loads(body)))
                self.send_response(server.answer)
                self.end_headers()
                self.wfile.write(b'{"id": "job-7"}')

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def mailer():
    """A recipient on this machine."""
    server = _Mailer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def run(tmp_path, monkeypatch, capsys, mailer):
    """Run a command in a shop; gives exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "privacykit.toml").write_text(CONFIG)
    (tmp_path / "datamap.toml").write_text(MAP.format(port=mailer.server_port))
    with closing(sqlite3.connect(tmp_path / "shop.db")) as shop:
        shop.executescript(SHOP)

    def run(*arguments, at=NOW, stdin="", terminal=False):
        monkeypatch.setattr(sys, "argv", ["privacykit", *arguments])
        monkeypatch.setattr(sys, "stdin", Terminal(stdin) if terminal else io.StringIO(stdin))
        with time_machine.travel(at, tick=False), pytest.raises(SystemExit) as ended:
            main()
        return (ended.value.code or 0, *capsys.readouterr())

    assert run("keys", "init")[0] == 0
    return run


@pytest.fixture
def filed(run):
    """File a request of Anna's, prove and approve it unless told not to; gives its id."""

    def filed(wanted, *options, approve=True):
        arguments = ("request", "new", wanted, "--email", ANNA, "--place", "DE", *options)
        code, out, err = run(*arguments, "--json")
        assert code == 0, err
        request = json.loads(out)["id"]
        if approve:
            run("request", "prove", request, "--method", "logged_in")
            assert run("request", "approve", request)[0] == 0
        return request

    return filed


@pytest.fixture
def rows(tmp_path):
    """Read a table of the shop."""

    def rows(table):
        with closing(sqlite3.connect(tmp_path / "shop.db")) as shop:
            return shop.execute(f"select * from {table} order by id").fetchall()

    return rows


@pytest.fixture
def shown(run):
    """Plan a request; gives the options that carry the plan out."""

    def shown(request):
        code, out, _ = run("request", "run", request, "--json")
        assert code == 0
        plan = json.loads(out)
        return ("--plan", plan["plan_id"], "--digest", plan["targets_digest"])

    return shown
