"""The client's address by configuration, and the warning about a proxy that is not configured."""

from __future__ import annotations

import pytest

from privacykit.collect.client_words import WARN_AFTER
from privacykit.settings.load import parse
from privacykit.settings.locate import client_of
from privacykit.testing.layout import CONFIG

PROXY, PRIVATE = "127.0.0.1", "172.17.0.1"


@pytest.fixture
def said():
    """What was warned of."""
    return []


@pytest.fixture
def client(said):
    """The finder of the example configuration, which trusts loopback."""
    return client_of(parse(CONFIG), said.append)


@pytest.mark.parametrize(
    ("peer", "headers", "found"),
    [
        (PROXY, {b"x-forwarded-for": b"203.0.113.9"}, (bytes((203, 0, 113, 9)), True)),
        (PROXY, {}, (None, True)),
        (PROXY, {b"x-forwarded-for": b"garbage"}, (None, True)),
        (PRIVATE, {b"x-forwarded-for": b"203.0.113.9"}, (bytes((172, 17, 0, 1)), False)),
        (None, {}, (None, False)),
    ],
)
def test_an_address_that_is_not_the_client_s_is_none(client, peer, headers, found):
    """A proxy that stands in has a place of its own, which is not the visitor's."""
    assert client(peer, headers) == found


def test_a_proxy_that_is_not_configured_is_said_once(client, said):
    """After a hundred clients that are one address inside the house."""
    for _ in range(WARN_AFTER * 2):
        client(PRIVATE, {})
    assert [line.partition(":")[0] for line in said] == [
        "the first 100 clients have one private address"
    ]


def test_visitors_of_all_kinds_are_no_suspicion(client, said):
    """Nothing is said, and nothing is remembered of them."""
    for host in range(WARN_AFTER * 2):
        client(PROXY, {b"x-forwarded-for": b"203.0.113.%d" % host})
    assert said == []
