"""``report send``: each report once, as JSON that its receiver can prove; a real server."""

from __future__ import annotations

import hmac
import json
import threading
from base64 import b64decode, b64encode
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from typer.testing import CliRunner

from privacykit.cli.main import app
from privacykit.errors import BackendError, InputError
from tests.cli.report.samples import STEPS, lay_events, words

KEY = b64encode(b"0123456789abcdef01234567").decode()
FUNNEL = f"funnel --steps {STEPS}"


@pytest.fixture
def hook():
    """A receiver on this machine: what it got, and what it answers."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            server.got.append((dict(self.headers), body))
            self.send_response(server.status)
            self.end_headers()

        def log_message(self, *args):
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.status = [], 204
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sent(tmp_path, hook):
    """Return what sends reports of a small file of events to the receiver."""
    typed = words(lay_events(tmp_path))
    config = tmp_path / "privacykit.toml"
    config.write_text(
        f'[reports]\nhook = "http://127.0.0.1:{hook.server_port}/r"\nkey = "whsec_{KEY}"\n'
    )

    def send(*more):
        run = CliRunner().invoke(app, ["report", "send", "-c", str(config), *typed, *more])
        if isinstance(run.exception, Exception):
            raise run.exception
        return run.stdout

    send.config = config
    return send


def test_each_report_is_a_message_that_is_signed(sent, hook):
    """With an id of its own, over the bytes that were sent."""
    told = sent("--report", FUNNEL, "--report", "funnel --steps landing,buy")
    assert told == "sent: 1-funnel\nsent: 2-funnel\n"
    headers, body = hook.got[0]
    headers = {name.lower(): value for name, value in headers.items()}
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.digest(b64decode(KEY), content, sha256)
    assert headers["webhook-signature"] == f"v1,{b64encode(mac).decode()}"
    message = json.loads(body)
    assert (message["type"], message["data"]["entered"]) == ("privacykit.report", 400)
    assert len({got["webhook-id"] for got, _ in hook.got}) == 2


def test_a_hook_that_does_not_take_it_is_said(sent, hook):
    """The command fails, so that whoever runs it by a timer sees it."""
    hook.status = 503
    with pytest.raises(BackendError, match="did not take 1-funnel: http 503"):
        sent("--report", FUNNEL)


@pytest.mark.parametrize("status", [200, 202])
def test_a_hook_may_work_on_it_later(sent, hook, status):
    """Taken is taken."""
    hook.status = status
    assert sent("--report", FUNNEL) == "sent: 1-funnel\n"


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("", "say where to send reports"),
        ('[reports]\nhook = "https://a.example/"\n', "say where to send reports"),
        (f'[reports]\nhook = "http://a.example/"\nkey = "whsec_{KEY}"\n', "is https"),
    ],
    ids=["nothing", "no-key", "in-the-clear"],
)
def test_without_a_place_to_send_to_nothing_is_asked(sent, hook, config, told):
    """The configuration has to say where, and that must be private."""
    sent.config.write_text(config)
    with pytest.raises(InputError, match=told):
        sent("--report", FUNNEL)
    assert hook.got == []


def test_without_a_report_there_is_nothing_to_send(sent):
    """It says what would be one."""
    with pytest.raises(InputError, match="say what to send"):
        sent()
