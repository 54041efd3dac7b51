"""Where parties are called, whatever they and their name servers say; and how often."""

from __future__ import annotations

import json
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor, wait
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread

import httpx2
import pytest

from privacykit.errors import BackendError
from privacykit.operate.protocols.clients.addresses import checked_addresses
from privacykit.operate.protocols.clients.ddrf import PartnerFiles
from privacykit.operate.protocols.clients.outgoing import PartyClient
from tests.operate.protocols.authority import certificate, pem_of, root, rsa_key, speaking

VENDOR = "https://vendor.example"
ABROAD, ELSEWHERE = "93.184.215.14", "93.184.215.15"
FILE = json.dumps({"endpoint": VENDOR, "identifiers": [], "publicKey": []}).encode()


def leads(monkeypatch, *answers):
    """Let every name lead to the first of *answers*, then to the next, and to the last for good."""
    left = list(answers)

    def look_up(_host, port, *_, **__):
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET6 if ":" in it else 2, 1, 6, "", (it, port)) for it in found]

    monkeypatch.setattr("socket.getaddrinfo", look_up)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:9200",
        "http://127.0.0.1:6379",
        "http://[::1]/",
        "http://vendor.example/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://10.0.0.5",
        "https://169.254.169.254",
        "https://[::1]",
        "https://[::ffff:10.0.0.5]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[2002:0a00:0005::1]/",
        "https://224.0.0.1/",
        "https://0.0.0.0/",
        "https://2130706433/",
        "https://127.1/",
        "https://a:b@vendor.example/",
        "https://[::1",
    ],
)
def test_what_a_party_names_is_not_called_inside_our_network(url):
    """Only the operator may write such an address."""
    with pytest.raises(BackendError, match="PK373"):
        checked_addresses(url, VENDOR)


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("http://localhost:9200/a", "http://localhost:9200"),
        ("https://10.0.0.5:443/a", "https://10.0.0.5"),
        ("http://127.0.0.1:6379/a", None),
        ("https://[fd00::1]/a", None),
    ],
)
def test_an_address_that_the_operator_wrote_is_called_as_it_is(url, written):
    """At its very port."""
    assert checked_addresses(url, written) is None


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("http://localhost:9200/", "http://localhost:8080"),
        ("https://10.0.0.5:9200/", "https://10.0.0.5"),
        ("http://10.0.0.5/", "https://10.0.0.5"),
        ("https://localhost:8080/", "http://localhost:8080"),
    ],
)
def test_another_port_of_it_is_not(url, written):
    """What else listens there is nobody's business."""
    with pytest.raises(BackendError, match="PK373"):
        checked_addresses(url, written)


@pytest.mark.parametrize("inside", ["10.0.0.7", "169.254.169.254", "fd00::1", "::1"])
def test_one_address_of_a_name_inside_our_network_is_enough(monkeypatch, inside):
    """Whoever wrote the name."""
    leads(monkeypatch, [ABROAD, inside])
    for written in (None, VENDOR):
        with pytest.raises(BackendError, match="own network"):
            checked_addresses(f"{VENDOR}/delete", written)


def test_a_party_may_name_another_host_of_the_open_internet(monkeypatch):
    """Its endpoint may be at a service."""
    leads(monkeypatch, [ABROAD, ABROAD, ELSEWHERE])
    assert checked_addresses("https://service.example/a", VENDOR) == (ABROAD, ELSEWHERE)


@pytest.fixture
def vendor(tmp_path):
    """A server on loopback whose certificate is of ``vendor.example``; what it heard."""
    pem = tmp_path / "vendor.pem"
    key = rsa_key("vendor")
    pem.write_text(certificate("vendor.example", key) + pem_of(key))
    heard = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(("host", self.headers["host"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.sni_callback = lambda _socket, name, _context: heard.append(("sni", name))
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_port, heard
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_address_that_was_checked_is_the_one_that_is_called(monkeypatch, vendor):
    """A name that leads inside the second time is not looked up again; TLS keeps the name."""
    port, heard = vendor
    leads(monkeypatch, [ELSEWHERE, ABROAD], ["127.0.0.1"])
    connected = []

    def connects(address, *_, **__):
        connected.append(address)
        if address[0] == ELSEWHERE:
            raise ConnectionRefusedError
        plain = socket.socket()
        plain.connect(("127.0.0.1", port))
        return plain

    monkeypatch.setattr("socket.create_connection", connects)
    context = ssl.create_default_context(cadata=root())
    with PartyClient(httpx2.HTTPTransport(verify=context)) as client:
        answer = client.call("GET", f"{VENDOR}:8443/delete")
    assert answer.status == 204
    assert connected == [(ELSEWHERE, 8443), (ABROAD, 8443)]
    assert heard == [("sni", "vendor.example"), ("host", "vendor.example:8443")]


def test_a_name_that_leads_nowhere_is_no_answer(monkeypatch):
    """And no error of ours."""

    def none(*_, **__):
        raise socket.gaierror

    monkeypatch.setattr("socket.getaddrinfo", none)
    with PartyClient() as client:
        assert client.call("GET", VENDOR).status == 0


def test_calls_at_once_make_one_fetch_and_wait_for_none():
    """While a slow partner is read, the others get what was known."""
    released, fetched, now = Event(), [], [0.0]

    def slow(*_):
        fetched.append(1)
        released.wait(30)
        return 200, {}, FILE

    with speaking(slow) as port, PartyClient() as client, ThreadPoolExecutor(20) as pool:
        files = PartnerFiles(client, lambda: now[0])
        for known in (False, True):
            calls = [pool.submit(files.of, f"localhost:{port}") for _ in range(20)]
            while sum(it.done() for it in calls) < 19 and len(fetched) < 2 + known:
                wait(calls, timeout=0.01)
            early = [it.result() for it in calls if it.done()]
            released.set()
            wait(calls)
            assert [it is not None for it in early] == [known] * 19
            assert len(fetched) == 1 + known
            released.clear()
            now[0] += 3601
