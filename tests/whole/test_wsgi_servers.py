"""P1 and P9 under the real servers of WSGI: forked, threaded, patched, preloaded."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest

from privacykit.testing.layout import CONFIG, lay_out
from tests.waiting import eventually

HERE = Path(__file__).parent
BASE = (
    CONFIG.replace('page = "analytics"\n', 'page = "analytics"\nbots = true\n')
    + '\n[raw_address]\nsecurity = "who attacks us is blocked"\n'
)
GUNICORN = (
    *("gunicorn", "wsgi_canary_app:wrapped", "-b", "127.0.0.1:PORT", "--no-control-socket"),
    *(
        "--access-logfile",
        "-",
        "--access-logformat",
        '%(h)s "%(r)s" %(s)s %(f)s %(a)s %({raw_uri}e)s',
    ),
)
SERVERS = {
    "run": ("privacykit", "run", "wsgi_canary_app:plain", "--app-dir", str(HERE), "--port", "PORT"),
    "sync": GUNICORN,
    "gthread": (*GUNICORN, "-k", "gthread", "--threads", "4", "--workers", "2", "--preload"),
    "gevent": (*GUNICORN, "-k", "gevent"),
    "waitress": ("waitress", "--listen", "127.0.0.1:PORT", "wsgi_canary_app:wrapped"),
}


def ask(port, canary, method, path, body=None, *, ipv6=False, **headers):
    """Send one request as the canary; return status, headers and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in [*canary.headers(ipv6=ipv6), *headers.items()]:
        connection.putheader(name.replace("_", "-"), value)
    if body is not None:
        body = urlencode(body).encode()
        connection.putheader("content-type", "application/x-www-form-urlencoded")
        connection.putheader("content-length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    told = answer.status, answer.headers, answer.read()
    connection.close()
    return told


def visit(port, canary):
    """Go everywhere and do everything; return the statuses."""
    word, told = canary.words, []
    for ipv6 in (False, True):
        for method, path, body in (
            ("GET", canary.path("users"), None),
            ("GET", canary.path("deep"), None),
            ("GET", f"/lost/{canary.email}/{word['token']}?q={word['query']}", None),
            ("GET", f"/broken?q={word['query']}", None),
            ("GET", f"/gone?q={word['query']}", None),
            ("POST", "/form", {"name": word["form"], "mail": canary.email}),
            ("GET", f"/privacy/?next=/{word['token']}", None),
            ("GET", "/privacy/status.json", None),
            ("GET", "/.well-known/gpc.json", None),
        ):
            told.append(ask(port, canary, method, path, body, ipv6=ipv6)[0])
    for text in (
        f"GET /{canary.email} HTTP/9.9\r\nx: {word['token']}\r\n\r\n",
        f"{word['token']}\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port), 20) as raw:
            raw.sendall(text.encode())
            with suppress(OSError):
                raw.recv(4096)
    return told


@pytest.mark.slow
@pytest.mark.parametrize("name", SERVERS)
def test_nothing_comes_out_of_a_served_wsgi_site(name, serve, tmp_path, canary, read_events):
    """Their logs and ours, every file while they run and after; events of every process."""
    lay_out(tmp_path, BASE)
    server = serve(
        *SERVERS[name],
        PYTHONPATH=str(HERE),
        CANARY_WRAPPED="" if name == "run" else "1",
        CANARY_USER=canary.words["user"],
        CANARY_COOKIE=canary.words["cookie"],
        CANARY_TOKEN=canary.words["token"],
    )
    expected = [200, 200, 500, 500, 404, 200, 200, 200, 200] * 2
    # The first requests of a process start us there, and may not wait long enough for it.
    assert eventually(
        lambda: visit(server.port, canary) == expected and told_in(tmp_path, read_events) == TOLD
    )
    skip = ("privacykit-salts.db*", "*.mmdb", "privacykit.keys")
    findings = canary.search_files(tmp_path, skip=skip)
    server.stop()
    findings += canary.search_files(tmp_path, skip=skip)
    assert findings == []
    assert told_in(tmp_path, read_events) == TOLD
    assert server.said.count("the application says:") >= 6
    if name != "waitress":  # which writes no access log
        assert "/users/{name}/{mail}" in server.said


TOLD = {
    ("kept", None), ("page", "/deep/{name}/{mail}"), ("page", "/users/{name}/{mail}"),
    ("seen", None),
}  # fmt: skip


def told_in(folder, read_events):
    """Return the names and pages of all events that there are, waiting a little for them."""
    found = set()

    def look():
        found.update((e["data"]["name"], e["data"]["page"]) for e in read_events(folder))
        return found >= TOLD

    eventually(look, 5)
    return found


@pytest.mark.slow
def test_a_choice_counts_in_every_forked_process(serve, tmp_path, canary):
    """Two processes that were forked after everything was imported keep one promise."""
    lay_out(tmp_path, BASE)
    server = serve(*SERVERS["gthread"], PYTHONPATH=str(HERE), CANARY_WRAPPED="1")
    own = {"origin": f"http://127.0.0.1:{server.port}", "sec_fetch_site": "same-origin"}
    form = {"action": "allow"}
    given = []

    def allow():
        given[:] = ask(server.port, canary, "POST", "/privacy/choice", form, **own)
        return given[0] == 303

    assert eventually(allow), server.said
    kept = [line.partition(";")[0] for line in given[1].get_all("set-cookie")]
    grant = next(line for line in kept if not line.endswith("="))

    def counts():
        _, headers, _ = ask(server.port, canary, "GET", canary.path("users"), cookie=grant)
        return any(line.startswith("_ga") for line in headers.get_all("set-cookie"))

    assert eventually(lambda: all(counts() for _ in range(12))), server.said


UWSGI = (
    "--http-socket", "127.0.0.1:PORT", "--module", "wsgi_canary_app:wrapped", "--disable-logging",
    "--die-on-term", "--need-app", "--master", "--processes", "2",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="there is no wheel of uWSGI")
@pytest.mark.parametrize("threads", [True, False], ids=["threads", "no threads"])
def test_uwsgi_serves_and_needs_threads(serve, tmp_path, canary, read_events, threads):
    """With threads it is whole; without it is said, and nothing identifying is served."""
    lay_out(tmp_path, BASE)
    (tmp_path / "uwsgi_main.py").write_text("import sys, pyuwsgi\npyuwsgi.run(sys.argv[1:])\n")
    options = (*UWSGI, "--enable-threads") if threads else UWSGI
    server = serve(
        "uwsgi_main", *options, PYTHONPATH=f"{HERE}{os.pathsep}{tmp_path}", CANARY_WRAPPED="1"
    )
    status, headers, _ = ask(server.port, canary, "GET", canary.path("users"))
    assert status == 200, server.said
    assert not [line for line in headers.get_all("set-cookie") if line.startswith("_ga")]
    if threads:
        asking = lambda: ask(server.port, canary, "GET", canary.path("users"))[0] == 200  # noqa: E731
        assert eventually(lambda: asking() and len(read_events(tmp_path)) >= 3), server.said
    server.stop()
    assert ("PK155" in server.said) is not threads
    assert canary.search_files(tmp_path, skip=("privacykit-salts.db*", "*.mmdb", "*.keys")) == []


@pytest.mark.slow
def test_a_wrong_configuration_stops_the_start(tmp_path):
    """No process of gunicorn serves, and the problems are said."""
    config = lay_out(tmp_path, BASE)
    config.write_text(BASE + "[nonsense]\n")
    command = [part.replace("PORT", "0") for part in SERVERS["sync"]]
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(HERE), "CANARY_WRAPPED": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "PK012 privacykit.toml" in done.stderr
