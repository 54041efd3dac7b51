"""The shop of the commands' tests, with what an incident needs stated."""

from __future__ import annotations

import pytest

from tests.cli.conftest import CONFIG, mailer, run  # noqa: F401 - fixtures

STATED = """
[controller]
name = "Shop GmbH"
address = "Strasse 1, Berlin"
contact = "privacy@shop.example"
officer = "dpo@shop.example"
establishments = ["DE"]
timezone = "Europe/Berlin"
[[incident.contacts]]
role = "leads"
name = "A. Lead"
reach = "+49 30 000"
"""


@pytest.fixture
def stated(run, tmp_path):  # noqa: F811
    """The shop's commands, everything stated."""
    (tmp_path / "privacykit.toml").write_text(CONFIG + STATED)
    return run
