"""`privacykit run --requests`: a server for subject requests alone, by a file without a site."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
from urllib.parse import urlencode

import pytest
from typer.testing import CliRunner

from privacykit.cli.main import app as cli
from privacykit.errors import ConfigurationError
from privacykit.settings.load import parse
from privacykit.settings.requests.alone import requests_alone
from tests.cli.test_run import running
from tests.waiting import eventually

CONFIG = """
[controller]
name = "Shop Ltd"
establishments = ["DE"]
[records]
url = "sqlite:///records.db"
[requests]
url = "https://dsr.shop.example"
[requests.form]
send = "mails:send"
"""
DATAMAP = """
[datasets.files]
path = "data"
[collections.files.people.fields]
email = { category = "user.contact.email", identity = "email" }
"""
MAILS = """
from pathlib import Path

def send(mail):
    Path("mail.txt").write_text(mail.text)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A place with a file for requests only, and one person in its data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    for name, text in (
        ("privacykit.toml", CONFIG),
        ("datamap.toml", DATAMAP),
        ("mails.py", MAILS),
    ):
        (tmp_path / name).write_text(text)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "people.jsonl").write_text('{"email": "anna@shop.example"}\n')
    assert command("keys", "init").returncode == 0
    return tmp_path


def command(*words):
    """Run a command as an operator does."""
    return subprocess.run(
        [sys.executable, "-m", "privacykit", *words], capture_output=True, text=True, check=False
    )


def asked(port, path, form=None, host="dsr.shop.example"):
    """Ask as a browser does that was given the address of the server; return status and page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {
        "Host": host,
        "Origin": f"https://{host}",
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    body = None if form is None else urlencode(form)
    connection.request("GET" if form is None else "POST", path, body, headers)
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    return answer.status, page


def linked(folder):
    """Return the link in the mail that was sent, once it is there whole."""
    mail = folder / "mail.txt"
    found = re.findall(
        r"https://dsr\.shop\.example(/\S+)\s", mail.read_text() if mail.exists() else ""
    )
    return found[0] if found else None


VISITORS = [
    "/privacy/",
    "/privacy/data",
    "/privacy/opt-out",
    "/privacy/banner",
    "/privacy/receipt",
    "/privacy/status.json",
    "/.well-known/gpc.json",
]
"""Pages for visitors of a site: here nobody is one, and no choice of theirs could be kept."""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_person_asks_where_nothing_else_is_served(folder, workers):
    """From the form to the operator's list, under the host of the file; the rest is not there."""
    with running(folder, "--requests", "--workers", workers) as (port, told):
        assert asked(port, "/")[0] == 404
        assert [path for path in VISITORS if asked(port, path)[0] != 404] == []
        assert asked(port, "/privacy/opt-out", {"action": "refuse"})[0] == 404
        assert asked(port, "/privacy/request", host="evil.example")[0] == 404
        assert asked(port, "/privacy/request", host=f"localhost:{port}")[0] == 200
        for name in re.findall(r'(?:href|src)="(/[^"]*)"', asked(port, "/privacy/request")[1]):
            assert asked(port, name)[0] == 200
        status, page = asked(port, "/privacy/request")
        assert (status, "Shop Ltd" in page) == (200, True)
        wish = {"right": "erasure", "email": "anna@shop.example", "who": "self"}
        assert asked(port, "/privacy/request", wish)[0] == 200
        assert eventually(lambda: linked(folder))
        link = linked(folder)
        assert asked(port, link)[0] == 200
        token = re.search(r"[?&]t=([^&\s]+)", link)[1]
        assert asked(port, "/privacy/request/confirm", {"t": token})[0] == 200
        said = told()
    assert "ERROR" not in said
    (warned,) = (line for line in said.splitlines() if "WARNING" in line)
    assert "evil.example" in warned
    assert "127.0.0.1 " not in said.partition("Uvicorn running")[2].partition("\n")[2]
    listed = json.loads(command("request", "list", "--json").stdout)
    assert [(it["type"], it["status"]) for it in listed] == [("erasure", "initiated")]
    assert not list(folder.glob("*events*"))


@pytest.mark.parametrize("words", [["run"], ["run", "shop:app", "--requests"]])
def test_what_is_to_be_served_has_to_be_said(words):
    """An application, or requests: one of them."""
    ran = CliRunner().invoke(cli, words)
    assert (ran.exit_code, "PK451" in ran.stderr) == (2, True)


def test_without_a_file_nothing_is_served(tmp_path, monkeypatch):
    """A trial is for applications."""
    monkeypatch.chdir(tmp_path)
    ran = command("run", "--requests")
    assert (ran.returncode, "PK010" in ran.stderr, list(tmp_path.iterdir())) == (2, True, [])


def test_without_a_way_to_arrive_nothing_is_served():
    """An empty server would look like one that works."""
    settings = parse("[requests]\nurl = 'https://dsr.shop.example'\n")
    with pytest.raises(ConfigurationError, match="PK450"):
        requests_alone(settings, "privacykit.toml")


def test_a_file_with_a_site_is_served_as_it_is():
    """Its hosts, its purposes, its pages."""
    text = CONFIG + (
        '[[site]]\nid = "shop"\nhosts = ["shop.example"]\n'
        '[purposes.ads]\nuses = ["targeted_ads"]\nlabel = "Ads"\n'
    )
    settings = parse(text)
    assert requests_alone(settings, "privacykit.toml") is settings
