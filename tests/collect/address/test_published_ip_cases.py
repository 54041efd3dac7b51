"""
Every published case about addresses: it passes, or stands in a list with the reason why not.

The list is ``tests/vectors/ip/deviations.json``: what we answer instead, and why. It is exact: an
entry that is no longer needed fails as a missing one does.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from privacykit.collect.address.client_ip import ClientRule
from privacykit.collect.address.forwarded import parse_element, parse_forwarded
from privacykit.collect.address.trust import Trust
from privacykit.errors import ConfigurationError
from privacykit.pseudonym.addresses.address import parse, to_text
from privacykit.pseudonym.addresses.ip import PRESETS, Truncate

VECTORS = Path(__file__).parents[2] / "vectors/ip"
DEVIATIONS = json.loads((VECTORS / "deviations.json").read_text())["cases"]
NOT_GLOBAL = [
    "10.0.0.0/8",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
]


def _text(packed):
    return None if packed is None else to_text(packed)


def _resolve(rule, peer, value):
    return _text(rule.resolve(peer or None, value).packed)


def _from_right(trusted, header, peer, lines):
    """Return one answer, or the id of the problem that stops the start."""
    try:
        rule = ClientRule("headers", header, Trust(**trusted))
    except ConfigurationError as error:
        return error.problems[0].id
    return _resolve(rule, peer, ", ".join(lines).encode() if lines else None)


def _proxy_addr(case):
    trust = [case["trust"]] if isinstance(case["trust"], str) else case["trust"]
    lines = [case["xff"]] if case["xff"] else []
    if not trust:
        return _resolve(ClientRule(), case["peer"], None)
    return _from_right({"networks": trust}, "X-Forwarded-For", case["peer"], lines)


def _realclientip(case):
    strategy, header = case["strategy"], case.get("header_name", "")
    lines = [value for name, value in case["headers"] if name.lower() == header.lower()]
    trusts = {
        "single_ip_header": {},
        "rightmost_non_private": {"networks": NOT_GLOBAL},
        "rightmost_trusted_count": {"hops": case.get("trusted_count", 0)},
        "rightmost_trusted_range": {"networks": case.get("trusted_ranges", [])},
    }
    if strategy == "remote_addr":
        return _resolve(ClientRule(), case["remote_addr"], None) or ""
    if strategy == "leftmost_non_private":
        return "not offered"
    # These strategies never look at the peer; ours trusts one without address.
    trust = {**trusts[strategy], "unix_socket": case.get("trusted_count") != 0}
    return _from_right(trust, header, case["remote_addr"], lines) or ""


def _client_of(case):
    return "PK109" if case.get("expected_error") else case["expected"]


def _item(case):
    element = parse_element(case["item"])
    return _text(parse((element or {}).get("for", "")))


def _parsed(case):
    return _text(parse(case["input"]))


def _good(case):
    packed = parse(case["input"])
    return None if packed is None or not any(packed) else to_text(packed)


def _mask(case):
    preset = PRESETS.get(f"matomo-{case['mask_bytes']}", Truncate(32, 128))
    return preset.text(case["ip"])


def _is_mapped(case):
    return len(parse(case["ip"])) == 4


def _forwarded_client(case):
    lines = [case["header"]] if isinstance(case["header"], str) else case["header"]
    trust = {"hops": len(case["expected"]), "unix_socket": True}
    return _from_right(trust, "Forwarded", "", lines)


def _elements(case):
    lines = case.get("headers") or case["header"]
    return parse_forwarded(", ".join([lines] if isinstance(lines, str) else lines))


def _strict(case):
    elements = _elements(case)
    return "error" if None in elements else elements


def _strictly(case):
    return "error" if "expected_error" in case else case["expected"]


def _recovered(case):
    return [element or {} for element in _elements(case)]


def _expected(case):
    return case["expected"]


SECTIONS = [
    ("client_ip_proxy_addr", "cases", _proxy_addr, _expected),
    ("client_ip_realclientip", "client_ip", _realclientip, _client_of),
    ("client_ip_realclientip", "parse_forwarded_item", _item, _expected),
    ("client_ip_realclientip", "parse_ip", _parsed, _expected),
    ("client_ip_realclientip", "good_ip", _good, _expected),
    ("matomo_ip", "anonymise", _mask, _expected),
    ("matomo_ip", "is_mapped_ipv4", _is_mapped, _expected),
    ("forwarded_header", "rfc7239", _forwarded_client, lambda case: case["client"]),
    ("forwarded_header", "rfc7239", _elements, _expected),
    ("forwarded_header", "strict", _strict, _strictly),
    ("forwarded_header", "aiohttp_recovering", _recovered, _expected),
]


def _cases():
    for name, section, ours, wanted in SECTIONS:
        cases = json.loads((VECTORS / f"{name}.json").read_text())[section]
        for index, case in enumerate(cases):
            key = f"{name}.{section}[{index}]"
            if "forwarded_equivalent" not in case and (
                ours is not _forwarded_client or "client" in case
            ):
                yield pytest.param(key, ours, case, wanted(case), id=f"{key} {ours.__name__}")


@pytest.mark.parametrize(("key", "ours", "case", "wanted"), list(_cases()))
def test_a_published_case_passes_or_is_decided_otherwise(key, ours, case, wanted):
    """Either the published answer, or ours with its reason, and never both."""
    deviation = DEVIATIONS.get(key)
    assert ours(case) == (wanted if deviation is None else deviation["ours"])
    assert deviation is None or (deviation["ours"] != wanted and deviation["reason"])


def test_the_list_names_only_published_cases():
    """A deviation of a case that nobody runs is a mistake."""
    assert set(DEVIATIONS) <= {case.values[0] for case in _cases()}


def test_x_forwarded_for_converts_to_forwarded():
    """RFC 7239 section 7.4: both spellings lead to one client."""
    file = json.loads((VECTORS / "forwarded_header.json").read_text())
    (case,) = [case for case in file["rfc7239"] if "xff" in case]
    trust = {"hops": 2, "unix_socket": True}
    assert _from_right(trust, "X-Forwarded-For", "", [case["xff"]]) == "192.0.2.43"
    assert _from_right(trust, "Forwarded", "", [case["forwarded_equivalent"]]) == "192.0.2.43"
