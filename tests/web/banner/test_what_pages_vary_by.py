"""Every page of ours that differs by who asks says so to caches, or is kept by none."""

from __future__ import annotations

import pytest

from privacykit.web.preferences.endpoints.names import NAMES
from tests.web.banner.conftest import NAMED, House

EVERYTHING = (
    NAMED
    + '\n[tags]\ngpp = "state"\nus_privacy = true\n\n[notice.cookies."_ga*"]\nlife = "2 years"\n'
)
PATHS = [
    *(f"/privacy{path}" for path, methods in NAMES.values() if "GET" in methods),
    "/privacy/static/banner.js",
    "/privacy/static/events.js",
    "/privacy/static/privacy.css",
    "/privacy/tags.js",
    "/privacy/static/tags.js",
    "/privacy/nowhere",
    "/.well-known/gpc.json",
    "/.well-known/dnt-policy.txt",
]
OTHERS = [
    ("accept-language", "ar"),
    ("cookie", "pk-no=*:2026-11"),
    ("sec-gpc", "1"),
    ("dnt", "1"),
]


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """A shop with every page there is."""
    made = House(tmp_path_factory.mktemp("everything"), EVERYTHING)
    yield made
    made.close()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("place", ["DE", "US-CA"])
def test_what_differs_by_a_header_varies_by_it_or_is_not_kept(everything, path, place):
    """Language, choice and signals alike."""
    told = everything.visitor(place).get(path, **{"accept-language": "en"})
    for name, value in OTHERS:
        other = everything.visitor(place).get(path, **{"accept-language": "en", name: value})
        if (other.status_code, other.content) == (told.status_code, told.content):
            continue
        for answer in (told, other):
            varies = {it.strip().lower() for it in answer.headers.get("vary", "").split(",")}
            unkept = "no-store" in answer.headers.get("cache-control", "")
            assert unkept or name in varies, (name, dict(answer.headers))
