"""The form as a value."""

from __future__ import annotations

from privacykit.web.form import Form


def test_a_form_never_prints_its_values():
    """Form values are nobody's to log (P1)."""
    form = Form([("email", "jane@example.org"), ("email", "second")])
    assert repr(form) == "<Form>"
    assert (form.one("email"), form.one("none")) == ("jane@example.org", "")
