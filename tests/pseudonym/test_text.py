"""Free text and properties without persons and credentials."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from privacykit.pseudonym.texts.text import (
    LONGEST_TEXT,
    MOST_HARMLESS,
    MOST_PROPS,
    scrub_props,
    scrub_text,
)

FOUND = {
    "e-mail": ("write to jane.doe@example.com now", "write to [email] now"),
    "e-mail in brackets": ("Jane <jane@example.com>", "Jane <[email]>"),
    "quoted local part": ('"jane doe"@example.com', "[email]"),
    "e-mail at an address": ("jane@[192.0.2.1]", "[email]"),
    "apostrophe in a name": ("o'brien@example.com", "[email]"),
    "brace at the end of a name": ("jane}@example.com", "[email]"),
    "every sign of RFC 5322 that texts have around names": ("j{a|n}e'@example.com", "[email]"),
    "e-mail in quotes": ("'jane@example.com'", "'[email]'"),
    "e-mail in braces": ("{jane@example.com}", "{[email]}"),
    "e-mail without a dot": ("jane@localhost", "[email]"),
    "percent-encoded": ("jane%40example.com", "[email]"),
    "twice percent-encoded": ("jane%2540example.com", "[email]"),
    "four-digit escape": ("jane\\u0040example.com", "[email]"),
    "two-digit escape": ("jane\\x40example.com", "[email]"),
    "escaped escape": ("jane\\\\u0040example.com", "[email]"),
    "braced escape": ("jane\\u{40}example.com", "[email]"),
    "percent-encoded escape": ("jane%5Cu0040example.com", "[email]"),
    "percent and u": ("jane%u0040example.com", "[email]"),
    "character reference": ("jane&#64;example.com", "[email]"),
    "full width": ("jane\uff20example.com", "[email]"),
    "invisible characters": ("ja\u200bne\u2060@example.com", "[email]"),
    "base64 of an e-mail": ("id amFuZUBleGFtcGxlLmNvbQ==", "id [token]"),
    "user and password": ("amqp://jane:pw@host/x", "amqp://[email]/x"),
    "international phone": ("call +49 171 2345678", "call [phone]"),
    "phone with 00": ("0049 171 2345678", "[phone]"),
    "national phone": ("(030) 12345, 0171/2345678", "[phone], [phone]"),
    "American phone": ("415-555-0132 or (415) 555-0132", "[phone] or [phone]"),
    "American social security": ("078-05-1120", "[phone]"),
    "card": ("4111 1111 1111 1111", "[card]"),
    "card with hyphens": ("4111-1111-1111-1111", "[card]"),
    "card inside a word": ("x4111111111111111y", "x[card]y"),
    "mistyped card": ("4111 1111 1111 1112", "[number]"),
    "card, expiry and code": ("4111 1111 1111 1111 12/26 123", "[number]"),
    "long number": ("customer 123456789", "customer [number]"),
    "IBAN": ("DE89 3704 0044 0532 0130 00 please", "[iban] please"),
    "IBAN in small letters": ("de89370400440532013000", "[iban]"),
    "IPv4": ("from 192.0.2.1.", "from [ip]."),
    "IPv6": ("from 2001:db8::1, ::1 and 2001:db8::2:", "from [ip], [ip] and [ip]"),
    "mapped IPv6": ("::ffff:192.0.2.1", "[ip]"),
    "MAC address": ("00:1A:2B:3C:4D:5E", "[mac]"),
    "coordinates": ("52.520008, 13.404954", "[location]"),
    "path of a person": ("Exception on /users/jane [POST]", "Exception on /users/[id] [POST]"),
    "path of a person after a colon": ("Not Found:/users/jane", "Not Found:/users/[id]"),
    "path with a secret": ("see (/reset/abcdefg/new)", "see (/reset/[token]/new)"),
    "path of a handle": ("path=/@jane", "path=/[id]"),
    "UUID": ("550e8400-e29b-41d4-a716-446655440000", "[id]"),
    "IBAN of unknown land": ("ZZ89 3704", "ZZ89 3704"),
    "IBAN cut short": ("DE89 3704/x", "DE89 3704/x"),
    "JWT": ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N", "[credential]"),
    "bearer": ("Bearer abc.def-123", "Bearer [credential]"),
    "basic": ("basic dXNlcjpwdw==", "basic [credential]"),
    "AWS": ("AKIAIOSFODNN7EXAMPLE", "[credential]"),
    "AWS secret": ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "[token]"),
    "GitHub": ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "[credential]"),
    "Slack": ("xoxb-123-abcdef", "[credential]"),
    "Stripe": ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "[credential]"),
    "Google": ("AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3nXmBGewQe", "[credential]"),
    "password": ("password=hunter2 pin: 1234", "password=[credential] pin: [credential]"),
    "private key": (
        "-----BEGIN RSA PRIVATE KEY----- MIIEpAIB -----END RSA PRIVATE KEY-----",
        "[credential]-----END RSA PRIVATE KEY-----",
    ),
    "cut private key": ("-----BEGIN PRIVATE KEY----- MIIEpAIB", "[credential]"),
    "hexadecimal": ("deadbeef1234", "[token]"),
    "base62": ("code Zx9Kq2LmPw7RtY4b", "code [token]"),
    "hexadecimal IPv4": ("from 0xCB.0x0.0x71.0x4d", "from [ip]"),
    "MAC of three groups": ("port 001A.2b3C.4D5E is up", "port [mac] is up"),
    "URL": (
        "see https://shop.example/reset/abc123?token=zzz#f ok",
        "see https://shop.example/reset/[token] ok",
    ),
    "URL of an address": ("see http://192.0.2.1/x ok", "see [url] ok"),
    "too deeply encoded": ("jane%2525252540example.com", "[encoded]"),
}

KEPT = (
    "hello world",
    "Summer sale: -50% off, size 42, rating 4.5/5 (1234 reviews)",
    "on 2024-01-15 at 12:30, 15.01.2024, total 1,234.50 EUR",
    "2019-2024",
    "amount 12345678.90",
    "basic understanding of bearer bonds",
    "internationalisation of Donaudampfschiffe",
    "how-to-make-the-best-pancakes-2024",
    "Rosé 0,75l 12% vol",
    "version 1.2.3 of PostgreSQL on Windows 10.0",
    "@mentions stay, and a @ b does too",
    "1.2.3.999",
    "12:30:45 is no address, nor is a:b:c",
    "AT&T",
    "order 12345678",
    "// a comment, 24/7 and/or /or, /dev/null",
    "open /srv/mañana/ü}x and /api/v1/items",
    'File "/srv/users/views.py", line 3, in order',
    "",
)


@pytest.mark.parametrize(("text", "scrubbed"), FOUND.values(), ids=FOUND.keys())
def test_what_is_personal_or_secret_is_replaced_by_its_kind(text, scrubbed):
    """Each kind is found by its form or check digit, also through encodings."""
    assert scrub_text(text) == scrubbed


@pytest.mark.parametrize("text", KEPT)
def test_ordinary_text_stays(text):
    """Dates, prices, versions and words are no findings."""
    assert scrub_text(text) == text


SEPARATORS = (
    *" -._/+:*~|,;#='\"()[]{}\\<>^`!?",
    " - ",
    "\xa0",
    "\u2011",
    "\u2013",
    "\u00b7",
    "\u3000",
    "--",
)


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize(
    "number", ["4111 1111 1111 1111", "0171 2345 678", "078 05 1120", "3782 822463 10005"]
)
def test_grouped_numbers_are_found_whatever_parts_their_groups(number, separator):
    """People and programs part digits as they like; a list of separators would be one too short."""
    scrubbed = scrub_text(f"no {number.replace(' ', separator)} so")
    assert [group for group in number.split() if group in scrubbed] == []


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-15 10:30:00",
        "2024-01-15 10:30:00.123456",
        "15.01.2024 10:30 - 16.01.2024 11:45",
        "12:30:45, 13:15:20 and 24:00",
        "10, 20, 30, 40, 50, 60",
        "2019 - 2024, 2025/2026",
        "1,234,567.89",
    ],
)
def test_dates_times_and_lists_are_no_numbers_of_anybody(text):
    """What is left of a number without dates and times decides."""
    assert scrub_text(text) == text


def test_line_breaks_become_blanks():
    """Control characters have no place in an event."""
    assert scrub_text("one\ntwo\x00\tthree") == "one two three"


def test_text_is_cut():
    """More than the limit is never kept."""
    assert len(scrub_text("ab " * 9999)) == LONGEST_TEXT


@pytest.mark.parametrize("offset", range(0, 24, 3))
def test_a_finding_at_the_cut_never_leaves_in_halves(offset):
    """An address that begins before the limit is replaced whole."""
    text = "x " * 10 + "." * offset + " jane.doe@example.com"
    assert "jane" not in scrub_text(text, limit=40)


def test_hostile_texts_cost_little():
    """Texts made to send patterns back and forth are scrubbed in bounded processor time."""
    hostile = ["a@" * 9999, "@" * 9999, "1 " * 9999, "1-" * 9999, "eyJ" * 9999, "a:" * 9999]
    hostile += ["::" * 9999, "https://" * 9999, "DE12 " * 9999, "%25" * 9999, "&amp;" * 9999]
    hostile += ["token=" * 9999, "-----BEGIN " * 9999, "1." * 9999, "Aa1" * 9999, "bearer " * 9999]
    start = time.process_time()
    for text in hostile:
        scrub_text(text)
    assert time.process_time() - start < 1


def test_props_keep_scalars_under_plain_keys():
    """Texts are scrubbed, small numbers and booleans stay, everything else goes."""
    props = {
        "plan": "pro",
        "note": "mail jane@example.com",
        "count": 3,
        "rate": 1.5,
        "paid": True,
        "list": [1],
        "map": {"a": 1},
        "none": None,
        "bad key": 1,
        "nan": float("nan"),
        "": 1,
    }
    expected = {"plan": "pro", "note": "mail [email]", "count": 3, "rate": 1.5, "paid": True}
    assert scrub_props(props) == expected


def test_a_text_seen_before_is_scrubbed_all_the_same():
    """Remembered are only texts that hold nothing; a finding is found each time."""
    texts = ["pro", "mail jane@example.com", "pro", "mail jane@example.com"]
    assert [scrub_props({"note": text})["note"] for text in texts] == ["pro", "mail [email]"] * 2


def test_texts_that_hold_nothing_are_remembered_within_bounds():
    """An application that puts something new into each event buys no memory, and loses nothing."""
    texts = [f"word{n}" for n in range(3 * MOST_HARMLESS)]
    assert [scrub_props({"note": text})["note"] for text in texts] == texts


@pytest.mark.parametrize(
    "key",
    [
        "email",
        "user_id",
        "userId",
        "X-Phone"[2:],
        "reset_token",
        "lat",
        "ipAddress",
        "fbclid",
        "SSN",
    ],
)
def test_props_under_sensitive_keys_go(key):
    """What a person or credential is usually kept under is not kept at all."""
    assert scrub_props({key: "x"}) == {}


@pytest.mark.parametrize(
    "key", ["k4111111111111111", "a550e8400e29b41d4a716446655440000", "ab12cd34ef56"]
)
def test_props_under_keys_that_are_findings_go(key):
    """A key is a place to hide a value in."""
    assert scrub_props({key: 1}) == {}


@pytest.mark.parametrize(
    "value",
    [
        4111111111111111,
        491712345678,
        491701234,
        -491701234,
        4111111111111111.0,
        491701234.5,
        Decimal("491701234.5"),
        Decimal("1e999"),
        Decimal("sNaN"),
        10**400,
        1e300,
        float("inf"),
        3 + 4j,
    ],
)
def test_numbers_that_may_name_somebody_go(value):
    """A number long enough for a phone or card is not kept."""
    assert scrub_props({"n": value}) == {}


def test_props_are_at_most_thirty():
    """As many as Plausible takes."""
    assert len(scrub_props({f"key_{n}": n for n in range(99)})) == MOST_PROPS


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (12345678, 12345678),
        (1.5, 1.5),
        (52.5200081234, 52.52),
        (4.91701234567, 4.917),
        (49170.1234567, 49170.123),
        (1 / 3, 0.3333),
        (12345678.9, 12345679.0),
        (Decimal("19.99"), 19.99),
        (True, True),
        ("491701234.5", "[phone]"),
        ("49170.1234567", "[phone]"),
    ],
)
def test_numbers_keep_eight_digits(value, kept):
    """One rule for every kind of number: no more digits than name nobody."""
    assert scrub_props({"n": value}) == {"n": kept}
