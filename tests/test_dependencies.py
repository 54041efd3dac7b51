"""The decision as a dependency of FastAPI and Litestar: the examples, as their readers run them."""

from __future__ import annotations

import importlib
import sys

import fastapi
import litestar
import pytest
from starlette.testclient import TestClient

from privacykit import ConfigurationError, PrivacyMiddleware
from privacykit.errors import MissingExtraError
from privacykit.fastapi import GivenPrivacy, requires
from privacykit.geo.synthetic import address_of
from privacykit.litestar import PrivacyPlugin
from privacykit.testing.layout import CONFIG, lay_out

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
NAMES = ("fastapi", "litestar")


def visitor(place, **more):
    """Return the headers of a visitor from *place*."""
    known = {"x-forwarded-for": address_of(place, 9), "user-agent": FIREFOX, "host": "shop.example"}
    return known | {name.replace("_", "-"): value for name, value in more.items()}


@pytest.fixture(scope="module", params=NAMES)
def example(request, tmp_path_factory):
    """The example of a framework, imported beside its configuration."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp(request.param)
        lay_out(folder, CONFIG.replace('trusted_proxies = ["127.0.0.0/8"]', "hops = 1"))
        patch.chdir(folder)
        yield importlib.import_module(f"examples.wrapped.{request.param}_api")


@pytest.fixture(scope="module")
def client(example):
    """A browser at the example, whose server's life began."""
    with TestClient(example.app, client=("127.0.0.1", 5000)) as made:
        yield made


def test_a_handler_is_given_the_decision(client):
    """By the type of its parameter."""
    answer = client.get("/orders/1001", headers=visitor("DE"))
    assert (answer.status_code, "statistics: True" in answer.text) == (200, True)


def test_what_may_happen_goes_on(client):
    """With parameters and answers of its own."""
    answer = client.get("/recommended?limit=1", headers=visitor("US-CA"))
    assert (answer.status_code, answer.json()) == (200, [{"order": 1001}])


@pytest.mark.parametrize("sent", [visitor("DE"), visitor("US-CA", sec_gpc="1")], ids=["DE", "GPC"])
def test_what_may_not_is_answered_with_why(client, sent):
    """The law of the place, or what the visitor said; and no cache keeps it for somebody else."""
    answer = client.get("/recommended", headers=sent)
    told = answer.json()
    told = told.get("extra") or told["detail"]
    assert (answer.status_code, told["purpose"]) == (403, "ads")
    assert {"consent_needed", "gpc"} & set(told["reasons"])
    assert "private" in answer.headers["cache-control"]


def test_what_is_open_to_everybody_needs_no_decision(client):
    """The plug-in and the dependencies leave all other handlers alone."""
    assert client.get("/nowhere", headers=visitor("DE")).status_code == 404


def api(*dependencies):
    """Return an API in FastAPI, its operation with or without *dependencies*."""
    app = fastapi.FastAPI()

    @app.get("/books/{number}", dependencies=[fastapi.Depends(each) for each in dependencies])
    def book(number: int, lang: str = "en") -> dict[str, int]:
        return {lang: number}

    return app


def test_the_openapi_document_of_fastapi_is_the_same():
    """No parameter and no answer comes in by our dependency."""
    assert api(requires("ads")).openapi() == api().openapi()


def test_a_parameter_with_the_decision_is_none_of_the_api():
    """The same for the parameter of an operation."""
    bare, given = fastapi.FastAPI(), fastapi.FastAPI()

    @bare.get("/books")
    def books() -> str:
        return ""

    def same(privacy: GivenPrivacy) -> str:
        return privacy.place

    same.__name__, same.__annotations__ = "books", {"privacy": GivenPrivacy, "return": str}
    given.get("/books")(same)
    assert given.openapi() == bare.openapi()


def test_the_openapi_document_of_litestar_is_the_same():
    """With the plug-in and without."""

    def app(*plugins):
        @litestar.get("/books", sync_to_thread=False)
        def books() -> str:
            return ""

        books.fn.__annotations__["return"] = str
        return litestar.Litestar([books], plugins=plugins).openapi_schema.to_schema()

    assert app(PrivacyPlugin()) == app()


def test_an_application_that_is_not_wrapped_is_told_so():
    """Rather than answered as if everything were allowed."""
    with pytest.raises(ConfigurationError, match="PK005"):
        TestClient(api(requires("ads"))).get("/books/1")


def test_where_we_failed_nothing_is_allowed_and_all_else_goes_on(tmp_path):
    """Our failure refuses what needs leave, and fails no request."""
    app = api(requires("ads"))

    @app.get("/open")
    def there(privacy: GivenPrivacy) -> bool:
        return privacy.allows("ads")

    there.__annotations__.update(privacy=GivenPrivacy)
    client = TestClient(PrivacyMiddleware(app, tmp_path / "nothing.toml"))
    assert (client.get("/books/1").status_code, client.get("/nowhere").status_code) == (403, 404)


@pytest.mark.parametrize("name", NAMES)
def test_without_the_framework_the_extra_is_named(name, monkeypatch):
    """One clear error instead of an import error."""
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, f"privacykit.{name}", raising=False)
    with pytest.raises(MissingExtraError, match=rf"privacykit\[{name}\]"):
        importlib.import_module(f"privacykit.{name}")
