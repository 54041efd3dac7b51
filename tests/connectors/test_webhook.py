"""Sending to a recipient's webhook."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx2
import pytest

from privacykit.connectors.webhook import MOST_ANSWER, Webhooks, check_url
from privacykit.errors import ConfigurationError
from privacykit.govern.propagation import Answer


def _hooks(handler) -> Webhooks:
    return Webhooks(httpx2.MockTransport(handler))


def test_message_arrives_as_it_was_signed():
    """Body and headers reach the recipient unchanged; its reference comes back."""
    seen = []

    def recipient(call):
        seen.append((call.method, call.read(), call.headers["webhook-id"]))
        return httpx2.Response(200, json={"id": "job-7"})

    with _hooks(recipient) as hooks:
        answer = hooks.send("https://mailer.example/hook", {"webhook-id": "e1"}, b'{"a": 1}')

    assert (seen, answer) == ([("POST", b'{"a": 1}', "e1")], Answer("acknowledged", "job-7"))


def test_redirect_is_not_followed():
    """An identity goes nowhere but to the URL of the data map."""
    seen = []

    def recipient(call):
        seen.append(call.url.host)
        return httpx2.Response(307, headers={"location": "https://elsewhere.example/"})

    with _hooks(recipient) as hooks:
        answer = hooks.send("https://mailer.example/", {}, b"{}")

    assert (seen, answer.status) == (["mailer.example"], "pending")


def test_dead_recipient_is_tried_again():
    """No answer is no failure."""

    def recipient(_):
        raise httpx2.ConnectError("refused")

    with _hooks(recipient) as hooks:
        assert hooks.send("https://mailer.example/", {}, b"{}").status == "pending"


def test_endless_answer_is_cut():
    """A recipient cannot fill our memory."""

    def recipient(_):
        return httpx2.Response(200, content=b"x" * (MOST_ANSWER * 3))

    with _hooks(recipient) as hooks:
        assert hooks.send("https://mailer.example/", {}, b"{}") == Answer("acknowledged")


def test_real_server_is_reached():
    """The same over a real socket on this machine."""

    class Recipient(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Recipient)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with Webhooks() as hooks:
            answer = hooks.send(f"http://127.0.0.1:{server.server_port}/", {}, b"{}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert answer == Answer("pending")


@pytest.mark.parametrize(
    "url", ["http://mailer.example/", "ftp://x/", "mailer.example", "https://", "file:///etc"]
)
def test_url_in_the_clear_is_refused(url):
    """Identities travel encrypted or not at all."""
    with pytest.raises(ConfigurationError, match="PK252"):
        check_url(url)
