"""Unknown hosts: named where that is harmless, once each, and not without end."""

import logging

import pytest

from privacykit.runtime.firsts.hosts import MOST_SAID, UnknownHosts, named


@pytest.mark.parametrize(
    ("host", "told"),
    [
        (b"127.0.0.1:8000", "'127.0.0.1'"),
        (b"[::1]:8000", "'::1'"),
        (b"192.168.1.20", "'192.168.1.20'"),
        (b"LOCALHOST", "'localhost'"),
        (b"shop.example:8000", "'shop.example'"),
        (b"xn--mnchen-3ya.example.", "'xn--mnchen-3ya.example'"),
        (b"203.0.113.7", "that is an IP address"),
        (b"[2001:db8::7]", "that is an IP address"),
        (b"anna@shop.example", "whose name is no host name"),
        (b"shop.example\r\nforged: line", "whose name is no host name"),
        (b"\xff\x00\x1b[31m", "whose name is no host name"),
        (b"a" * 5000, "whose name is no host name"),
        (b"4111111111111111.example", "'[card].example'"),
        (b"", "of requests that name none"),
    ],
)
def test_a_host_is_named_only_where_it_is_harmless(host, told):
    """It is a stranger's text: addresses, numbers and what is no name do not reach the log."""
    assert named(host) == told


def test_each_host_is_said_once_and_few_of_them(caplog):
    """Whatever strangers send; a host of ours says nothing."""
    caplog.set_level(logging.INFO, "privacykit")
    site_of = UnknownHosts(lambda host: "shop" if host == b"shop.example" else None)
    for number in range(100):
        host = f"{chr(97 + number % 26)}{chr(97 + number // 26)}.example".encode()
        assert [site_of(host), site_of(host), site_of(b"shop.example")] == [None, None, "shop"]
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == MOST_SAID == len(set(lines))
    assert "unknown_host" in lines[0]
    assert lines[-1].endswith("no more hosts are named")
