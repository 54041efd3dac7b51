"""Every key of the configuration with every kind of wrong value: our error, or a site that serves."""

from __future__ import annotations

import datetime as dt
import itertools
import tomllib
from contextlib import suppress
from types import SimpleNamespace

import anyio
import pytest

from privacykit.errors import ConfigurationError, KeyMaterialError
from privacykit.geo.synthetic import address_of
from privacykit.runtime.build import build
from privacykit.settings import load
from privacykit.settings.model import Settings
from privacykit.testing.layout import CONFIG, lay_out
from privacykit.web.asgi import PrivacyEdge

NASTY = (
    "",
    "x" * 5000,
    "\0",
    "../../etc/passwd",
    "💥",
    "%",
    "[",
    "http://",
    "sqlite://",
    "postgresql://%",
    "redis://%",
    "*",
    -1,
    0,
    2**63 - 1,
    1.5,
    True,
    [],
    {},
    [""],
    [{}],
    {"env": "NOPE"},
    {"file": "/nope"},
    dt.date(2026, 1, 1),
    "9000 years",
    "0 days",
)


class MisfitError(Exception):
    """The sample has another shape there."""


def keys(node, path=()):
    """Yield the path of every key in the schema; tables of any name are called ``analytics``."""
    node = node if "$ref" not in node else SCHEMA["$defs"][node["$ref"].rpartition("/")[2]]
    for option in node.get("anyOf", ()):
        yield from keys(option, path)
    for name, value in node.get("properties", {}).items():
        yield (*path, name)
        yield from keys(value, (*path, name))
    if isinstance(node.get("items"), dict):
        yield from keys(node["items"], (*path, 0))
    if isinstance(node.get("additionalProperties"), dict):
        yield (*path, "analytics")
        yield from keys(node["additionalProperties"], (*path, "analytics"))


SCHEMA = Settings.model_json_schema()
PATHS = list(dict.fromkeys(keys(SCHEMA)))


def changed(path, value):
    """Return the sample configuration with *value* at *path*, as TOML is read."""
    document = tomllib.loads(CONFIG)
    at = document
    for key, following in itertools.pairwise(path):
        fresh = [] if isinstance(following, int) else {}
        if isinstance(key, int) != isinstance(at, list):
            raise MisfitError
        if isinstance(key, int):
            at += [{}] * (key + 1 - len(at))
            at = at[key]
        else:
            at = at.setdefault(key, fresh)
    if isinstance(path[-1], int) != isinstance(at, list):
        raise MisfitError
    if isinstance(path[-1], int):
        at += [value]
    else:
        at[path[-1]] = value
    return document


async def app(scope, _receive, send):
    """Use the decision as an application does."""
    privacy = scope["state"]["privacy"]
    assert privacy.rate_limit_key()
    assert privacy.visitor is None or len(privacy.visitor) == 32
    privacy.emit("seen", next(iter(privacy.decision)))
    cookies = [(b"set-cookie", b"_ga=1"), (b"content-type", b"text/html")]
    await send({"type": "http.response.start", "status": 200, "headers": cookies})


def serves(engine):
    """Serve a request for a site and one for a host of no site; tell whether nothing failed."""
    engine.running = True  # without its threads: no store is asked

    async def send(_):
        """Take it."""

    async def main():
        for host in (b"shop.example", b"elsewhere.example"):
            scope = {
                "type": "http",
                "method": "GET",
                "path": "/x",
                "query_string": b"utm_source=a&q=1",
                "client": ("127.0.0.1", 1),
                "headers": [
                    (b"host", host),
                    (b"x-forwarded-for", address_of("US-CA", 9).encode()),
                    (b"cookie", b"_ga=1; pk-no=1.2026-11.*"),
                ],
            }
            await PrivacyEdge(app, engine)(scope, None, send)

    anyio.run(main)
    return engine.runtime.counters.of("error") == 0


@pytest.fixture
def built(tmp_path_factory, monkeypatch):
    """Return what builds the sample with another value at a path, and serves with it."""
    folder = tmp_path_factory.getbasetemp() / "nasty"
    if not folder.exists():
        folder.mkdir()
        lay_out(folder)

    def build_with(path, value):
        document = changed(path, value)
        reader = SimpleNamespace(loads=lambda _: document, TOMLDecodeError=tomllib.TOMLDecodeError)
        monkeypatch.setattr(load, "tomllib", reader)
        return serves(build(load.parse(""), base=str(folder / "privacykit.toml")))

    return build_with


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)))
def test_a_wrong_value_is_our_error_or_serves(path, built):
    """Never a traceback of somebody else's, never a site that cannot serve."""
    for value in NASTY:
        with suppress(ConfigurationError, KeyMaterialError, MisfitError):
            assert built(path, value), (path, value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("site", 0, "timezone"), "America/New_York"),
        (("site", 0, "establishments"), ["DE"]),
        (("events", "page"), "ads"),
        (("events", "bots"), True),
        (("text", "referrer"), "origin"),
        (("ip", "mode"), "zero"),
        (("ip", "v4_bits"), 0),
        (("purposes", "ads", "retention"), "1 day"),
        (("purposes", "analytics", "visitor"), "none"),
        (("cookies", "theme*"), "necessary"),
        (("choice", "enabled"), False),
        (("policies", "strict"), True),
        (("scope", "client"), "keep"),
    ],
    ids=lambda part: ".".join(map(str, part)) if isinstance(part, tuple) else "",
)
def test_a_right_value_serves(path, value, built):
    """A reader that refused everything would never be wrong either."""
    assert built(path, value)
