"""Daily ids: what tells visitors apart, what does not, and when there is none."""

from __future__ import annotations

import pickle
from hashlib import blake2b

import pytest

from privacykit.errors import KeyMaterialError
from privacykit.pseudonym.addresses.address import pack
from privacykit.pseudonym.visitor import (
    DaySalt,
    VisitorMode,
    consented_id,
    rate_key,
    visitor_id,
)

SALT = bytes(range(32))
MIDNIGHT = 1_800_000_000.0
UA = b"\x07Firefox\x03145"
ADDRESS = pack("192.0.2.33")


def _salt(salt=SALT, site="shop", day="2026-11-21"):
    return DaySalt(salt, site, day, MIDNIGHT)


def _id(salt, packed, ua_class, extra=b""):
    return visitor_id(salt, packed, ua_class, MIDNIGHT - 1, extra)


def test_an_id_is_the_keyed_hash_its_specification_says():
    """BLAKE2b-128 keyed with the salt over length-prefixed site and day, address, class."""
    message = b"\0\4shop" + b"\0\x0a2026-11-21" + b"\4" + ADDRESS + UA + b"\0"
    expected = blake2b(message, key=SALT, digest_size=16, person=b"privacykit.v1").hexdigest()
    assert _id(_salt(), ADDRESS, UA) == expected


@pytest.mark.parametrize(
    "other",
    [
        _id(_salt(salt=bytes(range(1, 33))), ADDRESS, UA),
        _id(_salt(site="blog"), ADDRESS, UA),
        _id(_salt(day="2026-11-22"), ADDRESS, UA),
        _id(_salt(), pack("192.0.2.34"), UA),
        _id(_salt(), ADDRESS, UA + b"x"),
        _id(_salt(), ADDRESS, UA, b"de"),
        _id(_salt(), pack("2001:db8::1"), UA),
    ],
    ids=["salt", "site", "day", "address", "ua", "extra", "version"],
)
def test_each_ingredient_changes_the_id(other):
    """Another salt, site, day, address, class or extra is another visitor."""
    assert other != _id(_salt(), ADDRESS, UA)


def test_extra_and_class_never_run_together():
    """What moves from one field into its neighbour makes another message."""
    ids = {_id(_salt(), ADDRESS, b"ab"), _id(_salt(), ADDRESS, b"a", b"b")}
    assert len(ids) == 2


def test_extra_counts_up_to_a_hundred_bytes():
    """A hostile extra is cut, not hashed whole."""
    long = _id(_salt(), ADDRESS, UA, b"x" * 5000)
    assert long == _id(_salt(), ADDRESS, UA, b"x" * 100)


def test_a_device_keeps_its_id_when_its_ipv6_address_rotates():
    """Only the /64 counts (RFC 8981), so a privacy address is not a new visitor."""
    ids = {_id(_salt(), pack(f"2001:db8:1:2::{host:x}"), UA) for host in range(1, 50)}
    assert len(ids) == 1


def test_a_mapped_address_is_the_same_visitor():
    """A dual-stack socket does not change who visits."""
    assert _id(_salt(), pack("::ffff:192.0.2.33"), UA) == _id(_salt(), ADDRESS, UA)


@pytest.mark.parametrize(
    ("salt", "packed", "now"),
    [
        (None, ADDRESS, 0.0),
        (_salt(), None, 0.0),
        (_salt(), ADDRESS, MIDNIGHT),
        (_salt(), ADDRESS, MIDNIGHT + 1),
    ],
    ids=["no salt", "no address", "at midnight", "after midnight"],
)
def test_without_a_living_salt_and_an_address_there_is_no_id(salt, packed, now):
    """It fails closed: none, never an unsalted one."""
    assert visitor_id(salt, packed, UA, now) is None


def test_until_midnight_there_is_an_id():
    """The last instant of the day still has one."""
    assert visitor_id(_salt(), ADDRESS, UA, MIDNIGHT - 0.001) == _id(_salt(), ADDRESS, UA)


@pytest.mark.parametrize("salt", [b"", b"short", bytes(32), b"\xff" * 16, bytes(range(65))])
def test_a_salt_that_protects_nothing_is_refused(salt):
    """Too short, too long, or all one byte."""
    for use in (_salt, lambda salt: rate_key(salt, ADDRESS), lambda salt: consented_id(salt, "r")):
        with pytest.raises(KeyMaterialError):
            use(salt)


def test_a_salt_does_not_print_or_pickle():
    """Neither text nor pickle of it holds its bytes."""
    assert repr(_salt()) == "<salt of a day>"
    with pytest.raises(TypeError, match="never written down"):
        pickle.dumps(_salt())


def test_brute_force_of_a_slash_16_succeeds_with_the_salt_and_fails_without():
    """Whoever holds the salt reverses an id by trying; destroying the salt is the protection."""
    target = _id(_salt(), bytes((198, 51, 100, 7)), UA)
    space = [bytes((198, 51, third, fourth)) for third in range(256) for fourth in range(256)]
    with_it = [packed for packed in space if _id(_salt(), packed, UA) == target]
    other = _salt(salt=bytes(range(7, 39)))
    without = [packed for packed in space if _id(other, packed, UA) == target]
    assert (with_it, without) == ([bytes((198, 51, 100, 7))], [])


def test_a_consented_id_belongs_to_its_record():
    """Same key and record, same id; another record or key, another."""
    ids = {consented_id(SALT, "a"), consented_id(SALT, "b"), consented_id(SALT[::-1], "a")}
    assert (len(ids), consented_id(SALT, "a") in ids) == (3, True)


def test_a_rate_key_tells_neighbours_apart_but_not_a_host_from_itself():
    """IPv4 counts whole; of IPv6 the /64, which one host can roam."""
    v4 = {rate_key(SALT, pack(f"192.0.2.{host}")) for host in range(9)}
    v6 = {rate_key(SALT, pack(f"2001:db8::{host}")) for host in range(9)}
    assert (len(v4), len(v6)) == (9, 1)


def test_a_rate_key_is_no_visitor_id():
    """The two live in domains of their own."""
    assert rate_key(SALT, ADDRESS) != _id(_salt(), ADDRESS, b"")


def test_the_modes_are_the_documented_ones():
    """Configuration spells them so."""
    assert list(VisitorMode) == ["none", "day", "consented"]
