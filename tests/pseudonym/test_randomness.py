"""Words stay words, tokens are tokens; measured on names that people made up."""

from __future__ import annotations

import random
from base64 import urlsafe_b64encode
from operator import ge
from pathlib import Path
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits

import pytest

from privacykit.collect.channel.campaign import campaign_of
from privacykit.pseudonym.texts.randomness import looks_random
from privacykit.pseudonym.url.referrer import host_of
from privacykit.pseudonym.url.urls import scrub_path
from privacykit.runtime.sites import known_sources

SAMPLES = Path(__file__).parents[1] / "data/names"
NAMES, COORDINATES, SOURCE_FILES, HOSTS, PATHS = (
    (SAMPLES / f"{kind}.txt").read_text().split()
    for kind in ("packages", "coordinates", "sources", "hosts", "paths")
)
SOURCES = known_sources()
MOST_NAMES, FEWEST_TOKENS = 0.005, 0.95
LENGTHS = (8, 10, 12, 16, 22, 32)
ALPHABETS = {
    "hexadecimal": "0123456789abcdef",
    "base32": ascii_uppercase + "234567",
    "base36": ascii_lowercase + digits,
    "base36 in capitals": ascii_uppercase + digits,
    "base62": ascii_letters + digits,
    "base64url": ascii_letters + digits + "-_",
    "letters": ascii_letters,
}


def share_taken_for_tokens(words):
    """Return which part of *words* looks random."""
    return sum(map(looks_random, words)) / len(words)


@pytest.mark.parametrize(
    "names", [NAMES, COORDINATES, SOURCE_FILES], ids=["packages", "coordinates", "sources"]
)
def test_names_of_packages_and_files_stay(names):
    """Of names that people made up, joined, strung of acronyms, full of digits, hardly any goes."""
    assert share_taken_for_tokens(names) <= MOST_NAMES


def test_a_file_of_a_program_bears_a_name_however_short_of_vowels():
    """The same letters are a token where nothing says that they are a name; a long one always."""
    assert [looks_random(word) for word in ("pkcs7err", "pkcs7err.h")] == [True, False]
    assert looks_random("q7zk2x9mw4tb.h")


def test_names_of_hosts_stay():
    """Whoever registered a name wants it known; labels to the left of it are another matter."""
    assert share_taken_for_tokens(HOSTS) <= MOST_NAMES


@pytest.mark.parametrize("wrap", ["https://{}/", "https://www.{}/x"], ids=["bare", "www"])
def test_hosts_come_out_of_referrers_whole(wrap):
    """None of those that most people look up is changed."""
    assert [host for host in HOSTS if host_of(wrap.format(host)) not in {host, ""}] == []


def test_hosts_come_out_of_campaigns_whole():
    """A source nobody listed is named as it names itself, nearly always."""
    kept = [campaign_of(SOURCES, f"utm_source={host}".encode()) for host in HOSTS]
    changed = sum(found.source != host for found, host in zip(kept, HOSTS, strict=True))
    assert changed / len(HOSTS) <= MOST_NAMES


def test_paths_of_files_stay():
    """Files called after brands and people's inventions are no tokens."""
    changed = sum(scrub_path(path) != path for path in PATHS)
    assert changed / len(PATHS) <= MOST_NAMES


@pytest.mark.parametrize(
    ("host", "token"),
    [
        ("nbcnewyork.com", False),
        ("kcchiefs.com", False),
        ("www.bbcgoodfood.co.uk", False),
        ("x7k2q9zp4m.shop.com", True),
        ("x7k2q9zp4m.shop.co.uk", True),
        ("d9ce0ab605698f320427.com", True),
        ("x7k2q9zp4m.py", True),
        ("x7k2q9zp4m", True),
    ],
)
def test_of_a_host_only_labels_left_of_the_registered_name_are_looked_at(host, token):
    """A file is no host, and nobody registers a name of hexadecimal digits to be known by it."""
    assert looks_random(host) == token


@pytest.mark.parametrize("alphabet", ALPHABETS.values(), ids=ALPHABETS.keys())
def test_tokens_are_found_in_each_alphabet(alphabet):
    """From eight characters on, 19 in 20 tokens are found, most of the rest being short."""
    chance = random.Random(alphabet)
    tokens = ["".join(chance.choices(alphabet, k=n)) for n in LENGTHS for _ in range(400)]
    assert share_taken_for_tokens(tokens) >= FEWEST_TOKENS


@pytest.mark.parametrize("size", [6, 8, 12, 16, 32])
def test_encoded_bytes_are_found(size):
    """What `secrets.token_urlsafe` and `token_hex` make is found."""
    chance = random.Random(size)
    raw = [chance.randbytes(size) for _ in range(400)]
    coded = [urlsafe_b64encode(each).decode().rstrip("=") for each in raw]
    assert share_taken_for_tokens(coded + [each.hex() for each in raw]) >= FEWEST_TOKENS


def test_letters_of_one_case_are_found_when_there_are_enough():
    """Eight small letters by chance are often enough like a name; twelve seldom, sixteen hardly."""
    chance = random.Random(3)
    found = [
        share_taken_for_tokens(["".join(chance.choices(ascii_lowercase, k=n)) for _ in range(800)])
        for n in (8, 12, 16, 22)
    ]
    assert all(map(ge, found, (0.75, 0.9, 0.95, 0.99)))


@pytest.mark.parametrize(
    "path",
    [
        "/img/social-github.svg",
        "/static/bootstrap.bundle.min.js",
        "/blog/how-we-moved-from-mysql-to-postgresql",
        "/docs/i18n/py3-utf8-k8s",
        "/getUserDetails/XMLHttpRequest",
        "/produkte/waschmaschinen/frontlader-7kg",
    ],
)
def test_paths_of_words_stay(path):
    """What a site names its pages and files is no token."""
    assert scrub_path(path) == path


def test_an_address_in_base64_is_found():
    """Base64 of an e-mail address is not random, and no word either."""
    assert looks_random("amFuZUBleGFtcGxlLmNvbQ==")


@pytest.mark.parametrize("word", ["", "----", "1234567890", "2024-01-15", "abc", "x" * 7])
def test_what_is_short_or_a_number_is_no_token(word):
    """Numbers have rules of their own, and short words look like anything."""
    assert not looks_random(word)
