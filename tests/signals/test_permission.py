"""What a TC string permits: to a vendor, to the publisher, by consent, by interest or not at all."""

from __future__ import annotations

import pytest

from privacykit.signals.tcf.decode import decode
from privacykit.signals.tcf.permission import TcfNeeds, permission
from tests.signals import bit_writer as write
from tests.signals.test_tcf import BASE

VENDOR = 755
OTHER = 12


def _string(**changes):
    said = {
        **BASE,
        "purposes_consent": frozenset({1, 8}),
        "purposes_li_transparency": frozenset({2, 3, 7, 9}),
        "vendor_legitimate_interests": frozenset({VENDOR}),
        "special_feature_opt_ins": frozenset({1}),
    }
    return decode(write.tc_string({**said, **changes}))


@pytest.mark.parametrize(
    ("purposes", "permitted"),
    [
        ((1,), "consent"),
        ((1, 8), "consent"),
        ((8, 9), "unsaid"),
        ((9,), "unsaid"),
        ((1, 10), "refused"),
        ((3,), "refused"),
        ((), "consent"),
    ],
)
def test_a_vendor_is_permitted_what_is_consented_to(purposes, permitted):
    """Interest leaves it to the law, except where it never carries: purposes 1 and 3 to 6."""
    assert permission(_string(), TcfNeeds(purposes), VENDOR) == permitted


@pytest.mark.parametrize(
    ("kind", "purpose", "permitted"),
    [
        (0, 8, "refused"),
        (0, 9, "refused"),
        (1, 8, "consent"),
        (1, 9, "refused"),
        (2, 8, "refused"),
        (2, 9, "unsaid"),
        (3, 8, "refused"),
        (3, 9, "refused"),
    ],
)
def test_a_restriction_of_the_publisher_binds_its_vendors(kind, purpose, permitted):
    """Not allowed, only consent, only interest; what is not defined allows nothing."""
    string = _string(publisher_restrictions=[(purpose, kind, frozenset({VENDOR}))])
    assert permission(string, TcfNeeds((purpose,)), VENDOR) == permitted
    others = _string(publisher_restrictions=[(purpose, 0, frozenset({OTHER}))])
    assert permission(others, TcfNeeds((8,)), VENDOR) == "consent"


def test_a_vendor_that_was_not_disclosed_is_not_spoken_of():
    """Whoever was not shown can be neither allowed nor refused."""
    string = _string(disclosed_vendors=frozenset({1, 2}))
    assert permission(string, TcfNeeds((1,)), VENDOR) == "unsaid"
    assert permission(_string(disclosed_vendors=None), TcfNeeds((1,)), VENDOR) == "consent"


def test_a_vendor_without_consent_has_none():
    """Consent to a purpose is not consent to every vendor."""
    string = _string(disclosed_vendors=frozenset({OTHER}))
    assert permission(string, TcfNeeds((1,)), OTHER) == "refused"
    assert permission(string, TcfNeeds((9,)), OTHER) == "refused"


def test_a_special_feature_needs_its_opt_in():
    """Nothing else carries it."""
    assert permission(_string(), TcfNeeds((1,), (1,)), VENDOR) == "consent"
    assert permission(_string(), TcfNeeds((1,), (2,)), VENDOR) == "refused"


@pytest.mark.parametrize(
    ("purposes", "permitted"), [((1,), "consent"), ((9,), "unsaid"), ((2,), "refused")]
)
def test_the_publisher_is_asked_for_in_its_own_segment(purposes, permitted):
    """Vendors' bits and restrictions are not its own."""
    publisher = (frozenset({1}), frozenset({9}), 0, frozenset(), frozenset())
    string = _string(publisher_tc=publisher, publisher_restrictions=[(1, 0, frozenset({VENDOR}))])
    assert permission(string, TcfNeeds(purposes)) == permitted


def test_without_that_segment_the_publisher_is_not_spoken_of():
    """Consent to vendors is not consent to the site."""
    assert permission(_string(), TcfNeeds((1,))) == "unsaid"
