"""GPC where two readings meet: long values, and each way RFC 3339 lets a moment be written."""

from __future__ import annotations

import json

import pytest

from privacykit.signals.gpc import GpcSupport, gpc, parse_support


@pytest.mark.parametrize(
    ("value", "opted_out"),
    [
        (b"0," * 127 + b" 1", True),  # 256 bytes
        (b"0," * 128 + b"1", False),  # 257 bytes
        (b" 1", True),
        (b"1\t", True),
        (b"1\n", False),
        (b"1 1", False),
        (b"11", False),
        (b"01", False),
        (b"", False),
        (b",", False),
        (b",1", True),
        (b'"1"', False),
    ],
)
def test_only_the_one_character_among_the_first_256_counts(value, opted_out):
    """White space about it is forgiven, nothing else is."""
    assert gpc(value) is opted_out


@pytest.mark.parametrize(
    ("moment", "known"),
    [
        ("2025-04-15", True),
        ("2025-04-15T10:00:00Z", True),
        ("2025-04-15t10:00:00z", True),
        ("2025-04-15t10:00:00Z", True),
        ("2025-04-15T10:00:00z", True),
        ("2025-04-15T10:00:00.123456789+02:00", True),
        ("2025-04-15T10:00:00.1-08:00", True),
        ("2025-04-15T10:00:00.1234567890Z", False),
        ("2025-04-15T10:00:00.Z", False),
        ("2025-04-15 10:00:00Z", False),
        ("2025-04-15T10:00Z", False),
        ("2025-04-15T10:00:00+0200", False),
        ("2025-4-15", False),
        ("20250415", False),
        ("2025-W16-2", False),
        ("\uff12025-04-15", False),
        ("2025-04-15\n", False),
    ],
)
def test_a_moment_is_a_date_or_a_date_time_of_rfc_3339(moment, known):
    """Its letters may be small (section 5.6); a moment that is neither is unknown."""
    body = json.dumps({"gpc": True, "lastUpdate": moment}).encode()
    assert parse_support(200, body, "application/json") == GpcSupport(
        True, moment if known else None
    )


@pytest.mark.parametrize("status", [199, 201, 204, 301, 304, 404, 500])
def test_another_status_says_nothing(status):
    """Only 200 carries the resource."""
    assert parse_support(status, b'{"gpc": true}', "application/json") == GpcSupport(None, None)


@pytest.mark.parametrize(
    ("body", "support"),
    [
        (b'{"gpc": true}', True),
        (b'{"gpc": false}', False),
        (b'{"gpc": 1}', None),
        (b'{"gpc": "true"}', None),
        (b'{"gpc": null}', None),
        (b"{}", None),
        (b"[true]", None),
        (b"true", None),
    ],
)
def test_support_is_yes_or_no_or_unknown(body, support):
    """What is not a truth value is unknown."""
    assert parse_support(200, body, "application/json") == GpcSupport(support, None)
