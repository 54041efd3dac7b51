"""The legal basis that documents tell: the one by which visits are decided."""

from __future__ import annotations

import pytest

from privacykit.documents.facts.gather import gather
from privacykit.documents.saying.activities import basis_of
from tests.documents.samples import COOKIELESS, given

RULED = {
    "as it is": ("", "legitimate_interest"),
    "strict": ("[policies]\nstrict = true\n", "consent"),
    "a cookie of the purpose": ('[cookies]\n_ga = "statistics"\n', "consent"),
}


def basis(text):
    """Return by which basis visits are counted under European law."""
    facts = gather(given(text))
    (law,) = (law for law in facts.laws if law.family == "gdpr")
    return basis_of(facts.activities[0], law)[0]


@pytest.mark.parametrize("name", RULED)
def test_what_the_law_leaves_unsettled_is_told_as_visits_are_decided(name):
    """Counting rests on an interest only where the judge lets it be without a consent."""
    more, expected = RULED[name]
    assert expected == basis(COOKIELESS + more)


def test_an_id_that_outlives_the_day_is_told_to_need_a_consent():
    """What the purpose does decides as well, not the words of its uses alone."""
    assert (
        basis(COOKIELESS.replace("retention =", 'visitor = "consented"\nretention =')) == "consent"
    )


def test_the_longer_of_grants_and_refusals_is_how_long_choices_are_kept():
    """The record of a refusal is one of a choice, too."""
    text = COOKIELESS + '[records]\nconsents = "1 month"\nrefusals = "2 years"\n'
    (choices,) = (one for one in gather(given(text)).activities if one.id == "own-choices")
    assert [kept.span.months for kept in choices.kept] == [24]
