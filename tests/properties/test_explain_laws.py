"""Laws of `privacykit explain`: its answer is that of the middleware, whatever a request says."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from typer.testing import CliRunner

from privacykit import PrivacyMiddleware
from privacykit.cli.main import app as command_line
from privacykit.geo.synthetic import address_of
from privacykit.runtime.build import build
from privacykit.runtime.explained import SiteQuestions, answers
from privacykit.settings.load import load
from privacykit.settings.policies import shipped_policies
from privacykit.testing.layout import lay_out

CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example", "testserver"]
timezone = "Pacific/Auckland"
establishments = ["GB", "DE"]
[[site]]
id = "toys"
hosts = ["*.toys.example"]
timezone = "America/Los_Angeles"
establishments = ["US-CA"]
audience = { child_directed = true }
[client_ip]
source = "headers"
trusted_proxies = ["127.0.0.0/8"]
[geo]
database = "places.mmdb"
[purposes.necessary]
uses = ["strictly_necessary"]
[purposes.analytics]
uses = ["analytics_no_storage"]
[purposes.statistics]
uses = ["analytics_storage"]
otherwise = "analytics"
[purposes.statistics.properties]
provider_of_information_society_service = true
purpose_only_statistics_to_improve_service = true
shared_with_third_parties = false
user_informed = true
free_simple_objection_offered = true
collects_info_automatically_emitted_by_device = false
[purposes.ads]
uses = ["targeted_ads", "sale"]
visitor = "consented"
[purposes.health]
uses = ["sensitive_data"]
explicit = true
[cookies]
"_ga*" = "ads"
[choice]
secure = false
[events]
page = "analytics"
url = "sqlite:///events.db"
"""
PURPOSES = ["necessary", "analytics", "statistics", "ads", "health"]
CHOSEN = PURPOSES[1:]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A wrapped application that notes each decision; its client, engine and configuration."""
    path = lay_out(tmp_path_factory.mktemp("explained"), CONFIG)
    engine = build(load(path), base=str(path))
    noted = []

    async def note(request):
        noted.append(request.state.privacy)
        return PlainTextResponse("ok")

    app = Starlette(routes=[Route("/", note)])
    with TestClient(PrivacyMiddleware(app, engine), client=("127.0.0.1", 5000)) as client:
        yield client, engine, path, noted


@st.composite
def requests(draw):
    """Give a host, an address, signals, and what the visitor granted and refused, how long ago."""
    granted = draw(st.lists(st.sampled_from(CHOSEN), unique=True))
    return {
        "host": draw(st.sampled_from(["shop.example", "doll.toys.example"])),
        "place": draw(st.sampled_from(["DE", "GB", "FR", "US-CA", "US-TX", "JP", "BR", ""])),
        "gpc": draw(st.booleans()),
        "dnt": draw(st.booleans()),
        "granted": granted,
        "refused": draw(
            st.none() | st.just(CHOSEN) | st.lists(st.sampled_from(CHOSEN), max_size=2)
        ),
        "months": draw(st.sampled_from([0, 1, 7, 12])),
        "after_gpc": draw(st.booleans()),
    }


def _cookie(engine, site, said):
    jar = engine.runtime.site_days[site].choices
    now = time.time() - said["months"] * 31 * 86_400
    lines = []
    if said["refused"] is not None:
        lines.append(
            jar.refusal(None if len(said["refused"]) == len(CHOSEN) else said["refused"], now)
        )
    if said["granted"]:
        lines.append(jar.grant("r" * 22, said["granted"], now, after_gpc=said["after_gpc"]))
    return "; ".join(line.partition(";")[0] for line in lines)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(said=requests())
def test_explain_answers_as_the_middleware_does(served, said):
    """For every purpose the same verdict, the same first reason, the same fate of its events."""
    client, engine, path, noted = served
    address = address_of(said["place"], 9) if said["place"] else "192.0.2.1"
    site = "shop" if said["host"] == "shop.example" else "toys"
    cookie = _cookie(engine, site, said)
    headers = {"host": said["host"], "x-forwarded-for": address, "cookie": cookie}
    headers |= {"sec-gpc": "1"} if said["gpc"] else {}
    headers |= {"dnt": "1"} if said["dnt"] else {}
    client.get("/", headers=headers)
    plan = noted.pop().plan
    options = ["explain", "--json", "--config", str(path), "--host", said["host"]]
    options += ["--address", address, "--cookie", cookie]
    options += ["--gpc"] * said["gpc"] + ["--dnt"] * said["dnt"]
    result = CliRunner().invoke(command_line, options)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["place"] == plan.place
    assert {
        one["purpose"]: (one["verdict"], one["reasons"][0]["code"], one["reasons"][0]["clause"])
        for one in told["purposes"]
    } == {
        id_: (made.verdict.word, made.reasons[0].code, made.reasons[0].clause)
        for id_, made in plan.decisions.items()
    }
    assert {one["purpose"]: one["withheld"] for one in told["purposes"]} == {
        id_: each.withheld for id_, each in plan.purposes.items()
    }


GRANTED = {"granted": ["statistics"]}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], {}),
        (["--consent", "granted"], GRANTED),
        (["--consent", "granted", "--consent-after-gpc"], {**GRANTED, "after_gpc": True}),
        (["--consent", "granted", "--months-since-consent", "12"], {**GRANTED, "months": 12.1}),
        (["--consent", "denied"], {"refused": ["statistics"]}),
        (["--consent", "withdrawn"], {"refused": ["statistics"]}),
        (["--opted-out"], {"refused": CHOSEN}),
    ],
)
@pytest.mark.parametrize(("place", "signals"), [("GB", ["--dnt"]), ("US-CA", ["--gpc"])])
def test_options_say_what_cookies_say(served, options, said, place, signals):
    """A choice given by words is the choice a browser would send."""
    _, engine, path, _ = served
    unsaid = {"granted": [], "refused": None, "after_gpc": False, "months": 0}
    cookie = _cookie(engine, "shop", unsaid | said)
    asked = ["explain", "--json", "--config", str(path), "--site", "shop", *signals]
    asked += ["--country", place, "--purpose", "statistics"]
    by_words = CliRunner().invoke(command_line, [*asked, *options])
    by_cookie = CliRunner().invoke(command_line, [*asked, "--cookie", cookie])
    assert by_words.exit_code == by_cookie.exit_code == 0, by_words.output
    assert json.loads(by_words.stdout) == json.loads(by_cookie.stdout)


@pytest.mark.parametrize("place", ["DE", "GB", "US-CA", "US-IL", "ZZ", "XX"])
@pytest.mark.parametrize("site", ["shop", "toys"])
def test_what_stops_a_grant_is_what_is_left_after_one(served, place, site):
    """Where a purpose cannot be allowed, the reason named is the first after a grant of everything."""
    _, engine, path, _ = served
    questions = SiteQuestions(load(path), str(path), shipped_policies())
    day = questions.day(questions.site(site))
    asked = answers(day, place, 0)
    after = engine.runtime.site_days[site].plans[place, _all_granted(len(PURPOSES))].decisions
    for one in asked:
        made = after[one.purpose.id]
        assert bool(one.stopped_by) == (made.verdict.word != "allow")
        assert not one.stopped_by or one.stopped_by[0] == made.reasons[0]


def _all_granted(purposes):
    return sum(1 << 9 + 2 * index for index in range(purposes))
