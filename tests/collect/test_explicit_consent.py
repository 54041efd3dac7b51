"""An explicit statement is what our own form asked, and no click on another banner."""

import pytest

from privacykit.collect.plans.purpose_terms import said_of, signals_of
from privacykit.collect.site import Purpose
from privacykit.decide.reason import Consent
from privacykit.signals.choice.mask import PURPOSE_SHIFT
from privacykit.signals.read import granted_bit

THEIRS = 3 << PURPOSE_SHIFT
"""A grant of somebody else's has both bits."""


@pytest.mark.parametrize(
    ("mask", "explicit", "expected"),
    [
        (granted_bit(0), True, Consent.GRANTED_EXPLICIT),
        (granted_bit(0), False, Consent.GRANTED),
        (THEIRS, True, Consent.GRANTED),
        (THEIRS, False, Consent.GRANTED),
        (0, True, Consent.NONE),
    ],
)
def test_only_our_own_form_makes_consent_explicit(mask, explicit, expected):
    """Its wording says nothing of what another one asked."""
    purpose = Purpose("ads", ("targeted_ads",), explicit=explicit)
    assert signals_of(said_of(mask, 0), purpose).consent is expected
