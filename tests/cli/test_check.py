"""Tests of ``privacykit check``."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from privacykit.cli.check import examine
from privacykit.testing.layout import CONFIG, lay_out


class SetsCookies(BaseHTTPRequestHandler):
    """Sets a cookie with a purpose and one without."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("set-cookie", "session=1")
        self.send_header("set-cookie", "mystery=s3cret")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def page():
    """Return the URL of a page that sets cookies."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), SetsCookies)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def _ids(problems) -> list[str]:
    return [problem.id for problem in problems]


def test_a_good_installation_has_nothing_wrong(tmp_path):
    """What we lay out passes our own check."""
    assert examine(str(lay_out(tmp_path)))[0] == []


def test_a_missing_file_is_one_problem(tmp_path):
    """No traceback, one line."""
    assert _ids(examine(str(tmp_path / "none.toml"))[0]) == ["PK010"]


def test_a_store_that_does_not_answer_is_wrong(tmp_path):
    """A database server that is not there is found before the first visitor."""
    url = "postgresql+psycopg://nobody:hunter2@127.0.0.1:1/none"
    wrong, _ = examine(str(lay_out(tmp_path, CONFIG + f'\n[records]\nurl = "{url}"\n')))
    assert _ids(wrong) == ["PK040"]
    assert "hunter2" not in str(wrong)


def test_missing_keys_and_a_broken_sink_are_both_named(tmp_path):
    """Every part is looked at, whatever the others say."""
    config = lay_out(
        tmp_path, CONFIG + '\n[[sinks]]\ntype = "carrier-pigeon"\npurposes = ["ads"]\n'
    )
    (tmp_path / "privacykit.keys").unlink()
    wrong, _ = examine(str(config))
    assert "PK160" in _ids(wrong)
    assert any(problem.id.startswith("PK12") for problem in wrong)


def test_a_corrupt_geo_database_is_a_warning(tmp_path):
    """The application runs without places; the operator should know."""
    config = lay_out(tmp_path)
    (tmp_path / "places.mmdb").write_bytes(b"garbage")
    wrong, warnings = examine(str(config))
    assert wrong == []
    assert any(problem.id.startswith("PK19") for problem in warnings)


def test_cookies_of_a_page_are_named(tmp_path, page):
    """A cookie that no rule names is reported by name, never by value."""
    wrong, warnings = examine(str(lay_out(tmp_path)), page)
    found = [problem for problem in warnings if problem.id == "PK046"]
    assert [problem.key for problem in found] == ["cookies.mystery"]
    assert "s3cret" not in str(warnings)
    assert wrong == []


def test_a_page_that_cannot_be_fetched_is_wrong(tmp_path):
    """A wrong address is said, not raised."""
    assert _ids(examine(str(lay_out(tmp_path)), "http://127.0.0.1:1/")[0]) == ["PK040"]


@pytest.mark.parametrize(("change", "code"), [(None, 0), ("[geo]", 1)], ids=["good", "bad"])
def test_the_command_says_it_and_ends_with_its_code(tmp_path, change, code):
    """As JSON for machines, with exit code 1 when something is wrong."""
    text = CONFIG if change is None else CONFIG.replace(change, "[goes]")
    config = lay_out(tmp_path, text)
    done = subprocess.run(
        [sys.executable, "-m", "privacykit", "check", "--json", "--config", str(config)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert bool(json.loads(done.stdout)["problems"]) is bool(code)


def test_the_command_says_it_in_words(tmp_path):
    """A line for each problem, with its id."""
    config = lay_out(tmp_path, CONFIG.replace("[geo]", "[goes]"))
    done = subprocess.run(
        [sys.executable, "-m", "privacykit", "check", "--config", str(config)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "PK012" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
