"""Somebody on the way takes TLS away: nothing of ours goes there in the clear."""

import gc
import smtplib
import socket
import ssl
import threading
import warnings

import pytest
from sqlalchemy import text

from privacykit import sinks
from privacykit.collect.events.format import EventConsent
from privacykit.errors import SinkError, StoreError
from privacykit.operate.protocols.mail import send_by_smtp
from privacykit.settings.requests.tables import SmtpTable
from privacykit.sinks import SinkConfig, build
from privacykit.stores.database.engine import open_engine, reading
from privacykit.testing.samples import NOW, rich_row
from privacykit.testing.sinks.broker_contract import sent
from privacykit.testing.sinks.contract import run
from privacykit.web.requests.ports import ConfirmationMail
from tests.operate.protocols.authority import certificate, pem_of, rsa_key

SECRET = "geheim-s3cret"
HERE = {"memory", "jsonl", "duckdb", "sql"}
"""Kinds that reach nothing over a network, or what a driver reaches."""

NATS = b'INFO {"server_id":"A","version":"2.10.0","max_payload":1048576,"headers":true}\r\n'
MARIADB = bytes.fromhex(
    "4e0000000a31302e362e302d4d61726961444200010000006162636465666768"
    "00fef7080200bf811500000000000000000000"
    "6162636465666768696a6b6c006d7973716c5f6e61746976655f70617373776f726400"
)
"""A greeting that offers no TLS."""

SCHEMES = {"amqp": "amqps", "kafka": "kafkas", "mqtt": "mqtts", "nats": "tls", "redis": "rediss"}
SITE = {"shop": "https://shop.example"}
OPTIONS = {
    "ga4": {"measurement_id": "G-1234567890", "site_url": SITE},
    "hubspot": {"hub_id": 1, "contact": "lead"},
    "kafka": {"user": "me", "topic": "t", "timeout": 2.0},
    "matomo": {"idsite": {"shop": 1}, "site_url": SITE},
    "nats": {"user": "me", "timeout": 2.0},
    "plausible": {"domain": {"shop": "shop.example"}},
    "redis": {"user": "me", "keep": "1 day", "timeout": 2.0},
    "snowplow": {"vendor": "com.shop", "site_url": SITE},
    "umami": {"website": {"shop": "w"}, "hostname": {"shop": "shop.example"}},
}
DATABASES = {
    "postgresql": ("postgresql+psycopg://me:{s}@127.0.0.1:{p}/d?sslmode=require", b"", b"N"),
    "mariadb": ("mariadb+pymysql://me:{s}@127.0.0.1:{p}/d?ssl_verify_cert=true", MARIADB, b""),
}

EVENT = rich_row(
    1,
    consent=EventConsent({"ads": "allow"}, "consent", ("DE@0123456789ab",), ()),
    props={"lead": 1},
)
"""An event that every kind takes."""


class PlainServer:
    """A server that speaks no TLS, or one that nobody believes; it keeps what it was told."""

    def __init__(self, greeting=b"", answer=b"", context=None):
        self._greeting, self._answer, self._context = greeting, answer, context
        self.heard = bytearray()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                line, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._listen, args=(line,), daemon=True).start()

    def _listen(self, line):
        with line:
            line.settimeout(3)
            try:
                line.sendall(self._greeting)
                if self._context:
                    line = self._context.wrap_socket(line, server_side=True)
                while said := line.recv(65536):
                    self.heard += said
                    line.sendall(self._answer)
            except OSError:
                return

    def close(self):
        """Take nobody more."""
        self._door.close()


@pytest.fixture
def plain():
    """Makes servers without TLS."""
    made = []

    def server(*said):
        made.append(PlainServer(*said))
        return made[-1]

    yield server
    for one in made:
        one.close()


def heard(server):
    """Return which words of ours *server* was told."""
    return [word for word in (SECRET, "CONNECT", "specversion") if word.encode() in server.heard]


def told_by(kind, port):
    """Return what a sink of *kind* says of the server at *port*, behind a URL that wants TLS."""
    at, keys = f"127.0.0.1:{port}", dict(OPTIONS.get(kind, {}))
    url = f"{SCHEMES.get(kind, 'https')}://{at}"
    if kind == "objects":
        keys |= {"endpoint": url, "region": "r", "user": "me", "gather": 0}
        url = "s3://bucket/prefix"
    key = "key" if kind == "objects" else "token"
    secrets = {} if kind in {"plausible", "snowplow", "umami"} else {key: lambda: SECRET}
    made = build(SinkConfig("s", kind, lambda: NOW, url=url, options=keys, **secrets))
    with pytest.raises(SinkError) as caught:
        run(sent(made, [EVENT]))
    told = str(caught.value)
    del caught, made
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        gc.collect()  # paho leaves the socket of a handshake that failed to the collector
    return told


@pytest.mark.parametrize("kind", sorted(set(sinks.OURS) - HERE))
def test_no_sink_speaks_in_the_clear_behind_a_url_that_wants_tls(kind, plain):
    """Neither a credential nor an event arrives where the other side offers no TLS."""
    server = plain(NATS if kind == "nats" else b"", b"HTTP/1.1 200 OK\r\n\r\n")
    assert (told_by(kind, server.port)[:5], heard(server)) == ("PK166", [])


@pytest.mark.parametrize("which", list(DATABASES))
def test_no_database_is_spoken_to_in_the_clear_where_tls_is_wanted(which, plain):
    """The drivers keep to it: `sslmode=require` and `ssl_verify_cert` are no wishes."""
    url, greeting, answer = DATABASES[which]
    server = plain(greeting, answer)
    engine = open_engine(url.format(s=SECRET, p=server.port), kind="events")
    with pytest.raises(StoreError), reading(engine) as connection:
        connection.scalar(text("select 1"))
    engine.dispose()
    assert heard(server) == []


def test_no_letter_is_sent_in_the_clear_where_starttls_is_wanted(plain):
    """A mail server that does not offer it gets neither a password nor a letter."""
    server = plain(b"220 mail\r\n", b"250 mail\r\n")
    where = SmtpTable(
        host="127.0.0.1", port=server.port, sender="a@shop.example", user="me", password=SECRET
    )
    with pytest.raises(smtplib.SMTPException):
        send_by_smtp(where, ConfirmationMail("b@shop.example", "specversion", "specversion", "en"))
    assert heard(server) == []


@pytest.mark.parametrize("kind", ["amqp", "clickhouse", "http", "mqtt", "nats", "objects", "redis"])
def test_a_certificate_that_is_not_believed_is_said_to_be(kind, plain, tmp_path):
    """Whoever reads `no answer` waits for a server that is there."""
    key = rsa_key("shop")
    (tmp_path / "it.pem").write_text(certificate("127.0.0.1", key, signer="self") + pem_of(key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "it.pem")
    greeting = NATS.replace(b"{", b'{"tls_required":true,') if kind == "nats" else b""
    server = plain(greeting, b"", context)
    assert "PK166 the certificate there is not believed" in told_by(kind, server.port)
