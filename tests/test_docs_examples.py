"""The Python in the documentation, run where its reader would run it."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from redis import Redis
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from typer.testing import CliRunner

from privacykit import PrivacyMiddleware
from privacykit.cli.main import app as command
from privacykit.collect.events.format import decode_event
from privacykit.collect.privacy import NO_PRIVACY, Privacy
from privacykit.settings.load import load
from privacykit.testing.samples import row
from privacykit.verify.watch.people import people_of
from privacykit.verify.watch.signups import details_of
from tests.sessions import BROWSER

ROOT = Path(__file__).parent.parent
SHOP = """
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from privacykit import PrivacyMiddleware

def person(request):
    return HTMLResponse(request.state.privacy.rate_limit_key())

app = PrivacyMiddleware(Starlette(routes=[Route("/{rest:path}", person)]))
"""


def _blocks(page: str, language: str = "python") -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)


def _pages() -> list[str]:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    names = (path.relative_to(ROOT) for path in pages if "_build" not in path.parts)
    told = (
        str(name) for name in names if "frameworks" not in name.parts
    )  # in test_docs_frameworks
    return sorted(name for name in told if _blocks(name))


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Return a folder set up as the README says, and work in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "privacykit.toml").write_text(_blocks("README.md", "toml")[0])
    assert CliRunner().invoke(command, ["keys", "init"]).exit_code == 0
    return tmp_path


def _python(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *args], capture_output=True, text=True, timeout=100, check=False
    )


def test_every_page_with_python_is_run_here():
    """An example on a new page needs a test of its own."""
    assert _pages() == [
        "README.md",
        "docs/contributing.md",  # in docs/test_sink_pages
        "docs/how-to/banner.md",
        "docs/how-to/canary.md",
        "docs/how-to/consent-strings.md",
        "docs/how-to/data-page.md",
        "docs/how-to/geo.md",
        "docs/how-to/logs.md",
        "docs/how-to/reports.md",  # in test_docs_sessions
        "docs/how-to/run.md",
        "docs/how-to/sealing.md",
        "docs/how-to/sinks.md",
        "docs/how-to/sinks/hubspot.md",
        "docs/how-to/sinks/redis.md",
        "docs/how-to/site.md",
        "docs/how-to/tags.md",
        "docs/how-to/telemetry.md",
        "docs/reference/events.md",
        "docs/tutorial.md",  # in test_docs_sessions
    ]


@pytest.mark.usefixtures("site")
def test_the_readme_wraps_an_application_and_asks_for_the_decision():
    """Its application answers, and is told what may happen."""
    names, [block] = {}, _blocks("README.md")
    exec(block, names)
    with TestClient(names["app"], base_url="https://shop.example", client=("::1", 1)) as client:
        assert client.get("/orders/1001").text == "<p>Order 1001. This visit is counted."


def test_the_banners_page_asks_and_leads_past_the_account(site):
    """Its template holds the banner, and its sign-in leads to a page that is there."""
    names = {}
    templates, sign_in = _blocks("docs/how-to/banner.md")
    exec(templates, names)
    exec(sign_in, names)

    async def page(request):
        template = names["templates"].from_string("{{ privacy_banner(request) }}")
        return HTMLResponse(template.render(request=request))

    routes = [Route("/", page), Route("/log-in", names["log_in"], methods=["POST"])]
    app = PrivacyMiddleware(Starlette(routes=routes), person=lambda _: "u1")
    url = "https://shop.example"
    with TestClient(app, url, client=("::1", 1), follow_redirects=False) as client:
        assert "data-privacy-banner" in client.get("/").text
        met = client.get(client.post("/log-in").headers["location"])
        assert (met.status_code, met.headers["location"]) == (303, "/orders")
    assert site.is_dir()


VARYING = {"id", "time", "expires_at", "visitor", "policies"}


def _constant(value):
    """Return *value* without what differs from one day to the next."""
    if not isinstance(value, dict):
        return value
    return {key: _constant(each) for key, each in value.items() if key not in VARYING}


def test_the_readmes_event_is_that_of_its_application(site):
    """What a newcomer's own browser leaves: nothing more is shown, and nothing less."""
    names = {}
    exec(_blocks("README.md")[0], names)
    browser = {"user-agent": BROWSER, "accept-language": "de", "accept": "text/html"}
    url = "http://localhost:8000"
    with TestClient(names["app"], base_url=url, client=("127.0.0.1", 1)) as client:
        client.get("/orders/1007?token=s3cret", headers=browser)
    tail = CliRunner().invoke(command, ["events", "tail", "--json"]).stdout.splitlines()
    own, page = map(json.loads, tail)
    [block] = _blocks("README.md", "json")
    assert _constant(page) == _constant(json.loads(block))
    assert decode_event(block.encode()).data.page == "/orders/{number}"
    assert (own["data"]["name"], own["data"]["page"]) == ("order_seen", None)
    assert "s3cret" not in block
    assert site.is_dir()


def test_what_the_readme_imports_it_says_how_to_install():
    """A newcomer has nothing but what the page named before."""
    text = (ROOT / "README.md").read_text()
    [block] = _blocks("README.md")
    before = text[: text.index(block)]
    for package in set(re.findall(r"^from (\w+)", block, re.MULTILINE)):
        assert re.search(rf"pip install '?{package}", before), package


@pytest.mark.parametrize("page", ["consent-strings", "geo", "logs", "run", "sinks", "telemetry"])
@pytest.mark.usefixtures("site")
def test_a_pages_blocks_run_in_their_order(page):
    """Each page is one program, after an application that its reader has already."""
    before = "from starlette.applications import Starlette\napp = Starlette()\n"
    done = _python("-W", "error", "-c", before + "\n".join(_blocks(f"docs/how-to/{page}.md")))
    assert done.returncode == 0, done.stderr


def test_the_events_page_reads_an_event(capsys):
    """As a sink gets it."""
    block, names_page = _blocks("docs/reference/events.md")
    exec(block, {"body": row(1).body})
    exec(names_page, {"request": SimpleNamespace(state=SimpleNamespace(privacy=NO_PRIVACY))})
    assert NO_PRIVACY.page is None
    assert capsys.readouterr().out == "2027-01-15T08:00:01Z page DE\n"


def test_the_canary_page_is_a_test_that_passes(site):
    """A reader's own test, with the fixture that comes with the package."""
    (site / "shop.py").write_text(SHOP)
    (site / "test_canary.py").write_text(_blocks("docs/how-to/canary.md")[0])
    done = _python("-m", "pytest", "-q", "-p", "no:cacheprovider", str(site))
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout + done.stderr


@pytest.mark.usefixtures("site")
def test_the_data_pages_hook_tells_who_is_signed_in():
    """By a cookie that its signer made, and by no other."""
    names = {}
    exec(_blocks("docs/how-to/data-page.md")[0], names)
    signed = names["signer"].sign("u7").decode()
    origin = "https://shop.example"
    with TestClient(names["app"], base_url=origin, client=("::1", 1)) as client:
        found = []
        for session in (signed, signed + "x"):
            client.cookies.set("session", session)
            answer = client.post("/privacy/data.json", headers={"origin": origin})
            found.append(answer.json()["found_by"])
    assert found == [["account"], []]


def test_a_visitors_entries_leave_a_redis_stream(redis_url):
    """The page's own lines, on a stream of this test's."""
    stream = redis_url.partition("prefix=")[2] + "events"
    (code,) = _blocks("docs/how-to/sinks/redis.md")
    with Redis() as server:
        for who in ("a", "b", "a"):
            server.xadd(stream, {"key": who})
        code = code.replace("privacykit:shop:analytics", stream).replace("the visitor's id", "a")
        exec(code, {})
        assert [fields for _, fields in server.xrange(stream)] == [{b"key": b"b"}]
        server.delete(stream)


def test_the_hubspot_page_emits_as_an_application_may():
    """Its line is a call that a decided request takes."""
    emitted = []

    def emit(*args, **more):
        inspect.signature(Privacy.emit).bind(None, *args, **more)
        emitted.append((args, more["props"]["hubspot_contact"]))

    (code,) = _blocks("docs/how-to/sinks/hubspot.md")
    state = SimpleNamespace(privacy=SimpleNamespace(emit=emit))
    exec(code, {"request": SimpleNamespace(state=state)})
    assert emitted == [(("demo asked", "ads"), 4711)]


@pytest.mark.usefixtures("site")
def test_the_sealing_page_seals_and_opens():
    """By its own rules; what it puts beside is in the clear, what it seals is not."""
    found: dict[str, object] = {}
    exec(_blocks("docs/how-to/sealing.md")[0], found)
    sealing = found["sealing"]
    event = {
        "id": "018f2a6e-0000-7000-8000-000000000001",
        "type": "order",
        "data": {
            "customer": {"id": "c7", "email": "mara@example.org", "born": "1984-02-29"},
            "courier": {"id": "k3", "name": "Ben Baker"},
        },
    }
    sealed = sealing.seal(event)
    text = json.dumps(sealed)
    assert [it for it in ("mara@", "1984-02", "Ben Baker") if it in text] == []
    assert sealed["data"]["customer"]["age"] == "40-49"
    opened = sealing.open(sealed)["data"]
    assert (opened["customer"]["email"], opened["courier"]["name"]) == (
        "mara@example.org",
        "Ben Baker",
    )


def test_the_site_page_signs_somebody_up(site):
    """With what the canary gives its hook; what it returns removes the account."""
    made, gone = [], []

    def create(*given):
        made.append(given)
        return SimpleNamespace(delete=lambda: gone.append(given))

    found: dict[str, object] = {"accounts": SimpleNamespace(create=create)}
    exec(_blocks("docs/how-to/site.md")[0], found)
    person = details_of(people_of(load(site / "privacykit.toml"), lambda n: b"\x07" * n)[0])
    found["sign_up"](person)()
    assert made == gone == [(person["email"], person["name"], person["password"])]


def test_the_tags_page_sets_a_cookie_only_where_it_may(site):
    """Its view, in an application behind us: nobody allowed advertising yet."""
    names = {}
    config = (site / "privacykit.toml").read_text()
    (site / "privacykit.toml").write_text(config + '\n[purposes.ads]\nuses = ["targeted_ads"]\n')
    exec(_blocks("docs/how-to/tags.md")[0], names)
    app = PrivacyMiddleware(Starlette(routes=[Route("/", names["page"])]))
    with TestClient(app, base_url="https://shop.example", client=("::1", 1)) as client:
        answer = client.get("/")
    assert (answer.text, answer.headers.get("set-cookie")) == ("<h1>Shop</h1>", None)
