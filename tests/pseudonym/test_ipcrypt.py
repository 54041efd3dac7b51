"""ipcrypt and its predecessors: every published case, both ways."""

from __future__ import annotations

import json
import secrets
import threading
from pathlib import Path

import pytest

from privacykit.errors import ConfigurationError, KeyMaterialError
from privacykit.pseudonym.addresses.address import pack, parse
from privacykit.pseudonym.addresses.cryptopan import CryptoPan
from privacykit.pseudonym.addresses.ip import derived_key, method
from privacykit.pseudonym.addresses.ipcrypt import (
    Deterministic,
    NonDeterministic,
    NonDeterministicExtended,
    PrefixPreserving,
)
from privacykit.pseudonym.addresses.kiasu import KiasuBC
from privacykit.pseudonym.addresses.legacy import Legacy
from privacykit.pseudonym.keys import derive

VECTORS = Path(__file__).parents[1] / "vectors/ip"
IPCRYPT = json.loads((VECTORS / "ipcrypt_vectors.json").read_text())["cases"]
CRYPTOPAN = json.loads((VECTORS / "cryptopan_vectors.json").read_text())["cases"]
LEGACY = json.loads((VECTORS / "ipcrypt_legacy.json").read_text())
KEY16, KEY32 = bytes(range(16)), bytes(range(32))


def _tweaked(tweak):
    return lambda size: tweak[:size]


def _mode(case):
    return method(
        case["variant"],
        key=bytes.fromhex(case["key"]),
        randomness=_tweaked(bytes.fromhex(case.get("tweak", ""))),
    )


def _name(case):
    return f"{case.get('variant', '')} {case['ip']} {case['key'][:4]}"


@pytest.mark.parametrize("case", IPCRYPT, ids=_name)
def test_published_ipcrypt_cases(case):
    """The draft's vectors and those of two implementations."""
    assert _mode(case).weaken(pack(case["ip"])) == case["expected"]


@pytest.mark.parametrize("case", IPCRYPT, ids=_name)
def test_published_ipcrypt_cases_backwards(case):
    """What was encrypted comes back."""
    assert _mode(case).restore(case["expected"]) == case["ip"]


@pytest.mark.parametrize("case", CRYPTOPAN, ids=_name)
def test_published_cryptopan_cases(case):
    """The reference implementation's trace and its ports, compared as addresses."""
    hidden = CryptoPan(bytes.fromhex(case["key"])).weaken(parse(case["ip"]))
    assert parse(hidden) == parse(case["expected"])


@pytest.mark.parametrize("case", CRYPTOPAN, ids=_name)
def test_published_cryptopan_cases_backwards(case):
    """What was pseudonymised comes back."""
    plain = CryptoPan(bytes.fromhex(case["key"])).restore(case["expected"])
    assert parse(plain) == parse(case["ip"])


@pytest.mark.parametrize("case", LEGACY["legacy"], ids=lambda case: case["ip"])
def test_old_ipcrypt_is_read_but_not_written(case):
    """The 4-byte cipher only goes back."""
    mode = Legacy(bytes.fromhex(LEGACY["key"]))
    assert (mode.restore(case["expected"]), mode.weaken(pack(case["ip"]))) == (case["ip"], None)


@pytest.mark.parametrize("case", LEGACY["ipcipher_v6"], ids=lambda case: case["ip"])
def test_ipcipher_is_deterministic_ipcrypt_on_ipv6(case):
    """A second source for the same permutation."""
    mode = Deterministic(bytes.fromhex(LEGACY["key"]))
    assert mode.weaken(pack(case["ip"])) == case["expected"]


ALL = [
    Deterministic(KEY16),
    PrefixPreserving(KEY32),
    NonDeterministic(KEY16, _tweaked(KEY16)),
    NonDeterministicExtended(KEY32, _tweaked(KEY16)),
    CryptoPan(KEY32),
]


@pytest.mark.parametrize("mode", ALL, ids=lambda mode: mode.name)
def test_a_mapped_address_is_its_ipv4_address(mode):
    """The draft's mapped equivalence, for every variant."""
    assert mode.weaken(pack("::ffff:192.0.2.1")) == mode.weaken(pack("192.0.2.1"))


@pytest.mark.parametrize("mode", [*ALL, Legacy(KEY16)], ids=lambda mode: mode.name)
def test_what_is_no_output_is_not_restored(mode):
    """Going back from text of another kind gives nothing."""
    texts = ("", "nonsense", "00", "zz" * 24, "1.2.3", "[::1")
    assert [mode.restore(text) for text in texts] == [None] * len(texts)


@pytest.mark.parametrize("mode", [*ALL, Legacy(KEY16)], ids=lambda mode: mode.name)
def test_no_bit_is_in_clear(mode):
    """Encryption claims no readable bits."""
    assert mode.bits(pack("192.0.2.1")) is None


def test_nd_without_a_tweak_is_plain_aes():
    """A zero tweak leaves KIASU-BC as AES-128."""
    block = KiasuBC(KEY16).encrypt(KEY16, bytes(8))
    assert block == bytes.fromhex("0a940bb5416ef045f1c39458c653ea5a")


def test_pfx_keeps_shared_prefixes_and_no_more():
    """Two addresses that share n bits come out sharing n; the next bit still differs."""
    mode = PrefixPreserving(KEY32)
    one = int.from_bytes(parse(mode.weaken(pack("203.0.113.7"))), "big")
    for at in range(32):
        flipped = (0xCB007107 ^ 1 << 31 - at).to_bytes(4, "big")
        other = int.from_bytes(parse(mode.weaken(flipped)), "big")
        assert (one ^ other).bit_length() == 32 - at


def test_random_tweaks_make_equal_addresses_differ():
    """The non-deterministic modes never repeat themselves."""
    modes = (
        NonDeterministic(KEY16, secrets.token_bytes),
        NonDeterministicExtended(KEY32, secrets.token_bytes),
    )
    assert [len({mode.weaken(pack("192.0.2.1")) for _ in range(9)}) for mode in modes] == [9, 9]


@pytest.mark.parametrize("build", [NonDeterministic, NonDeterministicExtended])
def test_a_short_tweak_is_refused(build):
    """A source that gives too little stops the work."""
    with pytest.raises(KeyMaterialError, match="PK114"):
        build(bytes(range(build.key_bytes)), lambda _: b"x").weaken(pack("192.0.2.1"))


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("ipcrypt-deterministic", 16),
        ("ipcrypt-pfx", 32),
        ("ipcrypt-nd", 16),
        ("ipcrypt-ndx", 32),
        ("cryptopan", 32),
        ("ipcrypt-legacy", 16),
    ],
)
def test_keys_are_checked_as_the_draft_demands(name, size):
    """Another length or zeros are refused, and the message says nothing of the key."""
    for key in (b"", bytes(range(size - 1)), bytes(range(size + 1)), bytes(size)):
        with pytest.raises(KeyMaterialError) as failure:
            method(name, key=key)
        assert key.hex() not in str(failure.value) or not key
    with pytest.raises(ConfigurationError, match="PK104"):
        method(name)


@pytest.mark.parametrize("name", ["ipcrypt-pfx", "ipcrypt-ndx"])
def test_equal_halves_are_refused(name):
    """They would cancel out: pfx would be the identity."""
    with pytest.raises(KeyMaterialError, match="PK112"):
        method(name, key=KEY16 * 2)


def test_one_master_gives_each_mode_a_key_of_its_own():
    """HKDF-Expand with the draft's info strings (RFC 5869, SHA-256)."""
    found = derive(KEY32, "ipcrypt-deterministic", 16)
    assert found.hex() == "977b62ed7e4902c042d5e01a0bc958af"
    assert found != derive(KEY32, "ipcrypt-nd", 16)
    assert found == derived_key("ipcrypt-deterministic", KEY32)


def test_a_master_of_another_length_is_refused():
    """32 bytes, no less."""
    with pytest.raises(KeyMaterialError, match="PK110"):
        derived_key("ipcrypt-nd", KEY16)


@pytest.mark.parametrize("name", ["ipcrypt-legacy", "cryptopan", "truncate", "ipcrypt-none"])
def test_only_modes_of_the_draft_derive_keys(name):
    """The others have keys of their own or none."""
    with pytest.raises(ConfigurationError, match="PK105"):
        derived_key(name, KEY32)


def test_a_random_mode_without_randomness_is_refused():
    """It never falls back on a fixed tweak."""
    with pytest.raises(ConfigurationError, match="PK104"):
        method("ipcrypt-nd", key=KEY16).weaken(pack("192.0.2.1"))


def test_a_key_is_named_without_being_told():
    """Data says which key it was made with."""
    names = {Deterministic(KEY16).key_id, NonDeterministic(KEY16, bytes).key_id}
    assert (len(names), len(names.pop()), Deterministic(KEY32[16:]).key_id in names) == (
        1,
        8,
        False,
    )


def test_threads_share_a_mode():
    """Cipher contexts have state; each thread works on its own."""
    mode, addresses = PrefixPreserving(KEY32), [bytes((10, 0, 0, host)) for host in range(200)]
    expected = [mode.weaken(address) for address in addresses]
    found = []
    threads = [
        threading.Thread(target=lambda: found.append([mode.weaken(each) for each in addresses]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4
