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
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette
from typer.testing import CliRunner

from privacykit.app import engine_of
from privacykit.cli.main import app as cli
from privacykit.cli.run import command, target, trial
from privacykit.cli.run.gunicorn_server import bind_of
from privacykit.cli.run.hosts import unlisted
from privacykit.errors import BackendError, ConfigurationError, MissingExtraError
from privacykit.settings.load import parse
from privacykit.stores.keys import init_keys
from privacykit.testing.layout import lay_out
from privacykit.web.asgi import PrivacyEdge
from privacykit.web.wsgi.edge import PrivacyWSGIEdge
from tests.waiting import eventually

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
            def app(scope, receive, send): ...
        """
    )
    assert target.import_app(f"{name}:space.app").__name__ == "app"


def test_a_factory_is_called(module):
    """Its result is the application."""
    name = module("def make(): return lambda scope, receive, send: 'served'")
    assert target.import_app(f"{name}:make", factory=True)(1, 2, 3) == "served"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("shop", "PK002 command line: shop: an application is named package.module:name"),
        (":app", "an application is named"),
        ("no_such_module_here:app", "there is no module 'no_such_module_here'"),
        ("privacykit.no_such:app", "there is no module 'privacykit.no_such'"),
        ("privacykit_test_shop:nothing", "has no 'nothing'"),
        ("privacykit_test_shop:number", "it cannot be called"),
    ],
)
def test_what_is_not_there_is_said_plainly(module, name, message):
    """Which part of the name is wrong, and what to do."""
    module("number = 1")
    with pytest.raises(ConfigurationError, match="PK002") as wrong:
        target.import_app(name)
    assert message in str(wrong.value)


@pytest.mark.parametrize(
    ("code", "factory"),
    [("import no_such_dependency", False), ("1 / 0", False), ("def app(): return 1 / 0", True)],
    ids=["import", "error", "factory"],
)
def test_an_application_that_fails_shows_its_own_traceback(module, capsys, code, factory):
    """The error is the application's, so its traceback is shown whole."""
    with pytest.raises(ConfigurationError, match="PK003"):
        target.import_app(f"{module(code)}:app", factory=factory)
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("factory", [False, True])
def test_a_configuration_that_the_application_names_is_said_without_a_traceback(
    module, capsys, factory
):
    """Flask's extension reads it while the application is imported."""
    made = "import flask\nfrom privacykit.flask import PrivacyKit\ndef make():\n"
    made += (
        "    app = flask.Flask('shop')\n    PrivacyKit(app, config='none.toml')\n    return app\n"
    )
    name = module(made if factory else f"{made}app = make()\n")
    with pytest.raises(ConfigurationError, match=r"PK010 none\.toml"):
        target.import_app(f"{name}:{'make' if factory else 'app'}", factory=factory)
    assert capsys.readouterr().err == ""


def test_without_uvicorn_the_extra_is_named(monkeypatch):
    """One clear error instead of an import error."""
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(MissingExtraError, match=r"privacykit\[run\]"):
        command.run("shop:app")


WSGI = """
class Flask:
    def __call__(self, environ, start_response):
        return []

def make():
    return app

def framework(environ, start_response, exc_info=None):
    return []

def old(scope):
    return app

app = Flask()
"""


@pytest.mark.parametrize(
    ("name", "factory", "words"),
    [("make", False, "--factory"), ("old", False, "scope, receive and send")],
)
def test_what_is_no_application_is_refused_at_the_start(module, name, factory, words):
    """Not at each request, where nobody sees why."""
    with pytest.raises(ConfigurationError, match="PK005") as wrong:
        target.import_app(f"{module(WSGI)}:{name}", factory=factory)
    assert words in str(wrong.value)


@pytest.mark.parametrize(
    ("name", "factory"), [("app", False), ("make", True), ("framework", False)]
)
def test_an_application_of_wsgi_is_told_and_wrapped_as_one(module, tmp_path, name, factory):
    """By what it can be called with."""
    found = target.import_app(f"{module(WSGI)}:{name}", factory=factory)
    engine = engine_of(lay_out(tmp_path))
    assert type(target.wrapped(found, engine)) is PrivacyWSGIEdge
    assert type(target.wrapped(Starlette(), engine)) is PrivacyEdge


def test_without_gunicorn_the_extra_is_named(module, monkeypatch):
    """One clear error instead of an import error."""
    monkeypatch.setitem(sys.modules, "gunicorn.app.base", None)
    with pytest.raises(MissingExtraError, match=r"privacykit\[run\]"):
        command.run(f"{module(WSGI)}:app")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("127.0.0.1", 80, None), "127.0.0.1:80"),
        (("::1", 80, None), "[::1]:80"),
        (("::1", 80, "shop.sock"), "unix:shop.sock"),
    ],
)
def test_gunicorn_is_told_where_to_listen(given, told):
    """As it names it."""
    assert bind_of(*given) == told


@pytest.mark.parametrize(
    ("options", "refused"),
    [
        (["--host", "0.0.0.0"], True),
        (["--host", "::"], True),
        (["--host", "shop.example"], True),
        (["--uds", "shop.sock"], True),
        (["--host", "127.0.0.1"], False),
        (["--host", "127.8.9.1"], False),
        (["--host", "::1"], False),
        (["--host", "localhost"], False),
    ],
)
def test_a_trial_is_for_this_machine_only(tmp_path, monkeypatch, options, refused):
    """Nobody else is served by a configuration that nobody wrote; and nothing is left behind."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["run", "no_such_module_here:app", *options])
    error = str(result.exception) if result.exception else ""
    assert ("PK008" in error, "PK002" in error) == (refused, not refused)
    assert list(tmp_path.iterdir()) == []


def test_a_named_configuration_that_is_missing_is_no_trial(tmp_path, monkeypatch, module):
    """Whoever names a file wants that one."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["run", f"{module(SHOP)}:app", "-c", "other.toml"])
    assert "PK010 other.toml" in str(result.exception)


def test_an_earlier_trial_is_gone_on_with(tmp_path, monkeypatch):
    """Its keys and what somebody changed in its configuration stay."""
    monkeypatch.chdir(tmp_path)
    config = tmp_path / trial.set_up_trial()
    made = (config.parent / "privacykit.keys").read_text()
    config.write_text(config.read_text() + "\n")
    changed = config.read_text()
    trial.set_up_trial()
    assert (config.parent / "privacykit.keys").read_text() == made
    assert config.read_text() == changed
    assert (config.parent.stat().st_mode & 0o777) == 0o700


def test_a_folder_that_cannot_be_written_is_said(tmp_path, monkeypatch):
    """Without a traceback, and with a way on."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "privacykit-trial").write_text("a file")
    with pytest.raises(BackendError, match="name a configuration with --config"):
        trial.set_up_trial()


@pytest.mark.parametrize(
    ("hosts", "host", "port", "words"),
    [
        (["shop.example"], "127.0.0.1", 8000, "http://127.0.0.1:8000"),
        (["shop.example"], "0.0.0.0", 80, "http://0.0.0.0:80"),
        (["shop.example"], "::1", 8000, "http://[::1]:8000"),
        (["localhost"], "127.0.0.1", 8000, "open http://localhost:8000"),
        (["localhost"], "localhost", 0, None),
        (["127.0.0.1"], "127.0.0.1", 8000, None),
        (["*"], "127.0.0.1", 8000, None),
    ],
)
def test_a_url_that_no_site_lists_is_named(hosts, host, port, words):
    """Whoever opens what the server prints would wait for events in vain."""
    found = unlisted(
        parse(CONFIG.replace('["127.0.0.1", "localhost"]', str(hosts))), "x", host, port
    )
    assert (found is None) == (words is None)
    assert words is None or (found.id, words in str(found)) == ("PK006", True)


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


FLASK = """
from flask import Flask, request

def make():
    app = Flask(__name__)

    @app.get("/users/<name>")
    @app.get("/privacy-policy")
    def page(name=""):
        return f"{request.remote_addr} {request.headers.get('x-forwarded-for', 'none')}"

    return app

app = make()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [["shop:make", "--factory", "--workers", "2"], ["shop:app", "--reload"]],
    ids=["factory and workers", "reload"],
)
def test_run_serves_an_application_of_wsgi_wrapped(shop, options):
    """By gunicorn; the application sees a weakened client, the log holds no canary."""
    (shop / "shop.py").write_text(FLASK, encoding="utf-8")
    path = "/users/somebody?mail=jane@example.org"
    with running(shop, *options) as (port, printed):
        # The first requests start us, and may not wait long enough for it.
        assert eventually(lambda: ask(port, path)[2] == "127.0.0.0 none"), printed()
        assert ask(port, "/privacy-policy")[0] == 200
        assert eventually(lambda: ask(port, "/privacy/")[0] == 200), printed()
        if "--reload" in options:
            (shop / "shop.py").write_text(FLASK.replace("'none'", "'anew'"), encoding="utf-8")
            assert eventually(lambda: ask_again(port) == "127.0.0.0 anew"), printed()
        assert eventually(lambda: '"GET /users/{name} HTTP/1.1" 200 ' in printed()), printed()
        lines = printed()
    canaries = (CLIENT, "203.0.113", "CanaryBrowser", "elsewhere.example", "jane")
    assert [each for each in canaries if each in lines] == []
    assert '"outbox_acknowledged"' in printed()


def ask_again(port):
    """Ask a server that may be starting again just now."""
    with suppress(OSError, http.client.HTTPException):
        return ask(port, "/users/somebody")[2]
    return None


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
    pages = b"".join(file.read_bytes() for file in shop.glob("privacykit-events*.db"))
    assert b"/privacy" not in pages
    assert b"gpc.json" not in pages


@pytest.mark.slow
def test_a_folder_without_a_configuration_is_a_trial(tmp_path):
    """It weakens, honours, counts whatever name it is asked by, and says how to leave."""
    shop = SHOP.replace("PlainText", "HTML")
    (tmp_path / "shop.py").write_text(shop, encoding="utf-8")
    with running(tmp_path, "shop:app") as (port, printed):
        assert ask(port, "/users/somebody", Host=f"shop.test:{port}")[2] == "127.0.0.0 none"
        own = {"Origin": f"http://127.0.0.1:{port}", "Sec_Fetch_Site": "same-origin"}
        _, headers, _ = ask(port, "/privacy/opt-out", "POST", **own)
        cookie = headers.get_all("set-cookie")[0].partition(";")[0]
        assert '"opted_out":true' in ask(port, "/privacy/status.json", Cookie=cookie)[2]
        said = printed()
    assert "trial mode, because there is no privacykit.toml here" in said
    assert "to leave trial mode: privacykit init" in said
    assert '"outbox_acknowledged": 1' in printed()
    assert (tmp_path / "privacykit-trial/.gitignore").read_text() == "*\n"
    left = {path.name for path in tmp_path.iterdir()} - {"__pycache__", "output.log"}
    assert left == {"shop.py", "privacykit-trial"}


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
