"""Tests of ``privacykit check``."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from privacykit import sinks
from privacykit.cli import check as check_module
from privacykit.cli.check import examine
from privacykit.collect.counters import Counters
from privacykit.errors import ConfigurationError, SinkError
from privacykit.operate.context import OperatorContext
from privacykit.runtime.checks.installation import _ask
from privacykit.settings.backends import Backends
from privacykit.settings.load import load
from privacykit.settings.paths import Paths
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


@pytest.mark.parametrize(
    ("geo", "warned"),
    [("", True), ('edge = "cloudflare"', False), ('country_header = "X-Country"', False)],
)
def test_places_are_unknown_where_nothing_tells_them(tmp_path, geo, warned):
    """A file, or headers of an edge, ours or another's."""
    text = CONFIG.replace('database = "places.mmdb"', geo)
    assert ("PK042" in _ids(examine(str(lay_out(tmp_path, text)))[1])) is warned


@pytest.mark.parametrize(
    ("old", "new", "warned"),
    [
        ('page = "analytics"', "", "PK043"),
        ("secure = false", "secure = true", "PK044"),
        ("[events]", '[purposes.bare]\nuses = ["analytics_storage"]\n[events]', "PK045"),
    ],
)
def test_what_works_and_is_hardly_meant_is_a_warning(tmp_path, old, new, warned):
    """Nothing is counted, choices may be read on the way, a purpose has no name."""
    assert old in CONFIG
    path = lay_out(tmp_path)
    before = _ids(examine(str(path))[1])
    path.write_text(CONFIG.replace(old, new, 1), encoding="utf-8")
    assert abs(_ids(examine(str(path))[1]).count(warned) - before.count(warned)) == 1


def test_a_server_whose_log_is_out_of_reach_is_a_warning(tmp_path, monkeypatch):
    """Where it is installed: nobody knows whether it serves the site."""
    servers = "privacykit.runtime.checks.installation.uncovered_servers"
    monkeypatch.setattr(servers, lambda: {"daphne": "scrub its log"})
    assert "PK041" in _ids(examine(str(lay_out(tmp_path)))[1])


def test_a_key_that_is_not_hexadecimal_is_wrong(tmp_path):
    """It is a key of bytes, and its text is not shown."""
    text = CONFIG + '\n[ip]\nmode = "hash"\nkey = "not one"\n'
    wrong, _ = examine(str(lay_out(tmp_path, text)))
    assert [one.key for one in wrong if one.id == "PK024"] == ["ip.key"]
    assert "not one" not in str(wrong)


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


WRITTEN_OUT = """
[records]
url = "postgresql+psycopg://nobody:hunter2@127.0.0.1:1/none"
[[sinks]]
type = "http"
url = "https://hook.example/"
token = "hunter2"
purposes = ["ads"]
"""
WRITTEN_ELSEWHERE = """
[[sinks]]
type = "http"
url = "https://hook.example/"
token = { env = "HUNTER" }
purposes = ["ads"]
"""


def exposed(config):
    """Return the keys that are written out where others can read, as `check` says."""
    found = [each for each in examine(str(config))[1] if each.id == "PK049"]
    assert "hunter2" not in str(found)
    return [(Path(each.file).name, each.key) for each in found]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o666])
def test_a_credential_that_others_can_read_is_a_warning(tmp_path, mode):
    """Each is named by its key: tokens of sinks, passwords in URLs."""
    config = lay_out(tmp_path, CONFIG + WRITTEN_OUT)
    config.chmod(mode)
    names = [("privacykit.toml", "records.url"), ("privacykit.toml", "sinks.0.token")]
    assert exposed(config) == names


def test_a_credential_in_a_data_map_that_others_can_read_is_a_warning(tmp_path):
    """The data map holds URLs of databases."""
    config = lay_out(tmp_path, CONFIG)
    data_map = tmp_path / "datamap.toml"
    data_map.write_text('[systems.shop]\nurl = "postgresql://me:hunter2@db.example/shop"\n')
    data_map.chmod(0o644)
    assert exposed(config) == [("datamap.toml", "systems.shop.url")]


@pytest.mark.parametrize(("text", "mode"), [(WRITTEN_OUT, 0o600), (WRITTEN_ELSEWHERE, 0o644)])
def test_a_credential_that_others_cannot_read_is_none(tmp_path, text, mode):
    """A private file may hold it, and a readable one may say where it is."""
    config = lay_out(tmp_path, CONFIG + text)
    config.chmod(mode)
    assert exposed(config) == []


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


def lines(problems):
    """Return where each is: file, line, key."""
    return [(problem.id, problem.line, problem.key) for problem in problems]


DEAD = """
[[sinks]]
type = "http"
url = "http://127.0.0.1:1/hook"
purposes = ["analytics"]
"""


def test_a_dead_sink_is_found_when_it_is_asked(tmp_path):
    """And only then: a check without a network says nothing of it."""
    config = str(lay_out(tmp_path, CONFIG + DEAD))
    assert examine(config)[0] == []
    (found,) = examine(config, connect=True)[0]
    assert (found.id, found.key, "is it up" in found.hint) == ("PK166", "sinks.0", True)
    assert (
        found.line == (tmp_path / "privacykit.toml").read_text().split("\n").index("[[sinks]]") + 1
    )


def test_a_sink_that_answers_is_in_order(tmp_path, page):
    """Whatever it says to a question for its head but that it does not know us."""
    config = str(lay_out(tmp_path, CONFIG + DEAD.replace("http://127.0.0.1:1/", page)))
    assert examine(config, connect=True)[0] == []


def test_a_store_that_is_silent_is_not_waited_for(tmp_path, monkeypatch):
    """It takes the connection and says nothing."""
    monkeypatch.setattr(check_module, "BOUND_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"mysql+pymysql://me@127.0.0.1:{silent.getsockname()[1]}/none"
        config = lay_out(tmp_path, CONFIG + f'\n[records]\nurl = "{url}"\n')
        (found,) = examine(str(config))[0]
    assert (found.id, found.key) == ("PK040", "records.url")
    assert "no answer within" in found.message


NAMES = (
    CONFIG.replace("places.mmdb", "none.mmdb")
    + """
[datamap]
file = "none.toml"
[ip]
mode = "cryptopan"
key = { env = "PK_NOPE" }
[[sinks]]
type = "http"
url = "https://hook.example/"
token = { file = "none.token" }
purposes = ["profile"]
[[sinks]]
type = "sql"
url = "sqlite:///no/folder.db"
purposes = ["ads"]
"""
)


def test_what_the_file_names_and_nobody_can_read_is_said_with_its_line(tmp_path, monkeypatch):
    """Variables, files, folders: each once, under the key that names it."""
    monkeypatch.delenv("PK_NOPE", raising=False)
    wrong = examine(str(lay_out(tmp_path, NAMES)))[0]
    rows = NAMES.split("\n")
    found = {(problem.id, problem.key, rows[problem.line - 1]) for problem in wrong}
    assert found >= {
        ("PK034", "ip.key", 'key = { env = "PK_NOPE" }'),
        ("PK034", "sinks.0.token", 'token = { file = "none.token" }'),
        ("PK035", "geo.database", 'database = "none.mmdb"'),
        ("PK035", "datamap.file", 'file = "none.toml"'),
        ("PK132", "sinks.1.url", 'url = "sqlite:///no/folder.db"'),
    }
    assert len({(problem.id, problem.key) for problem in wrong}) == len(wrong)


URLS = (
    CONFIG
    + """
[records]
url = { env = "PK_RECORDS" }
[outbox]
url = { env = "PK_OUTBOX" }
[salts]
url = { file = "salts.url" }
[[sinks]]
type = "sql"
url = { env = "PK_SINK" }
purposes = ["ads"]
"""
)
URLS = URLS.replace("[events]\n", '[events]\nurl = { env = "PK_EVENTS" }\n')
PLACES = {"events.url", "records.url", "outbox.url", "salts.url", "sinks.0.url"}


def test_a_store_whose_url_is_nowhere_is_said_once(tmp_path):
    """Under its own key; nothing else is said of it."""
    wrong = examine(str(lay_out(tmp_path, URLS)))[0]
    assert sorted(problem.key for problem in wrong) == sorted(PLACES)
    assert {problem.id for problem in wrong} == {"PK034"}
    with pytest.raises(ConfigurationError, match=r"PK034 privacykit\.toml: records\.url"):
        OperatorContext(str(tmp_path / "privacykit.toml")).engine.connect()


def test_the_urls_of_stores_come_from_where_credentials_do(tmp_path, monkeypatch):
    """Relative files lie beside the configuration, as where a URL is written out."""
    path = lay_out(tmp_path, URLS)
    for name in ("EVENTS", "OUTBOX", "RECORDS", "SINK"):
        monkeypatch.setenv(f"PK_{name}", f"sqlite:///{name.lower()}.db")
    (tmp_path / "salts.url").write_text("sqlite:///the-salts.db\n")
    assert examine(str(path))[0] == []
    backends = Backends(
        load(str(path)), Paths.beside(str(path)), counters=Counters(), clock=time.time
    )
    backends.salts.prepare()
    backends.consents.prepare()
    backends.stop(0.0)
    assert {found.name for found in tmp_path.glob("*.db")} == {"the-salts.db", "records.db"}


def test_salts_share_a_file_with_nothing_that_a_variable_names(tmp_path, monkeypatch):
    """Said when the configuration is read, as where it is written out."""
    for name in ("EVENTS", "OUTBOX", "SINK"):
        monkeypatch.setenv(f"PK_{name}", f"sqlite:///{name.lower()}.db")
    monkeypatch.setenv("PK_RECORDS", "sqlite:///one.db")
    (tmp_path / "salts.url").write_text("sqlite:///./one.db\n")
    wrong = examine(str(lay_out(tmp_path, URLS)))[0]
    assert [(problem.id, problem.key) for problem in wrong] == [("PK136", "salts.url")]


def test_a_credential_file_is_looked_for_beside_the_configuration(tmp_path, monkeypatch):
    """Not where the command was called."""
    (tmp_path / "hook.token").write_text("t0ken")
    monkeypatch.chdir("/")
    text = CONFIG + DEAD + 'token = { file = "hook.token" }\n'
    assert examine(str(lay_out(tmp_path, text)))[0] == []


@pytest.mark.parametrize(
    ("keep", "told"), [("13 months", False), ("14 months", True), ("9 years", True)]
)
def test_a_sink_that_keeps_longer_than_the_purpose_is_a_warning(tmp_path, keep, told):
    """Its own time ends what nobody else can end there."""
    sink = f"""
[[sinks]]
type = "redis"
name = "stream"
url = "redis://127.0.0.1:1/0"
purposes = ["analytics"]
keep = "{keep}"
"""
    wrong, warnings = examine(str(lay_out(tmp_path, CONFIG + sink)))
    assert wrong == []
    assert (("PK473", "sinks.0.keep") in {(one.id, one.key) for one in warnings}) is told


def test_what_nothing_uses_is_a_warning(tmp_path):
    """A purpose without a use in the file, a sink that no page event reaches."""
    text = CONFIG + DEAD.replace('"analytics"', '"ads"') + '[purposes.lonely]\nuses = ["sale"]\n'
    found = [(problem.id, problem.key) for problem in examine(str(lay_out(tmp_path, text)))[1]]
    assert ("PK036", "purposes.lonely") in found
    assert ("PK037", "sinks.0.purposes") in found
    assert not [key for id_, key in found if id_ == "PK036" and "lonely" not in key]


@pytest.mark.parametrize(
    ("text", "known", "mapped", "key"),
    [
        (CONFIG, "", False, "purposes.profile.identified"),
        (CONFIG, 'identified_by = ["customer_id"]', False, "events.identified_by"),
        (CONFIG, "", True, None),
        (CONFIG.replace("identified = true", ""), "", False, None),
        (f"{CONFIG}\n[data_page]\nenabled = false\n", "", False, None),
    ],
    ids=["identified", "named", "mapped", "nobody", "no page"],
)
def test_people_who_are_known_and_cannot_ask_are_a_warning(tmp_path, text, known, mapped, key):
    """Their data page has no button for it without a data map."""
    config = lay_out(tmp_path, text.replace("[events]", f"[events]\n{known}"))
    if mapped:
        (tmp_path / "datamap.toml").write_text("[systems.shop]\n")
    keys = [problem.key for problem in examine(str(config))[1] if problem.id == "PK076"]
    assert keys == ([key] if key else [])


def test_a_data_map_that_is_wrong_is_found(tmp_path):
    """With its own name and line."""
    config = lay_out(tmp_path)
    (tmp_path / "datamap.toml").write_text('[datasets.shop]\nurl = { env = "PK_NOPE" }\n')
    assert lines(examine(str(config))[0]) == [("PK218", 2, "datasets.shop.url")]
    (tmp_path / "datamap.toml").write_text('[datasets.shop]\nulr = "x"\n')
    assert lines(examine(str(config))[0]) == [("PK211", 2, "datasets.shop.ulr")]


class _Says:
    """A sink that answers with an error."""

    def __init__(self, words):
        self.words = words

    async def answers(self):
        raise SinkError(self.words)


def _words_of_sinks():
    """Return how each kind of trouble begins that a sink of ours may tell."""
    text = "".join(path.read_text() for path in Path(sinks.__file__).parent.rglob("*.py"))
    return sorted(set(re.findall(r'"(PK1\d\d [^"{]+)', text)))


@pytest.mark.parametrize("words", _words_of_sinks())
def test_what_a_sink_said_is_told_with_a_hint_that_fits(words):
    """Under its own id; whether it is up is asked of none that has answered."""
    with pytest.raises(ConfigurationError) as refused:
        _ask("sinks.0", _Says(words))
    (problem,) = refused.value.problems
    assert (problem.id, problem.key) == (words[:5], "sinks.0")
    assert "PK" not in problem.message + problem.hint
    assert problem.hint
    nobody_knows = problem.id in {"PK166", "PK172"}
    assert nobody_knows or "is it up" not in problem.hint


def test_a_stranger_s_sink_is_told_too():
    """Its words have no id of ours."""
    with pytest.raises(ConfigurationError) as refused:
        _ask("sinks.0", _Says("out of paper"))
    assert "PK040" in str(refused.value)
    assert "out of paper (is it up" in str(refused.value)


CLICKHOUSE = """[datasets.shop]
connector = "clickhouse"
url = "https://ch.example"
[datasets.shop.options]
"""


@pytest.mark.parametrize(
    ("old", "new", "more", "found"),
    [
        ("", "", "", []),
        ('url = "https://ch.example"\n', "", "", [("PK218", 1, "datasets.shop.url")]),
        ("https://ch.example", "http://ch.example", "", [("PK401", 3, "datasets.shop.url")]),
        ("", "", "wait = -1", [("PK401", 5, "datasets.shop.options.wait")]),
        (
            *("", ""),
            'password = { env = "PK_NOPE" }',
            [("PK034", 5, "datasets.shop.options.password")],
        ),
        ("", "", 'password = "p"', []),
        ('"https://ch.example"', '{ env = "PK_NOPE" }', "", [("PK218", 3, "datasets.shop.url")]),
    ],
)
def test_a_dataset_of_clickhouse_is_looked_at(tmp_path, old, new, more, found):
    """Its URL, its options and its password, without a connection."""
    config = lay_out(tmp_path)
    text = CLICKHOUSE.replace(old, new) if old else CLICKHOUSE
    (tmp_path / "datamap.toml").write_text(f"{text}{more}\n")
    assert lines(examine(str(config))[0]) == found


SPARK = """[datasets.lake]
connector = "spark"
path = "."
[datasets.lake.options]
"""


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("", []),
        ('remote = "sc://spark.example"', [("PK441", 5, "datasets.lake.options.remote")]),
        ('token = { env = "PK_NOPE" }', [("PK034", 5, "datasets.lake.options.token")]),
        ('token = "t"', []),
    ],
)
def test_a_dataset_in_spark_is_looked_at(tmp_path, more, found):
    """Its options and its token, without a session."""
    config = lay_out(tmp_path)
    (tmp_path / "datamap.toml").write_text(f"{SPARK}{more}\n")
    assert lines(examine(str(config))[0]) == found
