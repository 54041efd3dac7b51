"""Handling: the strictest of what the laws ask."""

from datetime import date

import pytest

from privacykit.policy.audience import Audience
from privacykit.policy.handling import Handling, days_of, handling
from privacykit.settings.policies import shipped_policies

TODAY = date(2026, 11, 21)


def of(place, use=None, on=TODAY, **audience):
    """Give the handling of *place*."""
    audience = Audience(**audience)
    return handling(shipped_policies().applicable(place, on=on, audience=audience), on, use)


def test_the_french_exemption_bounds_everything():
    """Two octets, a day, no campaigns, 25 and 13 months, consent for six."""
    assert of("FR") == Handling(
        retention_days=758,
        consent_months=6,
        cookie_days=393,
        ipv4_bits=16,
        ipv6_bits=48,
        visitor_hours=24,
        campaign=False,
        dnt_is_objection=True,
        show_gpc=False,
        age=15,
    )


def test_caps_for_certain_uses_count_only_there():
    """The French caps are for exempt measurement with cookies."""
    assert of("FR", "sale").retention_days is None
    assert of("FR", "analytics_storage").retention_days == 758


def test_where_the_law_sets_no_bound_none_is_set():
    """No federal act bounds an adult's address; the product's own default is configuration."""
    assert of("US-OH") == Handling(None, 12, None, 32, 128, None, True, False, False, 13)


def test_where_nothing_is_known_the_cautious_default_holds():
    """Nobody read what Peru asks of addresses."""
    found = of("PE")
    assert (found.ipv4_bits, found.ipv6_bits, found.visitor_hours) == (24, 48, 24)


def test_without_policies_the_cautious_defaults_hold():
    """Not even an empty set loosens them."""
    assert handling((), TODAY) == Handling(None, 12, None, 24, 48, 24, True, False, False, 16)


def test_the_strictest_number_of_several_laws_counts():
    """A French establishment brings its bits to Texas."""
    assert of("US-TX", establishments=("FR",)).ipv4_bits == 16


@pytest.mark.parametrize(("on", "shown"), [(date(2025, 12, 31), False), (date(2026, 1, 1), True)])
def test_california_wants_the_signal_shown(on, shown):
    """Since 2026 the visitor must see that it was processed."""
    assert of("US-CA", on=on).show_gpc is shown


def test_an_unknown_age_of_consent_is_sixteen():
    """As for unknown places; a law known to set none is no bound."""
    assert of("MX").age == 16
    assert of("NZ").age == 0


@pytest.mark.parametrize(
    ("months", "days"), [(0, 0), (1, 28), (6, 181), (12, 365), (13, 393), (25, 758)]
)
def test_months_are_counted_by_their_shortest(months, days):
    """No calendar makes the cap longer."""
    assert days_of(months) == days
