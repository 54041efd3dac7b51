"""Laws of devices: no bytes raise, and nothing of a user agent leaves."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.devices.families import BROWSERS, SYSTEMS
from privacykit.devices.user_agent import DeviceReader

read = DeviceReader(most_bytes=64 * 1024)
PIECES = st.sampled_from(
    ["Mozilla/5.0 ", "(Windows NT 10.0; ", "Android 14; ", "iPhone; ", "Chrome/131 ", "Safari/537 ",
     "Firefox/", "99999999 ", "compatible; ", "bot", "\xff", "(((", "Version/17.1 ", "Mobile "]
)  # fmt: skip
AGENTS = st.one_of(
    st.binary(max_size=600),
    st.lists(PIECES, max_size=20).map(lambda parts: "".join(parts).encode("latin-1")),
)
HINTS = st.none() | st.lists(st.binary(max_size=200), max_size=4).map(tuple)


@pytest.fixture(scope="module", autouse=True)
def _loaded():
    """Load the parser before any clock runs: it takes seconds where the machine is busy."""
    read.warm_up()


@settings(deadline=1000)
@given(agent=AGENTS, hints=HINTS)
def test_any_bytes_are_a_device_of_closed_lists(agent, hints):
    """Type, system and family are ours, the major version is digits, and answers never change."""
    device = read(agent, hints)
    kept = json.loads(device.fragment)
    if kept is not None:
        family, _, major = kept["browser"].rpartition(" ")
        known = BROWSERS | {"Other"}
        assert kept["type"] in {"desktop", "mobile", "tablet", "bot", "other"}
        assert kept["os"] in SYSTEMS | {"Other"}
        assert kept["browser"] in known or (family in known and major.isdigit())
    assert device == read(agent, hints)
    assert len(device.ua_class) < 80


@settings(deadline=1000)
@given(marker=st.text("0123456789abcdef", min_size=12, max_size=12), agent=AGENTS)
def test_no_marker_in_a_user_agent_comes_out(marker, agent):
    """A canary anywhere in a user agent or hint is in nothing that is kept."""
    canary = marker.encode()
    for planted in (
        canary + agent,
        agent + canary,
        b"Mozilla/5.0 (" + canary + b") Firefox/" + canary,
    ):
        device = read(planted, (b'"%b";v="131"' % canary, canary, b'"%b"' % canary))
        assert canary not in device.fragment.encode() + device.ua_class
