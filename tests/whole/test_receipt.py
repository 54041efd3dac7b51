"""A real click in a browser, its receipt, and a program of somebody else's that checks it."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from typer.testing import CliRunner

from privacykit import PrivacyMiddleware
from privacykit.cli.main import app as cli
from privacykit.geo.synthetic import address_of
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.testing.canary import Canary
from privacykit.testing.layout import CONFIG, lay_out
from tests.browsers import served

THIRD = Path(__file__).with_name("check_receipt.py")
BUTTONS = {"iso-27560": "Download (ISO/IEC TS 27560)", "kantara": "Download (Kantara 1.1)"}
WHO = """
[controller]
name = "Shop GmbH"
contact = "privacy@shop.example"
establishments = ["DE"]
"""


async def shown(_):
    """A page of the shop."""
    return HTMLResponse("<!doctype html><title>shop</title>")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A wrapped shop under uvicorn; gives its folder and address."""
    folder = tmp_path_factory.mktemp("shop")
    path = lay_out(folder, CONFIG + WHO)
    app = Starlette(routes=[Route("/", shown)])
    wrapped = PrivacyMiddleware(app, build(load(path), base=str(path)))
    with served(wrapped) as address:
        yield folder, address


@pytest.fixture(scope="module")
def canary():
    """A visitor from Germany made of markers."""
    return Canary.hatch(address_of("DE", 77), address_of("DE", 77, ipv6=True))


@pytest.fixture(scope="module")
def receipts(shop, browser, canary):
    """The receipts of one click on "Allow all", in each form, as files."""
    folder, address = shop
    found = {}
    context = browser.new_context(
        user_agent=canary.user_agent, extra_http_headers={"x-forwarded-for": str(canary.ipv4)}
    )
    page = context.new_page()
    page.goto(f"{address}/privacy/")
    page.get_by_role("button", name="Allow all").click()
    page.locator(".done").wait_for()
    page.get_by_role("link", name="Get a receipt for your consent").click()
    for form, button in BUTTONS.items():
        with page.expect_download() as waiting:
            page.get_by_role("button", name=button).click()
        found[form] = folder / f"{form}.json"
        waiting.value.save_as(found[form])
    context.close()
    return found


@pytest.fixture(scope="module")
def public_key(shop):
    """The key that the shop publishes."""
    with urllib.request.urlopen(f"{shop[1]}/privacy/receipt-keys.json", timeout=60) as answer:
        return json.load(answer)["assertionMethod"][0]["publicKeyHex"]


def third(path, key):
    """Run somebody else's program on the receipt at *path*, without our code in reach."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    words = [sys.executable, str(THIRD), str(path), key]
    return subprocess.run(words, env=clean, capture_output=True, text=True, check=False)


def test_the_program_is_somebody_elses():
    """It imports what everybody has, and nothing of ours."""
    found = [it for it in ast.walk(ast.parse(THIRD.read_text())) if isinstance(it, ast.Import)]
    others = [it for it in ast.walk(ast.parse(THIRD.read_text())) if isinstance(it, ast.ImportFrom)]
    names = {a.name for it in found for a in it.names} | {f.module.split(".")[0] for f in others}
    assert names == {"hashlib", "json", "sys", "cryptography"}


@pytest.mark.parametrize("form", BUTTONS)
def test_a_receipt_of_a_real_click_is_verified_by_others(receipts, public_key, form):
    """With the public key alone; what was agreed to stands in it."""
    done = third(receipts[form], public_key)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Analytics, Profile, Ads\n", "")


@pytest.mark.parametrize("form", BUTTONS)
def test_a_changed_receipt_is_not(receipts, public_key, form, tmp_path):
    """One purpose more, and nobody signed it."""
    changed = tmp_path / "changed.json"
    changed.write_text(receipts[form].read_text().replace("Analytics", "Everything"))
    assert third(changed, public_key).returncode == 1


def said_by(folder, *words):
    """Run a command on the shop and return its exit code and all it said."""
    done = CliRunner().invoke(cli, [*words, "--config", str(folder / "privacykit.toml")])
    return done.exit_code, done.output


def test_our_command_agrees(shop, receipts, public_key):
    """With our keys by default, with the one that is named otherwise."""
    folder, _ = shop
    for path in receipts.values():
        assert said_by(folder, "consent", "verify", str(path))[0] == 0
        named = ("consent", "verify", str(path), "--public-key", public_key)
        assert said_by(folder, *named)[0] == 0
        assert said_by(folder, *named[:-1], "ab" * 32)[0] != 0


def test_nothing_of_the_visitor_comes_out(shop, receipts, canary):
    """Receipts, the record, its export and the rates hold no address and no user agent."""
    folder, _ = shop
    code, exported = said_by(folder, "consent", "export")
    record = json.loads(exported.splitlines()[0])["record"]["record"]
    told = {
        "export": exported,
        "show": said_by(folder, "consent", "show", "--record", record)[1],
        "receipt": said_by(folder, "consent", "show", "--record", record, "--receipt", "iso-27560")[
            1
        ],
        "stats": said_by(folder, "consent", "stats", "--threshold", "2")[1],
        "verify": said_by(folder, "consent", "verify")[1],
        **{form: path.read_text() for form, path in receipts.items()},
    }
    assert code == 0
    assert record in told["show"]
    assert record in told["receipt"]
    assert [f for name, said in told.items() for f in canary.search(said.encode(), name)] == []
