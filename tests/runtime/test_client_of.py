"""The client's address by configuration, and the warning about a proxy that is not configured."""

from __future__ import annotations

import re

import pytest

from privacykit.collect.address.explain import WARN_AFTER
from privacykit.runtime.locate import client_of
from privacykit.settings.load import parse
from privacykit.testing.layout import CONFIG

PROXY, PRIVATE = ("127.0.0.1", 51234), ("172.17.0.1", 51234)


@pytest.fixture
def said():
    """What was warned of."""
    return []


@pytest.fixture
def client(said):
    """The finder of the example configuration, which trusts loopback."""
    return client_of(parse(CONFIG), said.append)


@pytest.mark.parametrize(
    ("peer", "value", "found"),
    [
        (PROXY, b"203.0.113.9", (bytes((203, 0, 113, 9)), True)),
        (PROXY, None, (None, True)),
        (PROXY, b"garbage", (None, True)),
        (PRIVATE, b"203.0.113.9", (bytes((172, 17, 0, 1)), False)),
        (None, None, (None, False)),
    ],
)
def test_an_address_that_is_not_the_client_s_is_none(client, peer, value, found):
    """A proxy that stands in has a place of its own, which is not the visitor's."""
    assert client(peer, value, None) == found


@pytest.mark.parametrize("peer", [("127.0.0.1", 0), ("203.0.113.9", 0), ("::1", 0)])
@pytest.mark.parametrize("settled", [False, True])
def test_whom_the_server_resolved_is_no_proxy_of_ours(client, peer, settled):
    """Else a visitor writes the address of our proxy into a header and is believed for it."""
    if settled:
        client(PROXY, b"203.0.113.9", None)
    assert client(peer, b"198.51.100.7", None) == (None, False)


@pytest.mark.parametrize("peer", [("", 0), ("unix:", 0), ("127.0.0.1", None)])
def test_a_peer_without_a_port_was_not_resolved(peer):
    """Servers give none for a unix socket, and some give none at all."""
    settings = parse(CONFIG.replace("[client_ip]", "[client_ip]\ntrust_unix_socket = true"))
    found = client_of(settings)(peer, b"203.0.113.9", None)
    assert found == (bytes((203, 0, 113, 9)), True)


def test_a_server_that_resolves_too_is_said_at_once(client, said):
    """One request shows it, and what to do is in the line."""
    for _ in range(2):
        client(("203.0.113.9", 0), b"203.0.113.9", None)
    assert [line.partition(",")[0] for line in said] == [
        "the server reads proxy headers and [client_ip] does too"
    ]


def test_a_server_may_resolve_where_we_do_not():
    """With the source "scope" what it found is the client."""
    settings = parse(re.sub(r'source = "headers"\n.*\n', 'source = "scope"\n', CONFIG))
    assert client_of(settings)(("203.0.113.9", 0), None, None) == (bytes((203, 0, 113, 9)), False)


def test_a_proxy_that_is_not_configured_is_said_once(client, said):
    """After a hundred clients that are one address inside the house."""
    for _ in range(WARN_AFTER * 2):
        client(PRIVATE, None, None)
    assert [line.partition(":")[0] for line in said] == [
        "the first 100 clients have one private address"
    ]


def test_visitors_of_all_kinds_are_no_suspicion(client, said):
    """Nothing is said, and nothing is remembered of them."""
    for host in range(WARN_AFTER * 2):
        client(PROXY, b"203.0.113.%d" % host, None)
    assert said == []
