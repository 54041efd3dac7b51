"""URLs, queries and paths without persons and credentials."""

from __future__ import annotations

import json
import time
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from privacykit.pseudonym.texts.sensitive import CLICK_IDS
from privacykit.pseudonym.url.urls import (
    LONGEST_QUERY,
    LONGEST_URL,
    scrub_query,
    scrub_url,
    split,
    tidy_host,
)

VECTORS = Path(__file__).parents[1] / "vectors/text"
TRACKING = json.loads((VECTORS / "tracking_params.json").read_text(encoding="utf-8"))
MATOMO = json.loads((VECTORS / "matomo_url_params.json").read_text(encoding="utf-8"))
ALLOW = frozenset({"q", "page", "next", "utm_*", "token"})


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        (b"q=shoes&page=2", "q=shoes&page=2"),
        (b"q=shoes&secret=1&x=2", "q=shoes"),
        (b"Q=Shoes", "q=Shoes"),
        (b"q[]=a&q[jane@example.com]=b", "q=a&q=b"),
        (b"utm_source=x&utm_anything=y", "utm_source=x&utm_anything=y"),
        (b"q=jane%40example.com", "q=[email]"),
        (b"q=jane%2540example.com", "q=[email]"),
        (b"q=a+b", "q=a%20b"),
        (b"q=%C3%A4", "q=%C3%A4"),
        ("q=ä", "q=%C3%A4"),
        (b"q=\xff", "q=%EF%BF%BD"),
        (b"%71=x", "q=x"),
        (b"q=a;token=b;page=3", "q=a&page=3"),
        (b"q", "q="),
        (b"page=1&amp;q=x&#38;next=/y", "page=1&q=x&next=/y"),
        (b"%71%3Dx%26page%3D2", "q=x&page=2"),
        (b"q=100%&page=%zz", "q=100%25&page=%25zz"),
        (b"+q+=x", "q=x"),
        (b"q=a%2Bb", "q=a%2Bb"),
        (b"q=1&q=2", "q=1&q=2"),
        (b"token=abc", ""),
        (b"next=https%3A%2F%2Fb.example%2Freset%2Fabc%3Ftoken%3D1%26q%3D2",
         "next=https://b.example/reset/[token]%3Fq%3D2"),
        (b"next=/users/jane?x=1", "next=/users/[id]"),
        (b"next=javascript://x", "next="),
        (b"q=word?hidden=jane", "q=word"),
        (b"q=%25252540", "q=[encoded]"),
        (b"", ""),
    ],
)  # fmt: skip
def test_a_query_keeps_allowed_names_and_scrubbed_values(query, kept):
    """Everything else goes, and what stays is decoded before it is looked at."""
    assert scrub_query(query, ALLOW) == kept


def test_a_parameter_that_is_cut_through_is_left_out():
    """Half an address has no form any more by which it would be found."""
    query = "q=" + "a " * ((LONGEST_URL - 20) // 2) + "&page=jane@example.com"
    assert "page" not in scrub_query(query, ALLOW)


def test_so_many_parameters_are_read():
    """What comes after forty is not."""
    assert scrub_query("x=1&" * 39 + "q=2&page=3", ALLOW) == "q=2"


def test_a_value_that_everybody_knows_is_kept_as_it_is():
    """The site's own tables go before the detectors."""
    query, allow = b"utm_source=x7k2Q9zp4m&utm_term=x7k2Q9zp4m", frozenset({"utm_*"})
    kept = scrub_query(query, allow, known=lambda name, _value: name == "utm_source")
    assert kept == "utm_source=x7k2Q9zp4m&utm_term=[token]"


def test_nothing_is_allowed_by_default():
    """Without a list every parameter goes."""
    assert scrub_query(b"page=2") == ""


def test_a_query_is_bounded():
    """What is kept of a query is no longer than the limit, in whole parameters."""
    kept = scrub_query("q=" + "&q=".join(["\u00e4" * 99] * 9), ALLOW)
    assert len(kept) <= LONGEST_QUERY
    assert kept.endswith("%C3%A4")


def test_nested_urls_end_somewhere():
    """A URL in a URL in a URL is followed three deep, and what lies deeper is dropped."""
    url = "https://a.example/?next="
    assert scrub_url(url * 9, ALLOW).count("a.example") == 4


@pytest.mark.parametrize(
    "name",
    sorted(
        {case["param"] for case in TRACKING["clearurls"] if case["stripped"]}
        - set(TRACKING["plausible_kept"])
        | set(TRACKING["posthog_personal_data_params_masked"])
        | set(TRACKING["plausible_click_id_names_kept_values_dropped"])
        | set(TRACKING["umami_click_ids_stored_raw"])
        | {
            "fb_xd_fragment",
            "fb_comment_id",
            "phpsessid",
            "jsessionid",
            "sessionid",
            "sid",
            "pk_vid",
        }
    ),
)
def test_published_tracking_parameters_are_never_kept(name):
    """Click identifiers and session ids go even where somebody put them on the list."""
    campaign = name in {
        "utm_id", "mtm_campaign", "ga_source", "fb_source", "gs_l", "cmpid", "wt_mc", "spm",
        "itm_campaign", "__twitter_impression",
    }  # fmt: skip
    kept = scrub_query(f"{name}=abc", frozenset({name.lower()}))
    assert kept == (f"{name.lower()}=abc" if campaign else "")


@pytest.mark.parametrize("case", TRACKING["mask_query"], ids=lambda case: str(case["url"]))
def test_posthogs_masked_parameters_go_with_their_names(case):
    """What PostHog masks is not there at all, nor is the fragment that it keeps."""
    names = {"query", "other", "foo", "gclid", "fbclid"} - set(case["mask"])
    query = urlsplit(case["url"]).query
    kept = {name for name, _ in parse_qsl(scrub_query(query, frozenset(names)))}
    assert kept <= names - {"gclid", "fbclid"}


@pytest.mark.parametrize("name", TRACKING["plausible_kept"])
def test_campaign_parameters_are_kept_where_they_are_listed(name):
    """What Plausible keeps may be kept."""
    assert scrub_query(f"{name}=spring", frozenset({name})) == f"{name}=spring"


@pytest.mark.parametrize("case", MATOMO["cases"], ids=lambda case: case["url"])
def test_matomos_cases_keep_no_more_than_matomo(case):
    """
    With every parameter of the case allowed, we keep no parameter that Matomo removes.

    We keep less than it does: user, password, fragment and path parameters go, and hosts without a
    dot are no hosts.
    """
    expected = case["expected"]
    url = case["url"].replace("a.com", "a.example")
    names = {
        name.partition("[")[0].lower() for name, _ in parse_qsl(urlsplit(expected or "").query)
    }
    scrubbed = scrub_url(url, frozenset(names))
    kept = {name for name, _ in parse_qsl(urlsplit(scrubbed).query, keep_blank_values=True)}
    assert kept <= names
    assert not kept & CLICK_IDS
    assert all(text not in scrubbed for text in ("username", "password", "anchor", "SESSION"))


@pytest.mark.parametrize(
    ("host", "kept"),
    [
        ("Shop.Example.", "shop.example"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("8f3a9c2b1d7e.ngrok.example", "ngrok.example"),
        ("49-176-123-45.dyn.isp.example", "dyn.isp.example"),
        ("q7x2k9z4m1.shop.co.uk", "shop.co.uk"),
        ("a.b.c.shop.example", "a.b.c.shop.example"),
        ("203.0.113.77.nip.io", "nip.io"),
        ("x.203.0.113.77.shop.co.uk", "shop.co.uk"),
        ("static.77.113.0.203.clients.isp.example", "clients.isp.example"),
        ("pc-203.0.113.77.isp.example", "isp.example"),
        ("113.0.203.in-addr.arpa", "in-addr.arpa"),
        ("7.7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "ip6.arpa"),
        ("2.11.docs.example", "2.11.docs.example"),
        ("0.pool.ntp.example", "0.pool.ntp.example"),
        ("com.google.android.gm", "com.google.android.gm"),
        ("localhost", ""),
        ("192.0.2.1", ""),
        ("exa mple.org", ""),
        ("-x.example", ""),
        ("x..example", ""),
        ("ä" * 300 + ".example", ""),
        ("\ud800.example", ""),
        ("a." * 200 + "example", ""),
        ("", ""),
    ],
)
def test_hosts_are_kept_as_names_only(host, kept):
    """Addresses, local names and labels made by machines are not kept."""
    assert tidy_host(host) == kept


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Shop.example/x", "https://shop.example"),
        ("https://shop.example:443/x", "https://shop.example"),
        ("http://shop.example:8080/x", "http://shop.example:8080"),
        ("http://shop.example:/x", "http://shop.example"),
        ("https://jane:pw@shop.example/x", "https://shop.example"),
        ("https%3A%2F%2Fshop.example%2Fx", "https://shop.example"),
        ("android-app://com.google.android.gm", "android-app://com.google.android.gm"),
        ("/path?x=1", ""),
    ],
)
def test_urls_are_taken_apart(url, origin):
    """User, password and default ports are not part of an origin."""
    assert split(url).origin == origin


@pytest.mark.parametrize(
    "url",
    ["ftp://shop.example", "https://", "http:////wrongurl", "https://shop.example:99999999/", "x",
     "https://[2001:db8::1]/", "https://[::1", "https://shop.example:80x/", "//shop.example/x",
     "javascript:alert(1)", "data:text/plain,jane", "mailto:jane@example.com", "", "%3A" * 9,
     "%2525253A%2525252F"],
)  # fmt: skip
def test_what_is_no_web_address_is_nothing(url):
    """Other schemes, addresses and malformed text become empty, never themselves."""
    assert (split(url), scrub_url(url)) == (None, "")


def test_an_overlong_url_keeps_what_is_certain():
    """Of a URL beyond the limit the path is kept up to a slash, the query not at all."""
    url = "https://shop.example/a/" + "b" * LONGEST_URL + "?q=1"
    assert scrub_url(url, ALLOW) == "https://shop.example/a"


def test_hostile_urls_cost_little():
    """Processor time is bounded whatever comes in."""
    hostile = ["https://a.example/" + "%25" * 9999, "/" * 99999, "?next=" * 9999]
    hostile += [
        "https://" + "a." * 9999,
        "https://a.example/?" + "q=/&" * 9999,
        "https://a.example/?" + "q=/?" * 9999,
    ]
    start = time.process_time()
    for url in hostile:
        scrub_url(url, ALLOW)
        scrub_query(url, ALLOW)
    assert time.process_time() - start < 1


def test_parts_print_nothing():
    """Path and query are raw."""
    assert repr(split("https://shop.example/users/jane?token=1")) == "<Parts>"
