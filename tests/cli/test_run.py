"""`privacykit run`: what it finds, what it says when it cannot, and what it serves."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from privacykit.cli import run as command
from privacykit.cli.main import app as cli
from privacykit.errors import ConfigurationError, MissingExtraError
from privacykit.stores.keys import init_keys

CLIENT = "127.0.0.77"
CONFIG = """
[[site]]
id = "shop"
hosts = ["127.0.0.1", "localhost"]
[events]
page = "analytics"
[purposes.analytics]
uses = ["analytics_no_storage"]
label = "Counting visits"
properties = { purpose_only_audience_measurement = true }
[purposes.ads]
uses = ["targeted_ads", "sale"]
label = "Advertising"
"""
SHOP = """
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

async def page(request):
    carried = request.headers.get("x-forwarded-for", "none")
    return PlainTextResponse(f"{request.client.host} {carried}")

def make():
    return Starlette(routes=[Route("/users/{name}", page), Route("/privacy-policy", page)])

app = make()
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write a module and make it importable; return its name."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(code, name="privacykit_test_shop"):
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(code), encoding="utf-8")
        sys.modules.pop(name, None)
        return name

    return write


def test_an_application_is_found_by_name(module):
    """A dotted name behind the colon is followed."""
    name = module(
        """
        class space:
            @staticmethod
            def app(): ...
        """
    )
    assert command.import_app(f"{name}:space.app").__name__ == "app"


def test_a_factory_is_called(module):
    """Its result is the application."""
    name = module("def make(): return lambda: 'served'")
    assert command.import_app(f"{name}:make", factory=True)() == "served"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("shop", "PK002 command line: shop: an application is named package.module:name"),
        (":app", "an application is named"),
        ("no_such_module_here:app", "there is no module 'no_such_module_here'"),
        ("privacykit.no_such:app", "there is no module 'privacykit.no_such'"),
        ("privacykit_test_shop:nothing", "has no 'nothing'"),
        ("privacykit_test_shop:number", "it cannot be called"),
    ],
)
def test_what_is_not_there_is_said_plainly(module, target, message):
    """Which part of the name is wrong, and what to do."""
    module("number = 1")
    with pytest.raises(ConfigurationError, match="PK002") as wrong:
        command.import_app(target)
    assert message in str(wrong.value)


@pytest.mark.parametrize(
    ("code", "factory"),
    [("import no_such_dependency", False), ("1 / 0", False), ("def app(): return 1 / 0", True)],
    ids=["import", "error", "factory"],
)
def test_an_application_that_fails_shows_its_own_traceback(module, capsys, code, factory):
    """The error is the application's, so its traceback is shown whole."""
    with pytest.raises(ConfigurationError, match="PK003"):
        command.import_app(f"{module(code)}:app", factory=factory)
    assert "Traceback" in capsys.readouterr().err


def test_without_uvicorn_the_extra_is_named(monkeypatch):
    """One clear error instead of an import error."""
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(MissingExtraError, match=r"privacykit\[run\]"):
        command.run("shop:app")


def test_reload_and_workers_exclude_each_other():
    """Misuse ends with 2 before anything is imported."""
    result = CliRunner().invoke(cli, ["run", "shop:app", "--reload", "--workers", "2"])
    assert (result.exit_code, "PK004" in result.output) == (2, True)


def test_the_command_line_says_it_too(tmp_path):
    """The whole command ends with 2 and one line, without a traceback of ours."""
    done = subprocess.run(
        [sys.executable, "-m", "privacykit", "run", "no_such_module_here:app"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("PK002 command line: no_such_module_here:app:")


@pytest.fixture
def shop(tmp_path):
    """A folder with an application, its configuration and its keys."""
    (tmp_path / "shop.py").write_text(SHOP, encoding="utf-8")
    (tmp_path / "privacykit.toml").write_text(CONFIG, encoding="utf-8")
    init_keys(tmp_path / "privacykit.keys", datetime.now(UTC))
    return tmp_path


@contextmanager
def running(folder, *options):
    """Run the shop; yield its port and a function that returns what it printed so far."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "output.log"
    command = [sys.executable, "-m", "privacykit", "run", *options, "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        try:
            for _ in range(600):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert process.poll() is None, log.read_text()
                time.sleep(0.1)
            yield port, log.read_text
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def ask(port, path, method="GET", **headers):
    """Send one request as a visitor who gives everything away; return status, headers, body."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", port, timeout=20, source_address=(CLIENT, 0)
    )
    given = {
        "User-Agent": "CanaryBrowser/7.7",
        "Referer": "https://elsewhere.example/",
        "X-Forwarded-For": "203.0.113.77",
        "Connection": "close",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    connection.request(method, path, headers=given)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, answer.headers, body


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [["shop:app"], ["shop:make", "--factory"], ["shop:app", "--workers", "2"]],
    ids=["app", "factory", "workers"],
)
def test_run_serves_the_application_wrapped(shop, options):
    """The application sees a weakened client and no forged one; the log holds no canary."""
    with running(shop, *options) as (port, printed):
        assert ask(port, "/users/somebody?mail=jane@example.org")[2] == "127.0.0.0 none"
        assert ask(port, "/privacy-policy")[0] == 200
        time.sleep(0.2)
        lines = printed()
    canaries = (CLIENT, "203.0.113", "CanaryBrowser", "elsewhere.example", "jane")
    assert [each for each in canaries if each in lines] == []
    assert '127.0.0.0:0 "GET /users/{name} HTTP/1.1" 200 OK' in lines


@pytest.mark.slow
def test_the_pages_work_through_the_middleware(shop):
    """Signal shown, choice kept and honoured, proof committed, nothing collected of it."""
    with running(shop, "shop:app") as (port, _):
        assert "Opt-out request honoured" in ask(port, "/privacy/", Sec_GPC="1")[2]
        own = {"Origin": f"http://127.0.0.1:{port}", "Sec_Fetch_Site": "same-origin"}
        status, headers, _ = ask(port, "/privacy/opt-out", "POST", **own)
        cookie = headers.get_all("set-cookie")[0].partition(";")[0]
        assert (status, headers["location"]) == (303, "/privacy/?done=refused")
        assert '"opted_out":true' in ask(port, "/privacy/status.json", Cookie=cookie)[2]
        assert ask(port, "/.well-known/gpc.json")[2].startswith('{"gpc":true,"lastUpdate":"')
        assert ask(port, "/privacy/nothing")[0] == 404
    pages = (shop / "privacykit-events.db").read_bytes()
    assert b"/privacy" not in pages
    assert b"gpc.json" not in pages


@pytest.mark.slow
def test_a_taken_port_ends_with_1(shop):
    """What keeps the server from starting is said by uvicorn; the exit code is ours."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "privacykit", "run", "shop:app", "--port", port],
            cwd=shop,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "address already in use" in done.stderr


def test_a_wrong_configuration_starts_nothing(shop):
    """Every problem is listed and the exit code is 2."""
    (shop / "privacykit.toml").write_text(CONFIG + "[nonsense]\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "privacykit", "run", "shop:app"],
        cwd=shop,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "nonsense" in done.stderr) == (2, True)
    assert "Traceback" not in done.stderr
