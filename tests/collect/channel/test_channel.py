"""Channels, sources and campaigns."""

from __future__ import annotations

import importlib.util
import json
import time
from functools import partial
from pathlib import Path
from typing import get_args
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.collect.channel.campaign import Campaign, campaign_of, is_known_source
from privacykit.collect.channel.classify import Channel, channel
from privacykit.collect.channel.source import NO_SOURCES, Source
from privacykit.pseudonym.texts.sensitive import CLICK_IDS
from privacykit.pseudonym.url.referrer import host_of
from privacykit.pseudonym.url.urls import read_query, scrub_query
from privacykit.runtime.sites import known_sources

SOURCES = known_sources()
PARTS = [
    *(b"utm_source", b"utm_medium", b"UTM_Campaign", b"utm%5Fmedium", b"gclid", b"ref", b"source"),
    *(
        b"=",
        b"=",
        b"&",
        b"&",
        b";",
        b"&amp;",
        b"+",
        b"%20",
        b"%",
        b"%3D",
        b"%26",
        b"[]",
        b"a",
        b"x",
    ),
    *(b"email", b"\xc3\xa4x", b"\xff", b"%E9", b"%2540", b"google", b"Google-ads", b"1"),
]
"""Pieces of queries, in every order."""
TESTS = Path(__file__).parents[2]
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
    assert script().document() == script().TARGET.read_text(encoding="utf-8")


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
    assert channel(SOURCES, "", campaign) == NAMES[case["expected"]]


@pytest.mark.parametrize("case", MORE["source_names"], ids=lambda case: case["referrer"])
def test_plausibles_sources_are_ours(case):
    """Each published referrer is recognised, or named by its host."""
    assert SOURCES.of_host(host_of(case["referrer"])).name == case["expected"]


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
    assert channel(SOURCES, host) == expected


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
        (Campaign(medium="cpc", click_ids=("gclid",)), "paid_search"),
        (Campaign(source="x", medium="cpc", click_ids=("gclid",)), "paid_social"),
    ],
    ids=str,
)
def test_a_campaign_tells_the_channel(campaign, expected):
    """The rules of the default channel group hold in their order."""
    assert channel(SOURCES, "", campaign) == expected


MEDIA = [
    *("display", "banner", "expandable", "interstitial", "cpm", "email", "newsletter", "social"),
    *("social-media", "affiliate", "audio", "sms", "web-push", "push", "notification", "video"),
    *("organic", "referral", "app", "link", "cpv", "paid-social", "paid_video", "retargeting"),
    *("print", "qr-code", "Display", "E-Mail"),
]


@pytest.mark.parametrize("medium", MEDIA)
@pytest.mark.parametrize("host", ["", "google.com", "blog.example"])
def test_a_medium_wins_over_every_click_identifier(medium, host):
    """Whoever wrote a medium into the link knew; a click identifier travels on with it."""
    said = channel(SOURCES, host, Campaign(medium=medium))
    clicked = {channel(SOURCES, host, Campaign(medium=medium, click_ids=(c,))) for c in CLICK_IDS}
    assert clicked == {said}


def test_an_advertisement_on_the_display_network_is_no_search():
    """What was seen: `utm_medium=display&gclid=1` counted as paid search."""
    campaign = campaign_of(SOURCES, b"utm_medium=display&gclid=1")
    assert channel(SOURCES, "", campaign) == "display"


def test_who_knows_no_source_takes_every_host_for_a_referral():
    """Which sources there are is data; the rules do without."""
    assert (channel(NO_SOURCES, "google.com"), channel(NO_SOURCES, "")) == ("referral", "direct")


def test_a_campaign_wins_over_the_referrer():
    """A newsletter read in a search engine's mail is still a newsletter."""
    assert channel(SOURCES, "google.com", Campaign(source="letter", medium="email")) == "email"


def test_own_pages_are_internal():
    """A click within the site is no acquisition, unless a campaign says so."""
    own = frozenset({"shop.example"})
    found = [
        channel(SOURCES, "shop.example", None, own),
        channel(SOURCES, "shop.example", Campaign(medium="email"), own),
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
        (b"source=Google-ads", Campaign("Google-ads")),
        (b"ref=facebook_ads", Campaign("facebook_ads")),
        (b"ref=jane-ads", None),
        (b"page=2&amp;utm_campaign=spring", Campaign(name="spring")),
        (b"a=1&AMP;utm_source=x&#38;utm_medium=email", Campaign("x", "email")),
        (b"utm%5Fsource=x&%75tm_medium=email", Campaign("x", "email")),
        (b"utm_source%3Dx%26utm_medium%3Demail", Campaign("x", "email")),
        (b"utm_source=x;utm_medium=email;page=2", Campaign("x", "email")),
        (b"+utm_source=x& utm_medium+=email", Campaign("x", "email")),
        (b"utm_source[]=x&utm_medium[0]=email", Campaign("x", "email")),
        (b"utm_source=&utm_source=b", Campaign("b")),
        (b"utm_campaign=100%&utm_term=%zz", Campaign(name="100%", term="%zz")),
        (b"utm_campaign=x%E9", Campaign(name="x\ufffd")),
        (b"utm_campaign=spring%2Bsale", Campaign(name="spring+sale")),
        (b"%67clid=1", Campaign(click_ids=("gclid",))),
        (b"utm_source=PeoplePC", Campaign("PeoplePC")),
    ],
)
def test_campaigns_are_read_and_scrubbed(query, campaign):
    """Five texts without persons, sources of others only when everybody knows them."""
    assert campaign_of(SOURCES, query) == campaign


@given(st.lists(st.sampled_from(PARTS), max_size=12).map(b"".join))
def test_no_campaign_is_passed_over_by_the_quick_look(query):
    """Most queries cost one search; it finds whatever the reader would."""
    names = {name for name, value in read_query(query) if value != ""}
    told = names & (CLICK_IDS | {f"utm_{end}" for end in ("source", "medium", "campaign")})
    assert bool(told) <= (campaign_of(SOURCES, query) is not None)


@given(st.lists(st.sampled_from(PARTS), max_size=12).map(b"".join))
def test_campaign_and_kept_parameters_are_read_alike(query):
    """What a campaign says is what the same parameter says where a site keeps it."""
    campaign = campaign_of(SOURCES, query)
    known = partial(is_known_source, SOURCES)
    kept = parse_qsl(scrub_query(query, frozenset({"utm_medium"}), known=known))
    first = next((value[:100].strip() for _, value in kept if value.strip()), "")
    assert (campaign.medium if campaign else "") == first


@pytest.mark.parametrize("name", TRACKING["posthog_personal_data_params_masked"])
def test_of_click_identifiers_only_the_name_is_read(name):
    """The value of a click identifier recognises a person and never comes out."""
    found = campaign_of(SOURCES, f"{name}=CLICKVALUE&utm_source=x".encode())
    assert (found.click_ids, "CLICKVALUE" in repr(found)) == ((name,), False)


@pytest.mark.parametrize(
    "name", ["fb", "facebook", "Facebook".lower(), "x", "yahoo", "product hunt"]
)
def test_nicknames_are_known(name):
    """Campaigns are tagged by hand."""
    assert isinstance(SOURCES.by_name(name), Source)


def test_every_source_of_the_table_is_found_by_its_hosts():
    """No entry is lost on the way from the lists to the look-up."""
    for kind, entries in script().tables().items():
        for name, hosts in entries.items():
            for host in hosts:
                found = SOURCES.of_host(host.replace("*.", "xx.").replace(".*", ".de"))
                assert found == Source(name, kind.lower())


def every_name():
    """Yield every name and host of the tables, as somebody may write them into a campaign."""
    for entries in script().tables().values():
        for name, hosts in entries.items():
            yield from (name, name.lower())
            yield from (host.removeprefix("*.").replace(".*", ".de") for host in hosts)


def test_no_source_of_the_table_is_changed_by_the_scrubber():
    """A source everybody knows is kept as it was written, whatever a detector would say of it."""
    kept = {
        name: campaign_of(SOURCES, f"utm_source={quote(name)}".encode()) for name in every_name()
    }
    assert [name for name, found in kept.items() if found.source != name] == []


def test_no_host_of_the_table_is_changed_as_a_referrer():
    """Hosts that channels are told by come out of a referrer whole."""
    hosts = [host.removeprefix("www.") for host in every_name() if "." in host and " " not in host]
    names = [host for host in hosts if SOURCES.of_host(host) != Source(host, "referral")]
    assert [host for host in names if host_of(f"https://{host}/") not in {host, ""}] == []


@pytest.mark.parametrize(
    "source", ["anna%40facebook.com", "anna@google.com", "x7k2q9zp4m.facebook.com", "49171234567"]
)
def test_what_only_ends_like_a_source_is_scrubbed(source):
    """Known are names and hosts, not whatever somebody writes before them."""
    kept = campaign_of(SOURCES, f"utm_source={source}".encode()).source
    assert not set(kept.split("@")) & {"anna", source}


def test_hostile_queries_cost_little():
    """Long queries full of campaigns are read in bounded processor time."""
    start = time.process_time()
    for query in (
        b"utm_source=%25&" * 9999,
        b"gclid=1&" * 9999,
        b"&" * 99999 + b"utm_",
        b"ref=a." * 9999,
    ):
        channel(SOURCES, "a." * 999, campaign_of(SOURCES, query))
    assert time.process_time() - start < 0.5


def test_channels_are_listed():
    """Every channel a rule gives is one the documentation lists."""
    page = (TESTS.parent / "docs/reference/channels.md").read_text(encoding="utf-8")
    assert [name for name in get_args(Channel) if f"`{name}`" not in page] == []
