"""A wrapped shop with real laws, and visitors of it from anywhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from privacykit import PrivacyMiddleware
from privacykit.geo.synthetic import address_of
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.testing.layout import CONFIG, lay_out
from privacykit.web.banner.inline import privacy_banner

NAMED = CONFIG.replace(
    'uses = ["targeted_ads", "sale"]',
    'uses = ["targeted_ads", "sale"]\nlabel = "Advertising"\nrecipients = ["Ad Company Ltd"]'
    '\ntexts.de = { label = "Werbung" }',
)
"""The shop, with a purpose as visitors should read about it."""
OWN_PAGE = {"origin": "http://shop.example", "sec-fetch-site": "same-origin"}


async def page(request):
    """A page of the shop with the banner in it."""
    return HTMLResponse(f"<!doctype html><body>{privacy_banner(request)}<main>shop</main>")


class Fragment:
    """What a fragment shows."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.asks = 'data-privacy-banner="asks"' in html
        found = re.search(r'data-purposes="([^"]*)"', html)
        self.purposes = json.loads(found[1].replace("&#34;", '"')) if found else {}
        self.asked = re.findall(r'name="asked" value="([^"]*)"', html)
        self.buttons = re.findall(r"<button ([^>]*)>", html)


class House:
    """The shop under one configuration, in a folder that keeps its keys and records."""

    def __init__(self, folder: Path, config: str = NAMED) -> None:
        self.folder = folder
        path = folder / "privacykit.toml"
        if path.exists():
            path.write_text(config, encoding="utf-8")
        else:
            lay_out(folder, config)
        self.engine = build(load(path), base=str(path))
        routes = [Route("/", page), Route("/shop/{item}", page)]
        app = Starlette(routes=[*routes, Mount("/mounted", Starlette(routes=routes))])
        self.app = PrivacyMiddleware(app, self.engine)
        self.client = TestClient(
            self.app,
            base_url="http://shop.example",
            follow_redirects=False,
            client=("127.0.0.1", 50_000),
        )
        self.client.__enter__()

    def close(self) -> None:
        """Stop it."""
        self.client.__exit__(None, None, None)

    def visitor(self, place: str, **headers: str) -> Visitor:
        """Return a new visitor from *place*."""
        return Visitor(self, {"x-forwarded-for": address_of(place, 9), **headers})


class Visitor:
    """A browser at the shop, with cookies of its own."""

    def __init__(self, house: House, headers: dict[str, str]) -> None:
        self.house, self.headers, self.cookies = house, headers, {}

    def get(self, path: str, **headers: str):
        """Return the answer for *path*."""
        return self._keep(self.house.client.get(path, headers=self._sent(headers)))

    def post(self, path: str, data, **headers: str):
        """Return the answer to a form."""
        sent = self._sent({**OWN_PAGE, **headers})
        return self._keep(self.house.client.post(path, data=data, headers=sent))

    def banner(self, query: str = "") -> Fragment:
        """Return the fragment."""
        answer = self.get(f"/privacy/banner{query}")
        assert answer.status_code == 200
        return Fragment(answer.text)

    def answer(self, action: str, **more: str):
        """Press a button of the banner that is shown."""
        shown = self.banner()
        data = {"action": action, "asked": shown.asked, "interface": "banner", **more}
        if 'name="gpc_notice"' in shown.html:
            data["gpc_notice"] = "1"
        answer = self.post("/privacy/choice", data)
        assert answer.status_code == 303, answer.text
        return answer

    def _sent(self, headers):
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {**self.headers, **({"cookie": cookie} if cookie else {}), **headers}

    def _keep(self, answer):
        for line in answer.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            self.cookies.pop(name, None)
            if "Max-Age=0" not in rest:
                self.cookies[name] = rest.partition(";")[0]
        self.house.client.cookies.clear()
        return answer


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """One shop for all tests of a module."""
    made = House(tmp_path_factory.mktemp("shop"))
    yield made
    made.close()


@pytest.fixture
def another(tmp_path):
    """Open the shop again and again, under changed configurations, with the same keys."""
    opened = []

    def open_(config=NAMED):
        if opened:
            opened.pop().close()
        opened.append(House(tmp_path, config))
        return opened[-1]

    yield open_
    for made in opened:
        made.close()
