"""What common commands import: each import is paid for at every call."""

from __future__ import annotations

import subprocess
import sys

import pytest

NEEDLESS = {
    "sinks list": (
        "sqlalchemy",
        "privacykit.stores.database",
        "privacykit.logs.filter",
        "cryptography",
    ),
    "events tail": (
        "privacykit.policy.parse",
        "privacykit.decide.decision",
        "privacykit.logs.filter",
        "privacykit.collect.site",
        "privacykit.govern",
        "cryptography",
        "jinja2",
    ),
    "subject find --email anna@shop.example": (
        "privacykit.policy.parse",
        "privacykit.export.write",
        "privacykit.operate.fulfil",
        "privacykit.stores.outbox.store",
        "privacykit.stores.events.events",
        "privacykit.runtime",
        "jinja2",
    ),
    "explain --country DE": (
        "sqlalchemy",
        "privacykit.stores.events",
        "jinja2",
        "privacykit.export",
    ),
    "check": ("privacykit.export", "privacykit.operate.fulfil", "jinja2", "psycopg", "pymysql"),
}
"""Commands and what they have no use for."""


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize("command", NEEDLESS)
def test_a_common_command_imports_nothing_needless(command, tmp_path):
    """In a shop on SQLite, as somebody types it."""
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "privacykit", *command.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in ran.stderr.splitlines() if line.startswith("import time:")]
    imported = {line.rpartition("|")[2].strip() for line in lines}
    assert "privacykit.cli.main" in imported
    assert "Traceback" not in ran.stderr
    assert ran.returncode in {0, 1}, ran.stderr[-500:]
    needless = NEEDLESS[command]
    assert sorted(one for one in imported if one.startswith(needless)) == []
