"""Laws of scrubbing: no planted secret comes out, nothing raises, twice is once."""

from __future__ import annotations

import base64
from urllib.parse import quote, unquote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacykit.collect.channel.campaign import campaign_of
from privacykit.collect.channel.classify import channel
from privacykit.pseudonym.texts.detectors import mask
from privacykit.pseudonym.texts.text import (
    scrub_path,
    scrub_props,
    scrub_query,
    scrub_text,
    scrub_url,
)
from privacykit.pseudonym.url.pages import Pages
from privacykit.pseudonym.url.paths import place_tells
from privacykit.pseudonym.url.referrer import LEVELS, reduce_referrer
from privacykit.runtime.sites import known_sources

SOURCES = known_sources()

LETTERS = "abcdefghijklmnopqrstuvwxyz"
PROFILE = settings(max_examples=150, deadline=400, suppress_health_check=[HealthCheck.too_slow])
ALLOW = frozenset({"q", "next", "utm_*"})

digits = st.text("0123456789", min_size=14, max_size=18)
word = st.text(LETTERS, min_size=3, max_size=12)
spaces = st.text(" \t.,;()<>", max_size=3)
hostile = st.text("@%&:/?=#;+-. \u200b\uff20aA019eyJ[]", max_size=300)


def luhn(number):
    """Return *number* with the check digit that makes it a card."""
    numbers = [int(c) for c in reversed(number)]
    total = sum(numbers[1::2]) + sum(sum(divmod(2 * n, 10)) for n in numbers[::2])
    return number + str(-total % 10)


def iban(digits):
    """Return a German IBAN around *digits*, with its check digits."""
    body = digits.ljust(18, "0")
    return f"DE{98 - int(body + '131400') % 97:02d}{body}"


def jwt(payload):
    """Return an unsigned token that holds *payload*."""
    parts = (b'{"alg":"HS256"}', payload.encode(), b"signature" * 3)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


secrets = st.one_of(
    st.builds("{}.{}@{}.example".format, word, word, word),
    digits.map(luhn).filter(lambda card: card[0] != "0"),
    digits.map(iban),
    digits.map(lambda text: f"+49 {text[:3]} {text[3:10]}"),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda address: address.exploded),
    st.builds(jwt, word),
    st.uuids().map(str),
    st.binary(min_size=16, max_size=32).filter(lambda raw: len(set(raw)) > 12).map(bytes.hex),
    st.text("ABCDEFGHIJ234567", min_size=16, max_size=16).map("AKIA{}".format),
    st.text(LETTERS + "0123456789", min_size=20, max_size=30).map("ghp_{}".format),
    st.text(LETTERS + "0123456789", min_size=12, max_size=30).map("Bearer 1{}".format),
)
encodings = st.sampled_from(
    [
        str,
        lambda text: quote(text, safe=""),
        lambda text: quote(quote(text, safe=""), safe=""),
        lambda text: "".join(f"&#{ord(c)};" for c in text),
        lambda text: "".join(f"%{ord(c):02x}" for c in text),
        "\u200b".join,
        lambda text: text.replace("@", "\uff20"),
    ]
)


@PROFILE
@given(secret=secrets, encode=encodings, before=word, after=word, gap=spaces)
def test_no_planted_secret_comes_out_of_a_text(secret, encode, before, after, gap):
    """Whatever stands around it and however it is encoded."""
    bare = secret.removeprefix("Bearer ")
    for text in (f"{before} {encode(secret)}", f"{before}{gap} {encode(secret)} {gap}{after}"):
        assert bare not in scrub_text(text)
        assert bare not in str(scrub_props({"note": text, before: encode(secret)}))


@PROFILE
@given(secret=secrets, encode=encodings, before=word)
def test_no_planted_secret_comes_out_of_a_url(secret, encode, before):
    """Not from the path, an allowed parameter, a nested URL, the user part or the fragment."""
    bare = secret.removeprefix("Bearer ")
    coded = quote(encode(secret), safe="%&#;@")
    nested = quote(f"https://b.example/{coded}?q={coded}", safe="")
    url = f"https://{coded}@a.example/{before}/{coded}/x?q={coded}&next={nested}&z={coded}#{coded}"
    outputs = [scrub_url(url, ALLOW), scrub_path(f"/{before}/{coded}"), scrub_text(url)]
    outputs += [scrub_query(f"q={coded}&next={nested}", ALLOW)]
    outputs += [reduce_referrer(url, level, ALLOW) for level in LEVELS]
    outputs += [
        str(campaign_of(SOURCES, f"utm_source=x&utm_campaign={coded}&gclid={coded}".encode()))
    ]
    for output in outputs:
        assert bare not in output
        assert quote(bare, safe="") not in output


@PROFILE
@given(text=st.one_of(st.text(max_size=400), hostile))
def test_scrubbing_a_text_twice_changes_nothing(text):
    """What came out holds nothing more to find."""
    once = scrub_text(text)
    assert scrub_text(once, limit=10_000) == once


@PROFILE
@given(text=st.one_of(st.text(max_size=400), hostile))
def test_scrubbing_a_url_twice_changes_nothing(text):
    """What came out holds nothing more to find."""
    url = f"https://a.example/{text}"
    once = scrub_url(url, ALLOW)
    assert scrub_url(once, ALLOW) == once


@PROFILE
@given(raw=st.binary(max_size=600), text=st.one_of(st.text(max_size=600), hostile))
def test_nothing_raises_and_little_comes_out(raw, text):
    """Any bytes may stand in a header, and none may end a request."""
    for level in LEVELS:
        assert len(reduce_referrer(raw, level, ALLOW)) < 10_000
        reduce_referrer(text, level, ALLOW)
    scrub_query(raw, ALLOW)
    scrub_props({text: text})
    Pages(["/{a}", "/x/{rest:path}", text])(text)
    assert channel(SOURCES, text, campaign_of(SOURCES, raw)).isidentifier()


@PROFILE
@given(text=st.one_of(st.text(max_size=300), hostile), names=st.frozensets(word, max_size=3))
def test_a_longer_list_never_keeps_less_and_a_level_never_shows_more(text, names):
    """Levels and lists are monotone: the host is in the origin, the origin in the path."""
    url = f"https://www.shop.example/{text}"
    host, origin, path, query = (reduce_referrer(url, level, names) for level in LEVELS[1:])
    assert (host in origin, origin in path, query.startswith(path)) == (True, True, True)


SEGMENTS = st.sampled_from(
    ["users", "User", "reset", "s", "u", "ssn", "api", "v1", "jane", "new", "12", "12345", "2024"]
) | st.text("abcXY019@~-_.", min_size=1, max_size=6)


@given(st.lists(SEGMENTS, min_size=1, max_size=6))
def test_no_place_in_a_path_is_passed_over(segments):
    """Where no place is said to tell, only what a detector finds in a segment is replaced."""
    path = "/" + "/".join(segments)
    if not place_tells(path):
        assert unquote(scrub_path(path)) == "/" + "/".join(map(mask, segments))
