"""Laws of what is logged, on hostile input."""

from __future__ import annotations

import logging

from hypothesis import example, given
from hypothesis import strategies as st

from privacykit.logs import AccessLogFilter
from privacykit.logs.paths import LONGEST_PATH, clean_path
from privacykit.pseudonym.address import pack

texts = st.text(max_size=200)
tokens = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=10, max_size=64).filter(
    lambda text: any(each.isdigit() for each in text)
)
words = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=20)


@given(texts)
@example("/" + "a" * 100_000)
@example("/" * 100_000)
@example("/" + "a1-" * 30_000)
def test_cleaning_twice_changes_nothing(path):
    """A cleaned path is clean, short, without query and without control characters."""
    cleaned = clean_path(path)
    assert clean_path(cleaned) == cleaned
    assert len(cleaned) <= LONGEST_PATH
    assert "?" not in cleaned
    assert "@" not in cleaned
    assert cleaned.isprintable() or cleaned == ""


@given(words, tokens, words, texts)
def test_a_token_never_stays(before, token, after, query):
    """Wherever a token stands in a path, it is masked."""
    assert token not in clean_path(f"/{before}/{token}/{after}?{query}")


@given(st.lists(words, max_size=8))
def test_words_always_stay(parts):
    """Plain words are what an access log is read for."""
    path = "/" + "/".join(parts)
    assert clean_path(path) == path


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
