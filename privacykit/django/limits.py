"""The rate-limit key in the form of an address, for packages that store nothing else. Pure."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import IPv6Address
from typing import Any

from privacykit.collect.privacy import NO_PRIVACY

_UNIQUE_LOCAL = 0xFD << 120
"""The prefix of addresses that no network of others has (RFC 4193)."""
_BITS = 120


def client_key(request: Any) -> str:  # noqa: ANN401 - Django has no types
    """
    Return the rate-limit key of *request* as an IPv6 address that is nobody's.

    For django-axes, whose columns take nothing but addresses. It is one for each whole address and
    hour; requests without an address share ``fd00::``.
    """
    number = 0
    with suppress(ValueError):
        number = int(getattr(request, "privacy", NO_PRIVACY).rate_limit_key(), 16)
    return str(IPv6Address(_UNIQUE_LOCAL | number % (1 << _BITS)))
