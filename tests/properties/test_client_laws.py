"""Laws of finding the client, on arbitrary headers and peers."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from privacykit.collect.address.client_ip import ClientRule, How
from privacykit.collect.address.explain import explain_client
from privacykit.collect.address.forwarded import elements_from_right, parse_forwarded
from privacykit.collect.address.trust import Trust
from privacykit.pseudonym.addresses.address import pack, parse

NETWORKS = Trust(["10.0.0.0/8", "fd00::/8"], unix_socket=True)
HOPS = Trust(hops=2)
RULES = [
    ClientRule(),
    *(
        ClientRule("headers", header, trust)
        for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP")
        for trust in (NETWORKS, HOPS)
    ),
]
HOP = st.one_of(
    st.ip_addresses().map(str),
    st.sampled_from(["10.0.0.1", "10.9.9.9", "fd00::1", "unknown", "_x", "", "for=1.2.3.4"]),
    st.text(alphabet='0123456789abcdef.:[]"=;\\ \x00é', max_size=30),
)
LIST = st.lists(HOP, max_size=5).map(", ".join)
FORWARDED = st.lists(HOP.map(lambda hop: f'for="{hop}"'), max_size=5).map(", ".join)
VALUE = st.one_of(
    st.none(),
    st.binary(max_size=80),
    LIST.map(lambda text: text.encode("latin-1")),
    FORWARDED.map(lambda text: text.encode("latin-1")),
)
PEER = st.one_of(st.none(), HOP, st.text(max_size=20))


@given(PEER, VALUE)
@example("2001:0:ffff:ffff:ffff:ffff:ffff:ffff", None)
@example("2002:0:0:1::", None)
def test_resolving_never_raises_and_gives_whole_addresses(peer, value):
    """Whatever comes in, an address or none comes out, with the way it was found."""
    for rule in RULES:
        resolved = rule.resolve(peer, value)
        assert resolved.packed is None or len(resolved.packed) in {4, 16}
        assert resolved.packed is None or any(resolved.packed)
        assert (resolved.packed is None) <= (not resolved.how.names_client)


@given(PEER, VALUE)
def test_explaining_finds_what_resolving_finds(peer, value):
    """The twin in words follows the same steps, and prints no address that came in whole."""
    for rule in RULES:
        resolved, lines = explain_client(rule, peer, value)
        assert resolved == rule.resolve(peer, value)
        assert ("hop 1: the client" in " ".join(lines)) <= (resolved.how is How.HEADER)


@given(st.ip_addresses().map(str), LIST, LIST)
def test_what_stands_left_of_the_client_changes_nothing(client, left, other):
    """A visitor writes on the left; our proxies on the right."""
    rule = ClientRule("headers", "X-Forwarded-For", NETWORKS)
    packed = parse(client)
    if any(packed) and not NETWORKS.contains(packed):
        values = [f"{text}, {client}, 10.0.0.2".encode("latin-1") for text in (left, other)]
        answers = [rule.resolve("10.0.0.1", value) for value in values]
        assert answers[0] == answers[1]
        assert (answers[0].packed, answers[0].how) == (pack(client), How.HEADER)


@given(LIST)
@example('a", for="6.6.6.6')
@example('x;by="')
def test_nobody_swallows_what_a_proxy_appends_to_forwarded(left):
    """Whatever a visitor opens, the proxy's own element is read."""
    rule = ClientRule("headers", "Forwarded", NETWORKS)
    for appended in (
        "for=203.0.113.9",
        'for="203.0.113.9:47";proto=https',
        'by=a;for="203.0.113.9"',
    ):
        value = f"for={left}, {appended}".encode("latin-1")
        resolved = rule.resolve("10.0.0.1", value)
        assert (resolved.packed, resolved.how) == (bytes((203, 0, 113, 9)), How.HEADER)


@given(st.ip_addresses().map(str), VALUE)
def test_a_peer_that_is_not_ours_is_never_overruled(peer, value):
    """Headers of strangers are not read."""
    packed = parse(peer)
    for rule in RULES:
        if not rule.is_scope and not rule.trust.hops and not NETWORKS.contains(packed):
            expected = pack(peer) if any(packed) else None
            assert rule.resolve(peer, value).packed == expected


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["for", "by", "host", "proto", "secret"]),
            st.text(alphabet='abc123,;="\\ .:[]', max_size=12),
            min_size=1,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_well_formed_forwarded_is_read_whole(elements):
    """Reading from the right gives what was written, quotes, commas and all."""
    written = ", ".join(
        ";".join(
            '{}="{}"'.format(name, value.replace("\\", "\\\\").replace('"', '\\"'))
            for name, value in element.items()
        )
        for element in elements
    )
    assert parse_forwarded(written) == elements


@given(st.text(alphabet='for=";,\\ab1.[]:', max_size=200))
def test_reading_forwarded_never_raises(text):
    """Every prefix of a hostile header is read to an end."""
    found = list(elements_from_right(text))
    assert all(element is not None for element in found[:-1])


@pytest.mark.parametrize(
    "value",
    [
        b'for="' + b"a," * 30_000,
        b", " * 30_000,
        b'for="a,' * 10_000,
        b'for="\\' * 10_000,
        b"a=b;" * 20_000,
        b'"' * 60_000,
        b"1.2.3.4," * 8_000,
        b"for=1.2.3.4," * 6_000,
        b'x=",' * 15_000 + b'"',
    ],
)
@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_a_hostile_header_is_bounded_in_time(header, value):
    """64 kB cost less than five milliseconds, whatever is in them."""
    rule = ClientRule("headers", header, NETWORKS)
    costs = []
    for _ in range(5):
        began = time.process_time()
        rule.resolve("10.0.0.1", value)
        costs.append(time.process_time() - began)
    assert min(costs) < 0.005
