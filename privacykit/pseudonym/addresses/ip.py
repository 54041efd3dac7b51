"""
IP modes: how an address is weakened, by name. Pure.

Laws:

- what comes out is never finer than asked, and truncating it again changes nothing;
- a mode that cannot weaken returns ``None``, never its input;
- an address that embeds another is weakened by the rule of the embedded one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from privacykit.errors import ConfigurationError
from privacykit.pseudonym.addresses.address import IPV4_BYTES, to_text
from privacykit.pseudonym.addresses.cryptopan import CryptoPan
from privacykit.pseudonym.addresses.ipcrypt import (
    Deterministic,
    NonDeterministic,
    NonDeterministicExtended,
    PrefixPreserving,
    Randomness,
)
from privacykit.pseudonym.addresses.keyed import Algorithm, Hash
from privacykit.pseudonym.addresses.legacy import Legacy
from privacykit.pseudonym.addresses.method import (
    IPV4_BITS,
    SUBSCRIBER_BITS,
    IPMethod,
    Opaque,
    check_bits,
    ip_problem,
)
from privacykit.pseudonym.addresses.truncation import DEFAULT_IPV4_BITS, DEFAULT_IPV6_BITS, Truncate
from privacykit.pseudonym.keys import derive

__all__ = ["MODES", "PRESETS", "Drop", "Hash", "IPMethod", "Keep", "ReverseTruncate", "Truncate"]
__all__ += ["Zero", "method", "no_finer"]


class Drop(Opaque):
    """Nothing leaves: the event has no address at all."""

    name: Final = "drop"
    stability: Final = "stable"

    def weaken(self, packed: bytes) -> None:  # noqa: ARG002 - the protocol's shape
        """Return ``None``."""
        return


class Zero:
    """``0.0.0.0`` or ``::``, for sinks that insist on a value; only the version is kept."""

    name: Final = "zero"
    stability: Final = "stable"

    def weaken(self, packed: bytes) -> str:
        """Return the unspecified address of the version of *packed*."""
        return "0.0.0.0" if len(packed) == IPV4_BYTES else "::"  # noqa: S104 - nothing binds

    def bits(self, packed: bytes) -> int:  # noqa: ARG002 - the protocol's shape
        """Return 0."""
        return 0


PRESETS: Final[dict[str, Truncate]] = {
    "matomo-1": Truncate(24, 64),
    "matomo-2": Truncate(16, 48),
    "matomo-3": Truncate(8, 24),
    "matomo-4": Truncate(0, 0),
    "ga": Truncate(24, 48),
    "anonip": Truncate(20, 44),
    "cnil": Truncate(16, 48),
    "prebid": Truncate(24, 56),
    "strict": Truncate(16, 32),
}
"""Named truncations, as other tools mask; bits kept of IPv4 and IPv6."""


class ReverseTruncate(Opaque):
    """
    Zero the network part, keep the host part (RFC 6235 section 4.1.2); for research only.

    Args:
        ipv4_bits: Leading bits **dropped** of IPv4, 8 to 32.
        ipv6_bits: Leading bits **dropped** of IPv6, 32 to 128.

    Raises:
        ConfigurationError: PK101, a number of bits that no address has, or that drops no network.
    """

    __slots__ = ("_ipv4_bits", "_ipv6_bits")

    name: Final = "reverse-truncate"
    stability: Final = "stable"

    def __init__(
        self, ipv4_bits: int = DEFAULT_IPV4_BITS, ipv6_bits: int = DEFAULT_IPV6_BITS
    ) -> None:
        check_bits(ipv4_bits, ipv6_bits)
        if ipv4_bits < 8 or ipv6_bits < 32:  # noqa: PLR2004 - the coarsest networks in use
            raise ConfigurationError(
                ip_problem(
                    "PK101", "so few bits name no network", "drop 8 of IPv4, 32 of IPv6 or more"
                )
            )
        self._ipv4_bits = ipv4_bits
        self._ipv6_bits = ipv6_bits

    def weaken(self, packed: bytes) -> str:
        """Return *packed* with its network zeroed."""
        size = len(packed)
        dropped = self._ipv4_bits if size == IPV4_BYTES else self._ipv6_bits
        host = int.from_bytes(packed, "big") & ((1 << (size * 8 - dropped)) - 1)
        return to_text(host.to_bytes(size, "big"))


class Keep:
    """
    The address as it is, only where the law gives a reason to keep it.

    Args:
        basis: The lawful basis in words, recorded with the configuration.

    Raises:
        ConfigurationError: PK103, there is no basis.
    """

    __slots__ = ("basis",)

    name: Final = "keep"
    stability: Final = "stable"

    def __init__(self, basis: str) -> None:
        if not basis.strip():
            raise ConfigurationError(
                ip_problem(
                    "PK103", "keeping addresses whole needs a lawful basis", "say it in `basis`"
                )
            )
        self.basis = basis

    def weaken(self, packed: bytes) -> str:
        """Return the address in RFC 5952 form."""
        return to_text(packed)

    def bits(self, packed: bytes) -> int:
        """Return all bits of *packed*."""
        return len(packed) * 8


MODES: Final = (
    "drop",
    "zero",
    "truncate",
    "reverse-truncate",
    "ipcrypt-deterministic",
    "ipcrypt-pfx",
    "ipcrypt-nd",
    "ipcrypt-ndx",
    "cryptopan",
    "ipcrypt-legacy",
    "hash",
    "hash-hmac-sha256",
    "keep",
)
"""Every mode but the presets, in the order of the reference."""

_KEYED: Final[dict[str, tuple[int, Callable[[bytes, Randomness], IPMethod]]]] = {
    "ipcrypt-deterministic": (16, lambda key, _: Deterministic(key)),
    "ipcrypt-pfx": (32, lambda key, _: PrefixPreserving(key)),
    "ipcrypt-nd": (16, NonDeterministic),
    "ipcrypt-ndx": (32, NonDeterministicExtended),
    "cryptopan": (32, lambda key, _: CryptoPan(key)),
    "ipcrypt-legacy": (16, lambda key, _: Legacy(key)),
}

_HASHES: Final[dict[str, Algorithm]] = {"hash": "blake2b", "hash-hmac-sha256": "hmac-sha256"}


def derived_key(name: str, master: bytes) -> bytes:
    """
    Return the key of the ipcrypt mode *name* from a 32-byte *master*.

    Raises:
        ConfigurationError: PK105, the mode has no derivation.
        KeyMaterialError: *master* protects nothing.
    """
    if not name.startswith("ipcrypt-") or name == Legacy.name or name not in _KEYED:
        raise ConfigurationError(
            ip_problem("PK105", "no key is derived for this IP mode", "give it a key of its own")
        )
    return derive(master, name, _KEYED[name][0])


def method(
    name: str,
    *,
    ipv4_bits: int | None = None,
    ipv6_bits: int | None = None,
    key: bytes | None = None,
    randomness: Randomness | None = None,
    scope: str = "",
    basis: str = "",
) -> IPMethod:
    """
    Build the mode called *name* from durable configuration; what it does not use is left aside.

    Hashes under the day's salt are built with :class:`Hash` itself, each day.

    Args:
        name: One of :data:`MODES` or :data:`PRESETS`.
        ipv4_bits: Leading bits of IPv4; ``None`` takes the mode's own default.
        ipv6_bits: Leading bits of IPv6; ``None`` takes the mode's own default.
        key: Key bytes of a keyed mode.
        randomness: Source of tweaks for ``ipcrypt-nd`` and ``ipcrypt-ndx``.
        scope: What hashes belong to.
        basis: Of ``keep``.

    Raises:
        ConfigurationError: PK100 to PK104.
        KeyMaterialError: PK110 to PK112, the key is not what the mode wants.
    """
    if name in PRESETS:
        if ipv4_bits is not None or ipv6_bits is not None:
            raise ConfigurationError(
                ip_problem(
                    "PK102", "a preset fixes its bits", "use `truncate` with bits of your own"
                )
            )
        return PRESETS[name]
    if name in _KEYED:
        _, build = _KEYED[name]
        return build(_required(key), randomness or _no_randomness)
    if name in _HASHES:
        return Hash(
            _required(key),
            scope=scope,
            ipv4_bits=IPV4_BITS if ipv4_bits is None else ipv4_bits,
            ipv6_bits=SUBSCRIBER_BITS if ipv6_bits is None else ipv6_bits,
            algorithm=_HASHES[name],
            stability="key",
        )
    return _keyless(
        name,
        DEFAULT_IPV4_BITS if ipv4_bits is None else ipv4_bits,
        DEFAULT_IPV6_BITS if ipv6_bits is None else ipv6_bits,
        basis,
    )


def _keyless(name: str, ipv4_bits: int, ipv6_bits: int, basis: str) -> IPMethod:
    match name:
        case "drop":
            return Drop()
        case "zero":
            return Zero()
        case "truncate":
            return Truncate(ipv4_bits, ipv6_bits)
        case "reverse-truncate":
            return ReverseTruncate(ipv4_bits, ipv6_bits)
        case "keep":
            return Keep(basis)
        case _:
            raise ConfigurationError(
                ip_problem("PK100", "no such IP mode", "one of " + ", ".join((*MODES, *PRESETS)))
            )


def _required(key: bytes | None) -> bytes:
    if key is None:
        raise ConfigurationError(ip_problem("PK104", "this IP mode needs a key", "give a key file"))
    return key


def _no_randomness(size: int) -> bytes:
    raise ConfigurationError(
        ip_problem("PK104", "this IP mode needs randomness", f"{size} bytes for each address")
    )


def no_finer(ip: IPMethod, ipv4_bits: int, ipv6_bits: int) -> IPMethod:
    """
    Return *ip*, or the truncation that keeps at most these bits where *ip* keeps more.

    A method that hides the address behind a key counts as keeping all of it.
    """
    if (ipv4_bits, ipv6_bits) == (32, 128) or isinstance(ip, Drop | Zero):
        return ip
    if isinstance(ip, Truncate):
        if ip.ipv4_bits <= ipv4_bits and ip.ipv6_bits <= ipv6_bits:
            return ip
        return Truncate(min(ip.ipv4_bits, ipv4_bits), min(ip.ipv6_bits, ipv6_bits))
    return Truncate(ipv4_bits, ipv6_bits)
