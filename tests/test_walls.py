"""The walls of the house hold: a violation fails the build, and the house itself has none."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LONGEST_FILE = 480


def _run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path):
    """Return a copy of the house that a test may damage."""
    shutil.copytree(
        ROOT / "privacykit", tmp_path / "privacykit", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def _lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("policy", "from privacykit.collect import flow"),
        ("collect", "from privacykit.stores import keys"),
        ("collect", "from privacykit.govern import records"),
        ("signals", "import sqlite3"),
        ("web", "from privacykit.settings import wire"),
    ],
    ids=["up", "edge-in-core", "flow-in-flow", "io-in-core", "edge-knows-settings"],
)
def test_an_import_through_a_wall_fails_the_build(copy, room, line):
    """Imports point only one way, and the core does no I/O."""
    (copy / "privacykit" / room / "breach.py").write_text(f'"""A breach."""\n\n{line}\n')
    assert _lint_imports(copy).returncode != 0


@pytest.mark.parametrize(
    ("line", "use"),
    [
        ("import time", "time.time()"),
        ("from datetime import datetime", "datetime.now()"),
        ("from zoneinfo import ZoneInfo", 'ZoneInfo("UTC")'),
        ("import os", "os.urandom(1)"),
        ("import uuid", "uuid.uuid4()"),
        ("import logging", 'logging.getLogger("x")'),
        ("from pathlib import Path", 'Path("x")'),
    ],
)
def test_a_banned_symbol_in_the_core_fails_the_build(copy, line, use):
    """Clock, randomness, time zones, files and loggers are arguments of the core."""
    text = f'"""A breach."""\n\n{line}\n\nBREACH = {use}\n'
    (copy / "privacykit" / "pseudonym" / "breach.py").write_text(text)
    found = _run(copy, "ruff", "check", "privacykit/pseudonym/breach.py")
    assert "banned-api" in found.stdout + found.stderr or "TID251" in found.stdout


def test_the_house_has_no_breach(copy):
    """The same checks pass on the house as it is."""
    assert _lint_imports(copy).returncode == 0


@pytest.mark.parametrize(
    "path", sorted((ROOT / "privacykit").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT))
)
def test_files_stay_small(path):
    """A file can be held in mind."""
    assert path.read_text().count("\n") <= LONGEST_FILE
