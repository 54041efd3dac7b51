"""A shop with choices of its visitors, and its command line at a time of our choice."""

from __future__ import annotations

import pytest

from privacykit.collect.consent.shown import consent_text
from privacykit.collect.ports import ConsentRecord
from privacykit.collect.site import Purpose
from privacykit.operate.context import OperatorContext
from tests.cli.conftest import NOW, mailer, run

__all__ = ["mailer", "run"]

AT = NOW.timestamp() - 86_400
TEXT = consent_text([Purpose("ads", ("sale",), label="Advertising")], {"title": "Choose"}, "en")


def choice(record, *purposes, place="DE", at=AT):
    """Return a choice of a day ago."""
    return ConsentRecord(
        record,
        "shop",
        purposes,
        "2026-10",
        ("DE@0123456789ab",),
        at,
        refused=() if purposes else ("analytics", "ads"),
        text_hash=TEXT.hash,
        language="en",
        interface="banner",
        place=place,
        method="allow_all" if purposes else "refuse_all",
    )


@pytest.fixture
def context(run, tmp_path):  # noqa: ARG001 - it lays the shop out
    """The stores of the shop."""
    made = OperatorContext(str(tmp_path / "privacykit.toml"))
    yield made
    made.close()


@pytest.fixture
def chosen(context):
    """Twelve consents in Germany, of which one is withdrawn, and a refusal in Iceland."""
    for number in range(12):
        context.consents.add(choice(f"r{number:02}", "analytics", "ads", at=AT + number), TEXT)
    context.consents.add(choice("none", place="IS"), TEXT)
    context.consents.withdraw("r11", AT + 3600, "page")
    return context
