"""The memory of places by prefix."""

from __future__ import annotations

from ipaddress import ip_address

from privacykit.geo.prefix import PrefixMemo


class Lookup:
    """A look-up that counts how often it is asked."""

    def __init__(self, bits=16):
        """Answer with *bits* as the network's length."""
        self.bits = bits
        self.asked = 0

    def __call__(self, packed):
        """Return a made-up place."""
        self.asked += 1
        return f"P{packed[0]}", self.bits


def pair(place, prefix):
    """Return what the hot path keeps: a place and a weakened text."""
    return place, str(ip_address(prefix))


def test_neighbours_are_looked_up_once():
    """Two visitors of one /24 cost one look-up."""
    lookup = Lookup()
    memo = PrefixMemo(lookup, pair, 100)
    answers = {memo(ip_address(text).packed) for text in ("203.0.113.1", "203.0.113.200")}
    assert (answers, lookup.asked) == ({("P203", "203.0.113.0")}, 1)


def test_ipv6_is_kept_by_48_bits():
    """One customer's prefix is one entry."""
    memo = PrefixMemo(Lookup(), pair, 100)
    assert memo(ip_address("2001:db8:1:2::3").packed) == ("P32", "2001:db8:1::")


def test_a_finer_network_is_never_kept():
    """Where the file knows less than a /24, its answer is only for that address."""
    lookup = Lookup(bits=25)
    memo = PrefixMemo(lookup, pair, 100)
    for _ in range(2):
        memo(b"\xcb\x00\x71\x01")
    assert (lookup.asked, len(memo)) == (2, 0)


def test_what_is_asked_for_survives_a_flood():
    """Prefixes that come once never push out the one that keeps coming."""
    lookup = Lookup()
    memo = PrefixMemo(lookup, pair, 64)
    for number in range(1000):
        memo(b"\xcb\x00\x71\x01")
        memo(bytes([10, number >> 8, number & 255, 1]))
    assert lookup.asked == 1001


def test_memory_is_bounded():
    """However many prefixes come, no more than the limit are kept."""
    memo = PrefixMemo(Lookup(), pair, 64)
    for number in range(1000):
        memo(bytes([10, number >> 8, number & 255, 1]))
    assert 32 <= len(memo) <= 64


def test_an_answer_of_the_file_before_is_not_kept():
    """A look-up that was under way when the file changed leaves nothing behind."""
    memo = PrefixMemo(lambda _packed: (memo.forget(), ("DE", 16))[1], pair, 64)
    memo(b"\xcb\x00\x71\x01")
    assert len(memo) == 0


def test_it_prints_no_prefix():
    """Its text form holds a count and no address."""
    memo = PrefixMemo(Lookup(), pair, 64)
    memo(b"\xcb\x00\x71\x01")
    assert repr(memo) == "<PrefixMemo of 1>"
