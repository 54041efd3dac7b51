"""Laws of what is logged, on hostile input."""

from __future__ import annotations

import logging
from base64 import b32encode, urlsafe_b64encode
from random import Random

from hypothesis import example, given
from hypothesis import strategies as st

from privacykit.logs import AccessLogFilter
from privacykit.pseudonym.addresses.address import pack
from privacykit.pseudonym.url.paths import LONGEST_PATH, scrub_path

texts = st.text(max_size=200)
# Of those drawn anew at each run, one in a hundred thousand can be spelt: a law has none of these.
random_bytes = st.integers(0, 9999).map(lambda seed: Random(seed).randbytes(16))
tokens = st.one_of(
    random_bytes.map(bytes.hex),
    random_bytes.map(lambda raw: urlsafe_b64encode(raw).decode().rstrip("=")),
    random_bytes.map(lambda raw: b32encode(raw).decode().rstrip("=")),
)
words = st.sampled_from(
    [
        "about",
        "basket",
        "blog",
        "checkout",
        "docs",
        "index",
        "news",
        "page",
        "products",
        "search",
        "shop",
        "static",
        "terms",
    ]
)


@given(texts)
@example("/" + "a" * 100_000)
@example("/" * 100_000)
@example("/" + "a1-" * 30_000)
def test_cleaning_twice_changes_nothing(path):
    """A cleaned path is clean, short, without query and without control characters."""
    cleaned = scrub_path(path)
    assert scrub_path(cleaned) == cleaned
    assert len(cleaned) <= LONGEST_PATH
    assert "?" not in cleaned
    assert cleaned.isprintable() or cleaned == ""


@given(words, tokens, words, texts)
def test_a_token_never_stays(before, token, after, query):
    """Wherever a token stands in a path, it is masked."""
    assert token not in scrub_path(f"/{before}/{token}/{after}?{query}")


@given(st.lists(words, max_size=8))
def test_words_always_stay(parts):
    """Plain words are what an access log is read for."""
    path = "/" + "/".join(parts)
    assert scrub_path(path) == path


@given(st.ip_addresses(), st.integers(1, 65535), texts)
def test_no_full_address_passes_the_filter(address, port, path):
    """Whatever the address, what is logged of it names a network."""
    args = (f"{address}:{port}", "GET", path, "1.1", 200)
    record = logging.LogRecord("uvicorn.access", 20, "x.py", 1, "%s %s %s %s %d", args, None)
    assert AccessLogFilter().filter(record)
    shown = record.args[0]
    packed = pack(shown.removesuffix(":0")) or pack(shown)
    assert packed is not None
    assert not any(packed[2:] if len(packed) == 4 else packed[6:])
