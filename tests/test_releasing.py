"""What `docs/releasing.md` says of hashes: a wheel has one, a checkout installed editable has none."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--dry-run")


def pip(folder: Path, line: str) -> tuple[int, str]:
    """Let pip take *line* of a requirements file with hashes; nothing is installed."""
    (folder / "requirements.txt").write_text(f"{line}\n")
    words = ("--no-deps", "--no-index", "--ignore-installed", "--no-build-isolation")
    done = subprocess.run(
        [*PIP, *words, "--require-hashes", "-r", "requirements.txt"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Return the wheel of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    told = os.environ | {"SOURCE_DATE_EPOCH": "1"}
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(build, cwd=ROOT, env=told, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_a_wheel_is_taken_by_its_hash_alone(wheel):
    """As whoever installs a release pins it."""
    digest = sha256(wheel.read_bytes()).hexdigest()
    other = sha256(b"").hexdigest()
    code, said = pip(wheel.parent, f"./{wheel.name} --hash=sha256:{digest}")
    assert (code, "Would install privacykit" in said) == (0, True), said
    code, said = pip(wheel.parent, f"./{wheel.name} --hash=sha256:{other}")
    assert (code, "DO NOT MATCH THE HASHES" in said) == (1, True), said


def test_an_editable_checkout_has_no_hash(tmp_path):
    """Which is why our constraints have none; its dependencies can be pinned before it."""
    code, said = pip(tmp_path, f"-e {ROOT}")
    assert (code, "there is no single file to hash" in said) == (1, True), said
