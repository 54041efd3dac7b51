"""A shop with a request form, and people in front of it."""

from __future__ import annotations

import re

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from privacykit import PrivacyMiddleware
from privacykit.geo.synthetic import address_of
from privacykit.operate.context import OperatorContext
from privacykit.testing.layout import CONFIG, lay_out
from tests.waiting import eventually
from tests.web.requests import mailbox

MAP = """
[systems.shop]

[datasets.shop]
system = "shop"
url = "sqlite:///shop.db"

[collections.shop.customers]
subject = true

[collections.shop.customers.fields]
email = { category = "user.contact.email", identity = "email" }
"""
FORM = """
[requests]
url = "https://shop.example"

[requests.form]
send = "tests.web.requests.mailbox:send"
"""

OWN = {"sec-fetch-site": "same-origin"}
ASKED = {"right": "erasure", "email": "mara@example.org", "who": "self", "about": ""}


class Shop:
    """
    A shop that serves the form.

    Args:
        folder: Where it lives.
    """

    def __init__(self, folder, config=CONFIG + FORM):
        self.path = lay_out(folder, config)
        (folder / "datamap.toml").write_text(MAP)
        self.app = PrivacyMiddleware(Starlette(), self.path)
        self.folder = folder

    def visitor(self, place="DE", number=7, host="shop.example"):
        """Return a browser."""
        headers = {"x-forwarded-for": address_of(place, number), "origin": f"http://{host}"}
        engine = self.app._engine
        engine.start()
        eventually(lambda: engine.running)
        return TestClient(
            self.app,
            base_url=f"http://{host}",
            headers=headers,
            client=("127.0.0.1", 5000),
            follow_redirects=False,
        )

    def requests(self):
        """Return what is filed."""
        context = OperatorContext(str(self.path))
        try:
            from privacykit.govern.records import RequestStatus

            return context.requests.filed(RequestStatus)
        finally:
            context.close()


@pytest.fixture
def shop(tmp_path):
    """A shop of one test's own; nobody has mail."""
    mailbox.MAILS.clear()
    return Shop(tmp_path)


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    """A shop of a whole module, in which nothing is filed; nobody has mail."""
    mailbox.MAILS.clear()
    return Shop(tmp_path_factory.mktemp("still"))


def token_in(text):
    """Return the value of the hidden field."""
    return re.search(r'name="t" value="([^"]+)"', text)[1]


def status_of(text):
    """Return the path of the page that shows how a request stands."""
    return re.search(r'href="(/privacy/request/status[^"]+)"', text)[1].replace("&amp;", "&")


def ask(browser, **fields):
    """Send the form."""
    return browser.post("/privacy/request", data=ASKED | fields, headers=OWN)


def mailed(number=1):
    """Wait until so many mails were sent."""
    eventually(lambda: len(mailbox.MAILS) >= number)


def confirmed(browser, **fields):
    """Ask, follow the link of the mail and confirm; return the page that says so."""
    before = len(mailbox.MAILS)
    assert ask(browser, **fields).status_code == 200
    mailed(before + 1)
    page = browser.get(mailbox.link())
    assert page.status_code == 200
    answer = browser.post("/privacy/request/confirm", data={"t": token_in(page.text)}, headers=OWN)
    assert answer.status_code == 200
    return answer.text
