"""Sending to a recipient's webhook."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx2
import pytest

from privacykit.errors import ConfigurationError
from privacykit.govern.requests.notify import RecipientAnswer
from privacykit.recipients.webhook import MOST_ANSWER, Webhooks, check_url


def _hooks(handler) -> Webhooks:
    return Webhooks(lambda: 0.0, httpx2.MockTransport(handler))


def test_message_arrives_as_it_was_signed():
    """Body and headers reach the recipient unchanged; its reference comes back."""
    seen = []

    def recipient(call):
        seen.append((call.method, call.read(), call.headers["webhook-id"]))
        return httpx2.Response(200, json={"id": "job-7"})

    with _hooks(recipient) as hooks:
        answer = hooks.send("https://mailer.example/hook", {"webhook-id": "e1"}, b'{"a": 1}')

    assert (seen, answer) == (
        [("POST", b'{"a": 1}', "e1")],
        RecipientAnswer("acknowledged", "job-7"),
    )


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
        assert hooks.send("https://mailer.example/", {}, b"{}") == RecipientAnswer("acknowledged")


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
        with Webhooks(lambda: 0.0) as hooks:
            answer = hooks.send(f"http://127.0.0.1:{server.server_port}/", {}, b"{}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert answer == RecipientAnswer("pending")


def test_asked_wait_is_heard_as_a_date_too():
    """A recipient may say when, not only how long."""

    def recipient(_):
        return httpx2.Response(503, headers={"retry-after": "Thu, 01 Jan 1970 01:00:00 GMT"})

    with _hooks(recipient) as hooks:
        assert hooks.send("https://mailer.example/", {}, b"{}").wait == 3600.0


@pytest.mark.parametrize("url", ["http://mailer.example/", "https://anna:word@mailer.example/"])
def test_url_that_shows_a_secret_is_refused_unquoted(url):
    """Identities travel encrypted or not at all; a password is not repeated."""
    with pytest.raises(ConfigurationError, match="PK252") as refusal:
        check_url(url)
    assert "mailer" not in str(refusal.value)
