"""A Django project of its own process: what its users see, in sync and in async."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from privacykit.geo.synthetic import address_of
from privacykit.testing.canary import Canary
from privacykit.testing.layout import CONFIG, lay_out
from tests.waiting import eventually

PROJECT = Path(__file__).with_name("django_project.py")
SHOWN = address_of("DE", 9).rpartition(".")[0] + ".0"


def command(folder, *words):
    """Return how the project is started with *words*, and where."""
    environment = {**os.environ, "PROJECT": str(folder), "PYTHONUNBUFFERED": "1"}
    return {"args": [sys.executable, str(PROJECT), *words], "cwd": folder, "env": environment}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What came of everything."""
    folder = tmp_path_factory.mktemp("project")
    lay_out(folder)
    scope = CONFIG.replace('source = "headers"\ntrusted_proxies = ["127.0.0.0/8"]', "")
    (folder / "scope.toml").write_text(scope)
    done = subprocess.run(
        **command(folder, "told"), capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(params=["sync", "async"])
def mode(request):
    """How it was asked."""
    return request.param


def test_a_view_and_its_template_know_the_decision(told, mode):
    """In `request.privacy`, and as `privacy`; links to our pages have names."""
    words = told[mode]["page"]["body"].split()
    assert words[:3] == ["DE", SHOWN, "/privacy/"]
    assert told[mode]["page"]["cache"].startswith("private")


def test_a_template_tag_asks(told, mode):
    """In the language named, with the page to come back to, the nonce and the script."""
    asked = told[mode]["asks"]["body"]
    assert '<section class="privacy-banner" lang="fr"' in asked
    assert 'name="next" value="/asks/?page=2"' in asked
    assert ' defer nonce="n0"></script>' in asked
    assert told[mode]["asks"]["cache"].startswith("private")


def test_an_async_view_sees_no_carrier(told, mode):
    """Neither the address nor a denied cookie, however it asks."""
    seen = json.loads(told[mode]["looks"]["body"])
    assert seen == {"seen": [SHOWN, None, {"session": "1"}], "ads": False}


def test_cookies_of_middleware_behind_are_gated_too(told, mode):
    """A session and a cart are what people asked for; statistics and advertising need a consent."""
    names = [line.partition("=")[0] for line in told[mode]["page"]["cookies"]]
    assert sorted(names) == ["cart", "pk-for-cart", "session"]


def test_a_refusal_ends_the_cookies_that_are_there(told, mode):
    """By a line for each path and jar, which Django's own cookies could not hold."""
    ended = [line for line in told[mode]["refused"]["cookies"] if line.startswith("_ga=;")]
    assert ended == [
        f"_ga=; Max-Age=0; Path={path}{jar}"
        for path in ("/", "/users/jane", "/users")
        for jar in ("", "; Secure; Partitioned")
    ]


def test_pages_have_the_template_of_their_route(told, mode):
    """Redirects, errors, uploads and pages of ours are none."""
    assert told[f"{mode} pages"] == ["/users/{name}/", "/blog/{year}/", "/stream/"]


def test_answers_are_the_frameworks_own(told, mode):
    """What is not ours goes on as before."""
    statuses = {name: answer["status"] for name, answer in told[mode].items()}
    assert statuses == {
        "page": 200, "regex": 200, "looks": 200, "stream": 200, "slash": 301, "lost": 404,
        "broken": 500, "upload": 200, "ours": 200, "refusal": 303, "refused": 200, "asks": 200,
    }  # fmt: skip
    assert told[mode]["stream"]["body"] == "onetwo"
    assert told[mode]["upload"]["body"] == "7"
    assert told[mode]["slash"]["location"] == "/users/jane/"


def test_our_pages_are_served(told, mode):
    """The form, and what it does."""
    assert "<!doctype html>" in told[mode]["ours"]["body"]
    assert told[mode]["refusal"]["location"] == "/privacy/?done=refused"
    assert any(line.startswith("pk-no=*") for line in told[mode]["refusal"]["cookies"])


def test_both_modes_answer_alike(told):
    """But for what is random or counts up."""

    def plain(answers):
        return {
            name: {**answer, "cookies": [line.partition("=")[0] for line in answer["cookies"]],
                   "body": answer["body"] if name != "ours" else ""}
            for name, answer in answers.items()
        }  # fmt: skip

    assert plain(told["sync"]) == plain(told["async"])


def test_nothing_of_ours_failed(told):
    """Though much was asked."""
    assert [name for name in told["counts"] if name.startswith("error")] == []


def test_the_system_checks_name_what_is_wrong(told):
    """By ids that can be silenced."""
    checks = told["checks"]
    assert checks == {
        "as it is": [],
        "missing": ["privacykit.W001"],
        "behind": ["privacykit.E002"] * 3,
        "no file": ["privacykit.E003"],
        "proxy": [],
        "scope": ["privacykit.W004"],
    }


def test_the_commands_are_manage_pys_too(tmp_path):
    """With their own options, their own help and their own exit codes."""
    done = subprocess.run(
        **command(tmp_path, "privacykit", "ip", "--help"),
        capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "privacykit ip" in done.stdout


@pytest.mark.slow
def test_its_own_server_logs_no_canary(tmp_path):
    """`runserver` writes the request line, and Django the path of what failed; both are weakened."""
    lay_out(tmp_path)
    canary = Canary.hatch(address_of("DE", 77), address_of("DE", 77, ipv6=True))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "server.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            **command(tmp_path, "runserver", "--noreload", "--skip-checks", f"127.0.0.1:{port}"),
            stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def ask(path):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.putrequest("GET", path, skip_host=False, skip_accept_encoding=True)
        for name, value in canary.headers():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def serves():
        try:
            return ask("/privacy/") == 200
        except OSError:
            assert server.poll() is None, log.read_text()
            return False

    try:
        assert eventually(serves), log.read_text()
        assert ask(f"/users/jane/?q={canary.words['query']}") == 200
        assert ask(f"/lost/{canary.email}/{canary.words['token']}") == 404
        assert ask(f"/broken/?q={canary.words['query']}") == 500
        assert eventually(lambda: log.read_text().count("HTTP/1.1") >= 4), log.read_text()
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(30)
        finally:
            server.kill()  # one that was born deaf to the signal must not stay
    said = log.read_text()
    assert '"GET /users/{name}/ HTTP/1.1" 200' in said
    skip = ("privacykit-salts.db*", "*.mmdb", "privacykit.keys")
    assert canary.search_files(tmp_path, skip=skip) == []
