"""Lines 7 to 9: weakening one address, an id for a visit, and addresses under a key."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
from itertools import cycle

from anonip import Anonip
from ipcrypt import deterministic_encrypt
from yacryptopan import CryptoPAn

from benchmarks.measure import Case, Row, best
from benchmarks.scopes import BROWSERS, addresses
from privacykit.pseudonym.addresses.address import pack
from privacykit.pseudonym.addresses.cryptopan import CryptoPan
from privacykit.pseudonym.addresses.ip import Truncate
from privacykit.pseudonym.addresses.ipcrypt import Deterministic
from privacykit.pseudonym.visitor import DaySalt, visitor_id

POOL = addresses(4000, share_v6=0.3) + [f"::ffff:{a}" for a in addresses(200, share_v6=0)]


def _reference(text: str) -> str:
    """Validated parse, bytes slice, text: the reference of line 7."""
    if ":" in text:
        packed = socket.inet_pton(socket.AF_INET6, text)
        if packed[:12] == bytes(10) + b"\xff\xff":
            return socket.inet_ntop(socket.AF_INET, packed[12:15] + b"\0")
        return socket.inet_ntop(socket.AF_INET6, packed[:6] + bytes(10))
    return socket.inet_ntop(socket.AF_INET, socket.inet_pton(socket.AF_INET, text)[:3] + b"\0")


def _network(text: str) -> str:
    """Weaken an address as tutorials do."""
    bits = 48 if ":" in text else 24
    return str(ipaddress.ip_network(f"{text}/{bits}", strict=False).network_address)


def _resolved(text: str) -> str:
    """Weaken an address as the standard library has it, which finds the version by itself."""
    address = ipaddress.ip_address(text)
    bits = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, bits), strict=False).network_address)


def _each(function, pool=POOL) -> Case:
    def run(n: int) -> None:
        take = cycle(pool).__next__
        for _ in range(n):
            function(take())

    return run


def run(rounds: int) -> list[Row]:
    """Measure and return the rows."""
    return _truncation_rows(rounds) + _keyed_rows(rounds)


def keyed_cases() -> dict[str, Case]:
    """
    Return each keyed mode, text to text, beside the package that others use for it.

    Raises:
        RuntimeError: The two do not say the same.
    """
    key = hashlib.sha256(b"key").digest()
    ours, theirs = CryptoPan(key), CryptoPAn(key)
    block = Deterministic(key[:16])
    pools = {4: addresses(2000, share_v6=0), 6: addresses(2000, share_v6=1)}
    pools[0] = pools[4][:1400] + pools[6][:600]
    functions = {
        "cryptopan 4": (lambda text: ours.weaken(pack(text)), theirs.anonymize, pools[4]),
        "cryptopan 6": (lambda text: ours.weaken(pack(text)), theirs.anonymize, pools[6]),
        "ipcrypt": (
            lambda text: block.weaken(pack(text)),
            lambda text: deterministic_encrypt(text, key[:16]),
            pools[0],
        ),
    }
    cases = {"floor": _each(lambda _: None)}
    for name, (mine, peer, pool) in functions.items():
        if any(mine(text) != str(peer(text)) for text in pool[:200]):
            raise RuntimeError(f"{name}: outputs differ")
        cases |= {name: _each(mine, pool), f"{name} peer": _each(peer, pool)}
    return cases


def _keyed_rows(rounds: int) -> list[Row]:
    took = best(keyed_cases(), rounds=max(3, rounds // 2))
    net = {name: seconds - took["floor"] for name, seconds in took.items()}
    return [
        Row.of(
            f"identifiers.{name}",
            f"{what} ÷ ours, same outputs",
            net[f"{name} peer"] / net[name],
        )
        for name, what in (
            ("cryptopan 4", "Crypto-PAn, IPv4: yacryptopan"),
            ("cryptopan 6", "Crypto-PAn, IPv6: yacryptopan"),
            ("ipcrypt", "ipcrypt-deterministic: the ipcrypt package"),
        )
    ]


def _truncation_rows(rounds: int) -> list[Row]:
    truncate = Truncate(24, 48)
    anonip = Anonip(ipv4mask=8, ipv6mask=80)
    salt = DaySalt(hashlib.sha256(b"salt").digest(), "bench", "2026-11-21", 2e9)
    agent = BROWSERS[0].encode()
    ua_class = b"\x06Chrome"
    key = hashlib.sha256(b"key").digest()

    def ours(text: str) -> None:
        packed = pack(text)
        truncate.weaken(packed)
        visitor_id(salt, packed, ua_class, 1e9)

    def tutorial(text: str) -> None:
        hmac.new(key, _network(text).encode() + b"\0" + agent, "sha256").hexdigest()

    took = best(
        {
            "floor": _each(lambda _: None),
            "reference": _each(_reference),
            "ours": _each(truncate.text),
            "anonip": _each(lambda text: str(anonip.process_ip(ipaddress.ip_network(text)))),
            "ip_network": _each(_network),
            "ip_address": _each(_resolved),
            "id": _each(ours),
            "tutorial": _each(tutorial),
        },
        rounds=rounds,
    )
    net = {name: seconds - took["floor"] for name, seconds in took.items()}
    return [
        Row.of(
            "identifiers.reference",
            "truncate one address ÷ inet_pton and slice",
            net["ours"] / net["reference"],
        ),
        Row.of("identifiers.anonip", "anonip's process_ip ÷ ours", net["anonip"] / net["ours"]),
        Row.of(
            "identifiers.ip_address",
            "ip_address and ip_network(strict=False) ÷ ours",
            net["ip_address"] / net["ours"],
        ),
        Row.of(
            "identifiers.ip_network",
            "ip_network(strict=False) alone, told the version ÷ ours",
            net["ip_network"] / net["ours"],
            note="the one above was set with the version found",
        ),
        Row.of(
            "identifiers.tutorial",
            "ip_network and hmac.new ÷ truncate and visitor id",
            net["tutorial"] / net["id"],
        ),
    ]
