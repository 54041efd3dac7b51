"""P1 for the request form: whoever asks comes out of no page, log or file before they confirm."""

from __future__ import annotations

import http.client
import logging
from urllib.parse import urlencode, urlsplit

from tests.browsers import served
from tests.waiting import eventually
from tests.web.requests import mailbox
from tests.web.requests.conftest import token_in

EMAIL = "canary.7f3a@example.org"


class AccessLog(logging.Handler):
    """Keeps the lines of the server's access log."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        """Keep one."""
        self.lines.append(record.getMessage())


def test_nothing_of_who_asks_comes_out(shop):
    """Not out of the pages, the access log or our files; and no token out of the log."""
    log, told = AccessLog(), []
    logger = logging.getLogger("uvicorn.access")
    with served(shop.app, log_level="info", access_log=True) as address:
        logger.addHandler(log)
        try:
            ask(address, told)
        finally:
            logger.removeHandler(log)
    assert len(told) == 5
    pages = b"".join(told)
    files = b"".join(path.read_bytes() for path in shop.folder.iterdir() if path.is_file())
    lines = "\n".join(log.lines)
    assert "/privacy/request/status" in lines
    token = urlsplit(mailbox.link()).query.partition("=")[2]
    assert EMAIL.encode() not in pages + files
    assert token not in lines
    assert "abcdef" not in lines
    assert EMAIL not in lines


def ask(address, told):
    """Ask, and look at what is there without confirming."""
    port = urlsplit(address).port
    own = {
        "origin": address,
        "sec-fetch-site": "same-origin",
        "content-type": "application/x-www-form-urlencoded",
    }

    def send(method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request(method, path, urlencode(body) if body else None, own)
        answer = connection.getresponse()
        told.append(str(answer.headers).encode() + answer.read())
        connection.close()
        return told[-1].decode()

    fields = {"right": "access", "email": EMAIL, "who": "agent", "about": EMAIL}
    send("POST", "/privacy/request", fields)
    eventually(lambda: mailbox.MAILS)
    assert token_in(send("GET", mailbox.link()))
    send("POST", "/privacy/request/confirm", {"t": EMAIL})
    send("GET", "/privacy/request/status?t=abcdef")
    send("POST", "/privacy/request/cancel", {"t": EMAIL})
