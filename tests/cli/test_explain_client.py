"""``privacykit explain --header``: how an address is found, before anything else is configured."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from privacykit.cli.main import app
from privacykit.errors import ConfigurationError, InputError

PROXIES = """
[client_ip]
source = "headers"
trusted_proxies = ["10.0.0.0/8"]
"""


@pytest.fixture
def explain(tmp_path):
    """Run the command beside a configuration."""

    def run(config, *arguments):
        file = tmp_path / "privacykit.toml"
        file.write_text(config)
        result = CliRunner().invoke(app, ["explain", "--config", str(file), *arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.stdout

    return run


def test_each_step_is_one_line(explain):
    """Repeated headers stand in order; other headers play no part; the address comes weakened."""
    stdout = explain(
        PROXIES,
        "--peer=10.0.0.1",
        "--header=X-Forwarded-For: 6.6.6.6, 203.0.113.77",
        "--header=x-forwarded-for: 10.0.0.2",
        "--header=X-Real-IP: 6.6.6.6",
    )
    assert stdout.splitlines() == [
        "the peer is trusted: x-forwarded-for is read from the right",
        "hop 1: one of our proxies; go on to the left",
        "hop 2: the client",
        "a trusted proxy named the client",
        "address: IPv4, documentation, in 203.0.113.0/24",
    ]


def test_without_configuration_no_header_is_read(explain):
    """The server is believed."""
    assert explain("", "--peer", "203.0.113.77").splitlines()[0] == (
        'source is "scope": no header is read'
    )


def test_the_answer_in_json(explain):
    """The way it was found, and the steps."""
    answer = json.loads(explain(PROXIES, "--peer", "10.0.0.1", "--json"))
    assert (answer["how"], len(answer["steps"])) == ("no-header", 3)


def test_every_key_of_the_table_is_understood(explain):
    """Hops, unix sockets, other headers, operators' NAT64 prefixes."""
    config = """
    [client_ip]
    source = "headers"
    header = "Forwarded"
    hops = 1
    trust_unix_socket = true
    nat64_prefixes = ["2001:db8:122::/48"]
    """
    stdout = explain(config, '--header=Forwarded: for="[2001:db8:122:c000:2:2100::]"')
    assert stdout.endswith("address: IPv4, documentation, in 192.0.2.0/24\n")


@pytest.mark.parametrize(
    "config", ["[client_ip]\nhops = 'x'", "[client_ip]\nhop = 1", "client_ip = 1", "[", "\x00"]
)
def test_a_wrong_table_is_refused(explain, config):
    """With the id of the problem and without a traceback."""
    with pytest.raises(ConfigurationError, match="PK118"):
        explain(config, "--peer", "10.0.0.1")


def test_a_header_without_a_colon_is_refused(explain):
    """And not quoted."""
    with pytest.raises(InputError, match="NAME: VALUE") as failure:
        explain(PROXIES, "--header", "203.0.113.77")
    assert "203" not in str(failure.value)
