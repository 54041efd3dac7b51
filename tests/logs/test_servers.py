"""The access logs of real servers, byte by byte: nothing finer than P1 allows (demand row 9)."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from privacykit.testing.layout import CONFIG, lay_out

DIRECT = CONFIG.partition("[client_ip]")[0] + CONFIG[CONFIG.index("[geo]") :]

CLIENT = "127.0.0.77"
PATIENCE = 60
"""Seconds that a server has on busy cores."""
TOKEN = "c4n4ryT0k3nInThePath77"
EMAIL = "jane.canary@example.org"
AGENT = "CanaryBrowser/7.7 (secret build)"
REFERRER = "https://elsewhere.example/inbox?mail=canary"
SECRETS = (
    CLIENT,
    TOKEN,
    "jane.canary",
    "CanaryBrowser",
    "elsewhere.example",
    "secret",
)

HEADERS_TOO = '%(h)s "%(R)s" %(s)s %({x-token}i)s %({user-agent}i)s %({set-cookie}o)s %({home}e)s'
GRANIAN_TOO = '%(addr)s "%(method)s %(path)s?%(query_string)s" %(status)d %(header{user-agent})s'

SERVERS = {
    "uvicorn-httptools": ["uvicorn", "served:app", "--http", "httptools", "--ws", "websockets"],
    "uvicorn-h11": ["uvicorn", "served:app", "--http", "h11", "--ws", "wsproto"],
    "hypercorn": ["hypercorn", "served:app", "--access-logfile", "-"],
    "hypercorn-headers": [
        *("hypercorn", "served:app", "--access-logfile", "-"),
        *("--access-logformat", HEADERS_TOO),
    ],
    "hypercorn-trio": ["hypercorn", "served:app", "--access-logfile", "-", "-k", "trio"],
    "granian": ["granian", "--interface", "asgi", "served:app", "--access-log"],
    "granian-headers": [
        *("granian", "--interface", "asgi", "served:app", "--access-log"),
        *("--access-log-fmt", GRANIAN_TOO),
    ],
}


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def address(command, port):
    """Return *command* with its way of saying where to listen."""
    if command[0] == "hypercorn":
        return [*command, "--bind", f"127.0.0.1:{port}"]
    return [*command, "--host", "127.0.0.1", "--port", str(port)]


@contextmanager
def running(command, tmp_path, **environment):
    """Run *command* on a port; its output is in the file that is given along."""
    port, output = free_port(), tmp_path / "output.log"
    folder = Path(__file__).parent
    variables = {**os.environ, "PYTHONPATH": str(folder), "PYTHONUNBUFFERED": "1", **environment}
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", *address(command, port)],
            stdout=sink,
            stderr=subprocess.STDOUT,
            env=variables,
            cwd=folder,
        )
        try:
            wait_for(port, process, output)
            yield port, output
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(port, process, output):
    """Return once something answers on *port*."""
    for _ in range(600):  # a minute, on busy cores
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, output.read_text()
        time.sleep(0.1)
    pytest.fail(output.read_text())


def get(port, path):
    """Ask for *path* as a browser that gives everything away."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", port, timeout=PATIENCE, source_address=(CLIENT, 0)
    )
    headers = {"User-Agent": AGENT, "Referer": REFERRER, "X-Token": "secret", "Connection": "close"}
    with closing(connection):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
    return answer.status


def open_websocket(port, path):
    """Open and close a websocket as the same browser."""
    url = f"ws://127.0.0.1:{port}{path}"
    options = {"user_agent_header": AGENT, "source_address": (CLIENT, 0), "proxy": None}
    options["open_timeout"] = PATIENCE
    try:
        with connect(url, origin=REFERRER, **options):
            pass
    except (InvalidStatus, ConnectionClosed):
        pass  # Refused, or closed abruptly by the server: logged all the same.


def visit(port):
    """Do everything a visitor can do that a server logs."""
    get(port, f"/search?q={EMAIL}&token={TOKEN}")
    get(port, f"/reset/{TOKEN}")
    get(port, f"/mail/{EMAIL}")
    get(port, "/users/somebody")
    get(port, f"/page;jsessionid={TOKEN}")
    open_websocket(port, f"/live?token={TOKEN}")
    open_websocket(port, "/closed")


def logged(output, lines=7):
    """Return the log once *lines* requests are in it."""
    for _ in range(10 * PATIENCE):
        text = output.read_text(errors="replace")
        if text.count("127.0.0.0") >= lines:
            return text
        time.sleep(0.1)
    return output.read_text(errors="replace")


@pytest.mark.slow
@pytest.mark.parametrize("guard", ["middleware", "filter", "alone"])
@pytest.mark.parametrize("server", SERVERS)
def test_the_access_log_holds_no_canary(server, guard, tmp_path):
    """With and without our middleware in front, no server's log tells who asked for what."""
    config = str(lay_out(tmp_path, DIRECT)) if guard == "middleware" else ""
    with running(SERVERS[server], tmp_path, GUARD=guard, CONFIG=config) as (port, output):
        visit(port)
        text = logged(output)
    assert [secret for secret in SECRETS if secret in text] == []
    assert text.count("127.0.0.0") >= 6, text
    assert "/search" in text
    assert "/reset/[token]" in text
    # hypercorn may log a connection that closes early from a task that is not the request's.
    assert "/users/{name}" in text or server.startswith("hypercorn")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["dict", "file"])
def test_a_log_configuration_of_the_user_s_changes_nothing(kind, tmp_path):
    """A configuration file that replaces all of uvicorn's handlers leaves it as silent."""
    config = tmp_path / ("log.json" if kind == "dict" else "log.ini")
    config.write_text(DICT_CONFIG if kind == "dict" else FILE_CONFIG)
    command = [*SERVERS["uvicorn-h11"], "--log-config", str(config)]
    with running(command, tmp_path, GUARD="alone") as (port, output):
        visit(port)
        text = logged(output)
    assert [secret for secret in SECRETS if secret in text] == []
    assert "MINE" in text


DICT_CONFIG = json.dumps(
    {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"mine": {"format": "MINE %(name)s %(message)s"}},
        "handlers": {"mine": {"class": "logging.StreamHandler", "formatter": "mine"}},
        "root": {"handlers": ["mine"], "level": "INFO"},
        "loggers": {"uvicorn.access": {"level": "INFO", "handlers": ["mine"], "propagate": True}},
    }
)
FILE_CONFIG = """
[loggers]
keys=root,access
[handlers]
keys=mine
[formatters]
keys=mine
[logger_root]
level=INFO
handlers=mine
[logger_access]
level=INFO
qualname=uvicorn.access
handlers=mine
[handler_mine]
class=StreamHandler
formatter=mine
args=()
[formatter_mine]
format=MINE %(name)s %(message)s
"""


@pytest.mark.slow
def test_what_a_server_refuses_before_us_is_weakened_too(tmp_path):
    """A server over its limit answers by itself, and logs an address no middleware ever saw."""
    command = [*SERVERS["uvicorn-h11"], "--limit-concurrency", "1"]
    with running(command, tmp_path, GUARD="filter") as (port, output), socket.socket() as held:
        held.connect(("127.0.0.1", port))
        time.sleep(0.3)
        assert get(port, f"/page?token={TOKEN}") == 503
        text = logged(output, 1)
    assert "503" in text
    assert [secret for secret in SECRETS if secret in text] == []


@pytest.mark.slow
def test_only_routes_can_be_asked_for(tmp_path):
    """The strict setting logs templates and nothing else of a path."""
    command = SERVERS["uvicorn-h11"]
    with running(command, tmp_path, GUARD="filter", LOG_PATHS="route") as (port, output):
        visit(port)
        text = logged(output)
    assert "/search" not in text
    assert "/users/{name}" in text
