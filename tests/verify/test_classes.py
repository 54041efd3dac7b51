"""What a mapped column holds is held against its class; a number is known by its name."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import random
import uuid

import pytest

from privacykit.govern.datamap import parse_datamap
from privacykit.personal.categories import CATEGORIES, personal, within
from privacykit.settings.load import load
from privacykit.testing.layout import lay_out
from privacykit.verify.places.place import PlaceKind, StoredRow
from privacykit.verify.stated import Stated
from privacykit.verify.tested.stored_values import AddressClaim, ValueReader
from privacykit.verify.values.labels import AddressRule, labels_in
from privacykit.verify.values.leaves import leaves

V4 = "192.0.2.77"
ADDRESS = "user.device.ip_address"
PERSONAL = sorted(filter(personal, CATEGORIES))
NOT_OF_ADDRESSES = [key for key in PERSONAL if key != ADDRESS]
SPELLINGS = {
    "text": ("value", V4),
    "IPv6": ("value", "2001:db8:1:2:3:4:5:6"),
    "an object of the driver's": ("value", ipaddress.ip_address(V4)),
    "a number": ("last_ip", int(ipaddress.ip_address(V4))),
    "digits": ("ip", str(int(ipaddress.ip_address(V4)))),
    "bytes": ("ip_addr", ipaddress.ip_address(V4).packed),
    "bytes of IPv6": ("clientIp", ipaddress.ip_address("2001:db8::1:2:3").packed),
    "in JSON": ("value", f'{{"seen": "{V4}"}}'),
}
VALUES = {
    "user.contact.email": "otto@example.org",
    "user.contact.phone_number": "+49 30 901820",
    "user.financial.bank_account": "DE89370400440532013000",
    "user.financial.credit_card": "4111 1111 1111 1111",
    "user.location.precise": "52.5200066, 13.4049540",
    "user.authorization.credentials": "AKIAIOSFODNN7EXAMPLE",
    "user.device.device_id": "00:1b:44:11:3a:b7",
    "user.device.telemetry": "curl/8.5.0",
    ADDRESS: V4,
}
"""A value of each class that has a form."""


@pytest.fixture(scope="module")
def stated(tmp_path_factory):
    """What a configuration of nothing in particular states."""
    return Stated.of(load(str(lay_out(tmp_path_factory.mktemp("shop")))), None, 1.8e9)


def _labels(stated, category, column, value):
    """Return the labels of what may not stand in a *column* of *category* that holds *value*."""
    head = 'version = 1\n[datasets.shop]\nurl = "sqlite:///a.db"\n[collections.shop.t.fields]\n'
    datamap = parse_datamap(f'{head}{column} = "{category}"\n')
    reader = ValueReader(Stated(**{**vars(stated), "datamap": datamap}))
    row = StoredRow("shop", "t", PlaceKind.MAPPED, {column: value})
    return {label for _, label in reader.labels(row)}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("category", NOT_OF_ADDRESSES)
def test_a_whole_address_stands_in_no_column_of_another_class(stated, category, spelling):
    """However wide the class is that the map names: the claim says that there is none."""
    assert "ip" in _labels(stated, category, *spelling)


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_a_column_of_addresses_may_hold_them(stated, spelling):
    """It says so."""
    assert _labels(stated, ADDRESS, *spelling) == set()


@pytest.mark.parametrize("category", VALUES)
@pytest.mark.parametrize("held", VALUES)
def test_a_column_holds_what_its_class_says_and_nothing_of_another(stated, category, held):
    """A class that has a form holds that form."""
    found = _labels(stated, category, "value", VALUES[held])
    alike = {  # digits of one have the form of the other
        ("user.financial.bank_account", "user.contact.phone_number"),
        ("user.financial.credit_card", "user.contact.phone_number"),
        ("user.location.precise", "user.contact.phone_number"),
        ("user.device.device_id", "user.financial.credit_card"),
        ("user.authorization.credentials", "user.contact.email"),
        ("user.authorization.credentials", "user.contact.phone_number"),
    }
    assert bool(found) == (category != held and (category, held) not in alike)


@pytest.mark.parametrize("held", [key for key in VALUES if key != ADDRESS])
def test_a_wider_class_holds_what_is_within_it(stated, held):
    """And what somebody wrote may mention anything."""
    wider = [key for key in PERSONAL if within(held, key) and "." in key]
    for category in [*wider, "user.content.private"]:
        assert _labels(stated, category, "value", VALUES[held]) == set()


def test_what_somebody_wrote_may_mention_an_address_and_is_not_one(stated):
    """A column that holds addresses alone holds no texts."""
    assert _labels(stated, "user.content", "value", f"banned {V4} again") == set()
    assert _labels(stated, "user.content", "value", V4) == {"ip"}


@pytest.mark.parametrize("value", [52.520007, "13.404954", -33.8688])
@pytest.mark.parametrize("column", ["lat", "geo_lng", "homeLatitude", "LONGITUDE"])
def test_coordinates_in_columns_of_their_own_are_a_location(stated, column, value):
    """By the name, whether they are numbers or texts; not where the map says location."""
    assert _labels(stated, "user.name", column, value) == {"location"}
    assert _labels(stated, "user.location.precise", column, value) == set()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("lat", 52.5),
        ("lat", "52.520"),
        ("price", 52.520007),
        ("platform", 13.404954),
        ("ip_seen_at", 1_795_869_442),
        ("ip_id", 3_221_226_061),
        ("ip_count", 20_000_000),
        ("ship", 3_221_226_061),
        ("lastIp", int(ipaddress.ip_address("203.0.113.0"))),
        ("amount", 3_221_226_061),
    ],
)
def test_other_numbers_are_no_finding(stated, column, value):
    """Coarse ones, and those that only begin alike."""
    assert _labels(stated, "user.name", column, value) == set()


def test_what_the_map_has_stand_there_is_told(stated):
    """The claim holds, and says where the whole addresses are."""
    claim = AddressClaim(ValueReader(Stated(**{**vars(stated), "datamap": _map_of_logins()})))
    for _ in range(2):
        claim.look(StoredRow("shop", "logins", PlaceKind.MAPPED, {"ip": V4}))
    claim.settle()
    told = claim.result()
    assert told.violations == ()
    assert told.stays == (
        "as the data map says there is a whole address in shop: logins.ip, 2 times",
    )


def _map_of_logins():
    return parse_datamap(
        'version = 1\n[datasets.shop]\nurl = "sqlite:///a.db"\n'
        f'[collections.shop.logins.fields]\nip = "{ADDRESS}"\n'
    )


_chance = random.Random(17)
NO_FINDINGS = {
    "MD5": lambda i: hashlib.md5(b"%d" % i).hexdigest(),
    "SHA-1": lambda i: hashlib.sha1(b"%d" % i).hexdigest(),
    "SHA-256": lambda i: hashlib.sha256(b"%d" % i).hexdigest(),
    "SHA-512 in capitals": lambda i: hashlib.sha512(b"%d" % i).hexdigest().upper(),
    "UUID": lambda _: str(uuid.UUID(int=_chance.getrandbits(128))),
    "an id of Mongo's": lambda _: _chance.randbytes(12).hex(),
    "base64": lambda _: base64.b64encode(_chance.randbytes(32)).decode(),
    "a number of an order": lambda i: f"2026-{i:06}",
    "a number of an article": lambda i: f"SKU-{i * 7919 % 100_000:05}-{i % 97}",
    "bytes": lambda _: _chance.randbytes(32),
}


@pytest.mark.parametrize("made", NO_FINDINGS.values(), ids=NO_FINDINGS)
def test_what_machines_number_by_is_nobodys(made):
    """Of ten thousand none is taken for an account, a card, a telephone or an address."""
    rule = AddressRule(24, 48)
    lax = {"id", "number", "token", "encoded"}
    texts = (leaf.value for i in range(10_000) for leaf in leaves(made(i), "x"))
    assert {label for text in texts for label in labels_in(text, rule)} <= lax
