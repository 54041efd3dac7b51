"""The Python in the documentation, run where its reader would run it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from typer.testing import CliRunner

from privacykit.cli.main import app as command
from privacykit.geo.synthetic import build

ROOT = Path(__file__).parent.parent
SHOP = """
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from privacykit import PrivacyMiddleware

def person(request):
    return PlainTextResponse(request.state.privacy.rate_limit_key())

app = PrivacyMiddleware(Starlette(routes=[Route("/{rest:path}", person)]))
"""


def _blocks(page: str, language: str = "python") -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)


def _pages() -> list[str]:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    names = (path.relative_to(ROOT) for path in pages if "_build" not in path.parts)
    return sorted(str(name) for name in names if _blocks(str(name)))


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Return a folder set up as the README says, and work in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "privacykit.toml").write_text(_blocks("README.md", "toml")[0])
    (tmp_path / "GeoLite2-City.mmdb").write_bytes(build())
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
        "docs/how-to/canary.md",
        "docs/how-to/geo.md",
        "docs/how-to/logs.md",
        "docs/how-to/run.md",
        "docs/how-to/sinks.md",
        "docs/tutorial.md",
    ]


@pytest.mark.usefixtures("site")
def test_the_readme_wraps_an_application_and_asks_for_the_decision():
    """Its first block wraps, its second runs inside a request."""
    wrap, inside = _blocks("README.md")
    seen = {}

    def home(request):
        exec(inside, seen | {"request": request}, seen)
        return PlainTextResponse("")

    names = {"app": Starlette(routes=[Route("/", home)])}
    exec(wrap, names)
    with TestClient(names["app"], base_url="https://shop.example", client=("::1", 1)) as client:
        assert client.get("/").status_code == 200
    assert seen["privacy"].allows("analytics")


@pytest.mark.usefixtures("site")
def test_the_tutorials_view_is_a_view():
    """It answers nothing yet, but decides."""
    [block] = _blocks("docs/tutorial.md")
    names, [wrap, _] = {}, _blocks("README.md")
    exec(block, names)

    async def home(request):
        assert await names["home"](request) is None
        return PlainTextResponse("")

    names["app"] = Starlette(routes=[Route("/", home)])
    exec(wrap, names)
    with TestClient(names["app"], base_url="https://shop.example", client=("::1", 1)) as client:
        assert client.get("/").status_code == 200


@pytest.mark.parametrize("page", ["geo", "logs", "run", "sinks"])
@pytest.mark.usefixtures("site")
def test_a_pages_blocks_run_in_their_order(page):
    """Each page is one program, after an application that its reader has already."""
    before = "from starlette.applications import Starlette\napp = Starlette()\n"
    done = _python("-W", "error", "-c", before + "\n".join(_blocks(f"docs/how-to/{page}.md")))
    assert done.returncode == 0, done.stderr


def test_the_canary_page_is_a_test_that_passes(site):
    """A reader's own test, with the fixture that comes with the package."""
    (site / "shop.py").write_text(SHOP)
    (site / "test_canary.py").write_text(_blocks("docs/how-to/canary.md")[0])
    done = _python("-m", "pytest", "-q", "-p", "no:cacheprovider", str(site))
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout + done.stderr
