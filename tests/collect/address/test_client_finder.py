"""The finder that every request asks, by its known answers: the first time, and remembered."""

from __future__ import annotations

import pytest

from privacykit.collect.address.client_ip import ClientRule, How
from privacykit.collect.address.trust import Trust
from privacykit.errors import ConfigurationError
from privacykit.pseudonym.addresses.address import Nat64Prefix, to_text

PROXY = "10.0.0.1"
NETWORKS = ["10.0.0.0/8", "fd00::/8", "198.51.100.7"]
LISTED = ClientRule("headers", "X-Forwarded-For", Trust(NETWORKS))
NAT64 = ClientRule(
    "headers", trust=Trust(NETWORKS), nat64=(Nat64Prefix.parse("2001:db8:122::/48"),)
)
COUNTED = ClientRule("headers", trust=Trust(hops=2))
FORWARDED = ClientRule("headers", "Forwarded", Trust(NETWORKS))
SINGLE = ClientRule("headers", "X-Real-IP", Trust(NETWORKS))
SCOPE = ClientRule()


def _found(find, host: str | None, value: bytes | None, port=51234):
    peer = None if host is None else (host, port)
    packed, trusted = find(peer, value, None)
    return packed and to_text(packed), trusted


@pytest.mark.parametrize(
    ("peer", "value", "client", "trusted"),
    [
        (PROXY, b"203.0.113.9", "203.0.113.9", True),
        (PROXY, b"6.6.6.6, 203.0.113.9", "203.0.113.9", True),
        (PROXY, b"6.6.6.6,203.0.113.9", "203.0.113.9", True),
        (PROXY, b"6.6.6.6,\t203.0.113.9 ", "203.0.113.9", True),
        (PROXY, b"6.6.6.6,123.0.113.9", "123.0.113.9", True),
        (PROXY, b"6.6.6.6,2a00::9", "2a00::9", True),
        (PROXY, b"203.0.113.9, 10.1.1.1", "203.0.113.9", True),
        (PROXY, b"10.2.2.2", "10.2.2.2", True),
        (PROXY, b"10.2.2.2, fd00::1", "10.2.2.2", True),
        (PROXY, b"198.51.100.7", "198.51.100.7", True),
        (PROXY, b"198.51.100.8", "198.51.100.8", True),
        (PROXY, b"203.0.113.9:4711", "203.0.113.9", True),
        (PROXY, b"2a00::9", "2a00::9", True),
        (PROXY, b"2001:db8::9", "2001:db8::9", True),
        (PROXY, b"6.6.6.6, 2a00::9", "2a00::9", True),
        (PROXY, b"::ffff:203.0.113.9", "203.0.113.9", True),
        (PROXY, b"2002:cb00:7109::1", "203.0.113.9", True),
        (PROXY, b"64:ff9b::cb00:7109", "203.0.113.9", True),
        (PROXY, b"0.0.0.0", None, True),
        (PROXY, b"::", None, True),
        (PROXY, b"garbage", None, True),
        (PROXY, b"203.0.113.9, garbage", None, True),
        (PROXY, b"203.0.113.9, unknown", None, True),
        (PROXY, b"203.0.113.9\xff", None, True),
        (PROXY, b"1.2.3.4\0", None, True),
        (PROXY, b"", None, True),
        (PROXY, None, None, True),
        ("198.51.100.8", b"203.0.113.9", "198.51.100.8", False),
        ("garbage", b"203.0.113.9", None, False),
        (None, b"203.0.113.9", None, False),
    ],
)
def test_a_list_is_answered_the_same_again(peer, value, client, trusted):
    """The second time the peer is remembered and the plain way is taken."""
    find = LISTED.finder()
    answers = [_found(find, peer, value) for _ in range(2)]
    assert answers == [(client, trusted)] * 2


@pytest.mark.parametrize(
    ("rule", "peer", "value", "client", "trusted"),
    [
        (NAT64, PROXY, b"2001:db8:122:c000:2:2100::", "192.0.2.33", True),
        (COUNTED, PROXY, b"203.0.113.9, 172.16.0.1", "203.0.113.9", True),
        (COUNTED, PROXY, b"203.0.113.9", None, True),
        (FORWARDED, PROXY, b"for=203.0.113.9", "203.0.113.9", True),
        (FORWARDED, PROXY, None, None, True),
        (SINGLE, PROXY, b"203.0.113.9", "203.0.113.9", True),
        (SINGLE, PROXY, b"6.6.6.6, 203.0.113.9", None, True),
        (SCOPE, "203.0.113.9", b"6.6.6.6", "203.0.113.9", False),
        (SCOPE, "2002:cb00:7109::1", b"6.6.6.6", "203.0.113.9", False),
        (SCOPE, None, b"6.6.6.6", None, False),
    ],
)
def test_other_rules_are_answered_the_same_again(rule, peer, value, client, trusted):
    """Counted hops, other headers, NAT64 and the server's word go the long way each time."""
    find = rule.finder()
    assert [_found(find, peer, value) for _ in range(2)] == [(client, trusted)] * 2


@pytest.mark.parametrize(
    ("rule", "host", "client", "trusted"),
    [
        (LISTED, PROXY, None, False),
        (LISTED, "203.0.113.66", None, False),
        (LISTED, "unix:/run/app.sock", None, False),
        (SCOPE, "203.0.113.9", "203.0.113.9", False),
    ],
    ids=["a proxy", "somebody", "a socket", "the server resolves"],
)
def test_what_a_server_resolved_before_is_not_resolved_again(rule, host, client, trusted):
    """It writes 0 for the port: nobody is believed, before and after a proxy is remembered."""
    find = rule.finder()
    assert _found(find, PROXY, b"203.0.113.9")[1] is not rule.is_scope
    answers = [_found(find, host, b"6.6.6.6", port=0) for _ in range(2)]
    assert answers == [(client, trusted)] * 2


def test_an_observer_is_told_until_it_has_seen_enough():
    """Every answer up to there, and no other; the answers stay the same."""
    seen: list[How] = []

    def observe(found) -> bool:
        seen.append(found.how)
        return len(seen) == 3

    find = LISTED.finder(observe)
    values = (b"203.0.113.9", b"garbage", b"203.0.113.9", b"203.0.113.9", b"garbage")
    answers = [_found(find, PROXY, value)[0] for value in values]
    assert (seen, answers) == (
        [How.HEADER, How.MALFORMED, How.HEADER],
        ["203.0.113.9", None, "203.0.113.9", "203.0.113.9", None],
    )


@pytest.mark.parametrize(
    ("value", "client", "how"),
    [
        (b",10.1.1.1", "10.1.1.1", How.MALFORMED),
        (b"6.6.6.6," + b" " * 2036 + b"203.0.113.9", "203.0.113.9", How.HEADER),
        (b"6.6.6.6," + b" " * 2037 + b"203.0.113.9", PROXY, How.MALFORMED),
    ],
    ids=["nothing before a comma", "cut at a comma", "cut behind it"],
)
def test_a_comma_at_the_beginning_is_one(value, client, how):
    """What stands right of it is whole, and left of it is somebody who cannot be read."""
    found = LISTED.walk(PROXY, value, [])
    assert (to_text(found.packed), found.how) == (client, how)


def test_how_an_address_was_found_has_a_word():
    """Counters, logs and the command say it so."""
    assert [how.value for how in How] == [
        "peer",
        "untrusted",
        "header",
        "all-trusted",
        "no-header",
        "hidden",
        "malformed",
        "too-few-hops",
        "no-peer",
        "resolved-before",
    ]


@pytest.mark.parametrize(
    ("arguments", "id_", "key"),
    [
        ({"source": "leftmost"}, "PK116", "client_ip.source"),
        ({"header": ""}, "PK115", "client_ip.header"),
        ({"header": "X-Real~IP"}, "PK115", "client_ip.header"),
        ({"header": "X-Real IP"}, "PK115", "client_ip.header"),
        ({"source": "headers"}, "PK109", "client_ip"),
    ],
)
def test_a_wrong_rule_is_named_by_id_file_and_key(arguments, id_, key):
    """Whoever reads it finds the line."""
    with pytest.raises(ConfigurationError, match=id_) as error:
        ClientRule(**arguments)
    (problem,) = error.value.problems
    assert (problem.id, problem.file, problem.key) == (id_, "configuration", key)


def test_a_header_may_have_digits_and_underscores():
    """As some proxies name theirs."""
    assert ClientRule("headers", "X_Real-IP9", Trust(hops=1)).header == b"x_real-ip9"


@pytest.mark.parametrize(
    ("header", "value", "steps"),
    [
        ("X-Forwarded-For", b"6.6.6.6, 203.0.113.9, 10.1.1.1", [How.ALL_TRUSTED, How.HEADER]),
        ("X-Forwarded-For", b"10.2.2.2, 10.1.1.1", [How.ALL_TRUSTED, How.ALL_TRUSTED]),
        ("X-Forwarded-For", b"x, 10.1.1.1", [How.ALL_TRUSTED, How.MALFORMED]),
        ("X-Forwarded-For", b"unknown, 10.1.1.1", [How.ALL_TRUSTED, How.HIDDEN]),
        ("X-Real-IP", b"203.0.113.9", [How.HEADER]),
        ("X-Real-IP", b"x", [How.MALFORMED]),
    ],
)
def test_each_step_of_the_walk_is_noted(header, value, steps):
    """From the right; what stands left of the end is no step."""
    noted: list[How] = []
    ClientRule("headers", header, Trust(NETWORKS)).walk(PROXY, value, noted)
    assert noted == steps
