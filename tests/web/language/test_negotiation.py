"""Which language a request is answered in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.web.language.negotiation import direction_of, negotiated

OFFERED = ("en", "de", "fr", "pt", "zh", "ar")


@pytest.mark.parametrize(
    ("asked", "accepted", "expected"),
    [
        ("", "", "en"),
        ("", "de-CH, fr;q=0.8", "de"),
        ("", "fr;q=0.3, de;q=0.9", "de"),
        ("", "sv, fr;q=0.5", "fr"),
        ("", "pt-BR", "pt"),
        ("", "ZH-hant-TW", "zh"),
        ("", "sv", "en"),
        ("", "sv, *;q=0.1", "en"),
        ("", "de;q=0, fr", "fr"),
        ("", "de;q=nan", "en"),
        ("", "de;q=high, fr;q=0.1", "fr"),
        ("fr", "de", "fr"),
        ("fr-CA", "de", "fr"),
        ("sv", "de", "de"),
        ("<script>", "de", "de"),
    ],
)
def test_a_request_is_answered_in(asked, accepted, expected):
    """What it names, else what the browser likes best, else the site's own."""
    assert negotiated(asked, accepted, OFFERED, "en") == expected


@given(st.text(), st.text())
def test_whatever_is_sent_the_answer_is_a_language_of_ours(asked, accepted):
    """No header breaks it."""
    assert negotiated(asked, accepted, OFFERED, "en") in OFFERED


def test_arabic_is_written_from_the_right():
    """Others are not."""
    assert [direction_of(tag) for tag in ("ar", "ar-EG", "en")] == ["rtl", "rtl", "ltr"]
