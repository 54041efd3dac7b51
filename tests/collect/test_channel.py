"""Channels, sources and campaigns."""

from __future__ import annotations

import importlib.util
import json
import time
from pathlib import Path
from typing import get_args

import pytest

from privacykit.collect import sources
from privacykit.collect.channel import Campaign, Channel, campaign_of, channel
from privacykit.collect.source import Source, by_name, source_of
from privacykit.pseudonym.referrer import host_of

TESTS = Path(__file__).parents[1]
VECTORS = TESTS / "vectors/channels"
CASES = json.loads((VECTORS / "plausible_channels.json").read_text(encoding="utf-8"))["channel"]
MORE = json.loads((VECTORS / "plausible_source_url_visitor.json").read_text(encoding="utf-8"))
TRACKING = json.loads((TESTS / "vectors/text/tracking_params.json").read_text(encoding="utf-8"))
NAMES = {
    "AI Assistants": "ai",
    "Direct": "direct",
    "Display": "display",
    "Email": "email",
    "Mobile Push Notifications": "push",
    "Organic Search": "search",
    "Organic Shopping": "shopping",
    "Organic Social": "social",
    "Organic Video": "video",
    "Paid Search": "paid_search",
    "Paid Shopping": "paid_shopping",
    "Paid Social": "paid_social",
    "Referral": "referral",
    "SMS": "sms",
}


def script():
    """Load the script that makes the table."""
    path = Path(__file__).with_name("sources_from_data.py")
    spec = importlib.util.spec_from_file_location("sources_from_data", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_what_the_lists_say():
    """Nobody edits the table by hand: the public-domain lists and the script make it."""
    assert script().module() == Path(sources.__file__).read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['source']} {case['utm_source']}")
def test_plausibles_channels_are_ours(case):
    """Each published case gives the channel it names, under our name for it."""
    click = case["click_id_param"]
    campaign = Campaign(
        source=case["utm_source"] or case["source"] or "",
        medium=case["utm_medium"] or "",
        name=case["utm_campaign"] or "",
        click_ids=(click,) if click else (),
    )
    assert channel("", campaign) == NAMES[case["expected"]]


@pytest.mark.parametrize("case", MORE["source_names"], ids=lambda case: case["referrer"])
def test_plausibles_sources_are_ours(case):
    """Each published referrer is recognised, or named by its host."""
    assert source_of(host_of(case["referrer"])).name == case["expected"]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("", "direct"),
        ("google.com", "search"),
        ("google.co.uk", "search"),
        ("google.de", "search"),
        ("docs.google.com", "referral"),
        ("mail.google.com", "email"),
        ("gemini.google.com", "ai"),
        ("shopping.google.de", "shopping"),
        ("google.evil.example", "referral"),
        ("evil-google.com", "referral"),
        ("de.search.yahoo.com", "search"),
        ("l.facebook.com", "social"),
        ("com.google.android.gm", "email"),
        ("youtube.com", "video"),
        ("m.youtube.com", "video"),
        ("amazon.co.uk", "shopping"),
        ("cnn.com", "referral"),
        ("blog.example", "referral"),
        ("localhost", "referral"),
    ],
)
def test_a_referrer_tells_the_channel(host, expected):
    """Without a campaign the host decides, and nobody is taken for a name that is part of his."""
    assert channel(host) == expected


@pytest.mark.parametrize(
    ("campaign", "expected"),
    [
        (Campaign(name="EU Cross-Network"), "cross_network"),
        (Campaign(name="eshop"), "shopping"),
        (Campaign(name="workshop"), "direct"),
        (Campaign(name="shopping", medium="cpc"), "paid_shopping"),
        (Campaign(source="youtube", medium="cpv"), "paid_video"),
        (Campaign(source="linkedin.com", medium="paid-social"), "paid_social"),
        (Campaign(source="adwords"), "paid_search"),
        (Campaign(source="somewhere", medium="retargeting"), "paid_other"),
        (Campaign(medium="cpm"), "display"),
        (Campaign(medium="social-media"), "social"),
        (Campaign(medium="instream-video"), "video"),
        (Campaign(medium="organic"), "search"),
        (Campaign(source="newsletter"), "email"),
        (Campaign(medium="affiliate"), "affiliates"),
        (Campaign(medium="audio"), "audio"),
        (Campaign(medium="web-push"), "push"),
        (Campaign(source="firebase"), "push"),
        (Campaign(medium="link"), "referral"),
        (Campaign(medium="unheard-of"), "direct"),
        (Campaign(source="partner"), "referral"),
        (Campaign(source="threads"), "social"),
        (Campaign(click_ids=("gclid",)), "paid_search"),
        (Campaign(click_ids=("fbclid",)), "direct"),
    ],
    ids=str,
)
def test_a_campaign_tells_the_channel(campaign, expected):
    """The rules of the default channel group hold in their order."""
    assert channel("", campaign) == expected


def test_a_campaign_wins_over_the_referrer():
    """A newsletter read in a search engine's mail is still a newsletter."""
    assert channel("google.com", Campaign(source="letter", medium="email")) == "email"


def test_own_pages_are_internal():
    """A click within the site is no acquisition, unless a campaign says so."""
    own = frozenset({"shop.example"})
    found = [
        channel("shop.example", None, own),
        channel("shop.example", Campaign(medium="email"), own),
    ]
    assert found == ["internal", "email"]


@pytest.mark.parametrize(
    ("query", "campaign"),
    [
        (b"", None),
        (b"page=2", None),
        (b"utm_source=", None),
        (b"utm_source=Letter&utm_medium=email", Campaign("Letter", "email")),
        (b"UTM_Source=x&utm_content=a+b&utm_term=%C3%A4", Campaign("x", content="a b", term="ä")),
        (b"utm_campaign=for+jane%40example.com", Campaign(name="for [email]")),
        (b"utm_campaign=" + b"ab+" * 99, Campaign(name=("ab " * 99)[:100].strip())),
        (b"utm_source=a&utm_source=b", Campaign("a")),
        (b"ref=producthunt", Campaign("producthunt")),
        (b"ref=jane", None),
        (b"source=reddit.com&ref=jane", Campaign("reddit.com")),
        (b"gclid=secret&gclid=other&FBCLID=x", Campaign(click_ids=("gclid", "fbclid"))),
        (b"gclid=", None),
        (b"utm_source=\xff", Campaign("\ufffd")),
    ],
)
def test_campaigns_are_read_and_scrubbed(query, campaign):
    """Five texts without persons, sources of others only when everybody knows them."""
    assert campaign_of(query) == campaign


@pytest.mark.parametrize("name", TRACKING["posthog_personal_data_params_masked"])
def test_of_click_identifiers_only_the_name_is_read(name):
    """The value of a click identifier recognises a person and never comes out."""
    found = campaign_of(f"{name}=CLICKVALUE&utm_source=x".encode())
    assert (found.click_ids, "CLICKVALUE" in repr(found)) == ((name,), False)


@pytest.mark.parametrize(
    "name", ["fb", "facebook", "Facebook".lower(), "x", "yahoo", "product hunt"]
)
def test_nicknames_are_known(name):
    """Campaigns are tagged by hand."""
    assert isinstance(by_name(name), Source)


def test_every_source_of_the_table_is_found_by_its_hosts():
    """No entry is lost on the way from the lists to the look-up."""
    for kind, entries in script().tables().items():
        for name, hosts in entries.items():
            for host in hosts:
                found = source_of(host.replace("*.", "xx.").replace(".*", ".de"))
                assert found == Source(name, kind.lower())


def test_hostile_queries_cost_little():
    """Long queries full of campaigns are read in bounded processor time."""
    start = time.process_time()
    for query in (
        b"utm_source=%25&" * 9999,
        b"gclid=1&" * 9999,
        b"&" * 99999 + b"utm_",
        b"ref=a." * 9999,
    ):
        channel("a." * 999, campaign_of(query))
    assert time.process_time() - start < 0.5


def test_channels_are_listed():
    """Every channel a rule gives is one the documentation lists."""
    page = (TESTS.parent / "docs/reference/channels.md").read_text(encoding="utf-8")
    assert [name for name in get_args(Channel) if f"`{name}`" not in page] == []
