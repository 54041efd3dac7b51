"""The GitHub action and the pre-commit hooks call commands that exist, and fail when they must."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from privacykit.cli.main import app as command

ROOT = Path(__file__).parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
PAGE = (ROOT / "docs" / "how-to" / "ci.md").read_text()
FIRST = ROOT / "examples" / "first"


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_calls_a_command_that_exists(hook):
    """And says for which files; the page names it."""
    program, *words = hook["entry"].split()
    assert program == "privacykit"
    assert CliRunner().invoke(command, [*words, "--help"]).exit_code == 0
    assert re.compile(hook["files"])
    assert f"id: {hook['id']}" in PAGE


def _pre_commit(folder: Path, *words: str) -> tuple[int, str]:
    """Run the program in *folder*, with a home and programs of its own; return how it ended."""
    told = {
        "PRE_COMMIT_HOME": str(folder / "home"),
        "PATH": f"{_programs(folder)}:{os.environ['PATH']}",
    }
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", *words],
        cwd=folder, env=os.environ | told, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_pre_commit_takes_the_hooks():
    """By its own check of what a repository offers."""
    manifest = str(ROOT / ".pre-commit-hooks.yaml")
    words = [sys.executable, "-m", "pre_commit", "validate-manifest", manifest]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_pre_commit_runs_a_hook_where_a_file_of_its_own_changed(tmp_path):
    """The real program, with the environment that is here instead of one that it would make."""
    hooks = [hook | {"language": "system"} for hook in HOOKS]
    config = {"repos": [{"repo": "local", "hooks": hooks}]}
    (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / "shop").mkdir()
    shutil.copy(FIRST / "privacykit.toml", tmp_path / "privacykit.toml")
    (tmp_path / "shop/views.py").write_text("")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    code, said = _pre_commit(tmp_path, "run")
    assert (code, "privacykit check" in said, said.count("Skipped")) == (1, True, 2), said
    assert "PK" in said.partition("privacykit check")[2]
    subprocess.run(["git", "rm", "-q", "--cached", "privacykit.toml"], cwd=tmp_path, check=True)
    code, said = _pre_commit(tmp_path, "run")
    assert (code, said.count("Skipped")) == (0, 3), said


def test_the_action_is_one():
    """By the published schema of actions."""
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-actions"]
    done = subprocess.run(
        [*words, ROOT / "action.yml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_every_input_of_the_action_is_documented():
    """With its default."""
    for name, told in ACTION["inputs"].items():
        assert re.search(rf"^\| `{name}` \| `{re.escape(told['default'])}` \|", PAGE, re.MULTILINE), name  # fmt: skip


def test_no_input_of_the_action_is_pasted_into_a_script():
    """Inputs come by the environment, so that none of them is code."""
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    assert len(scripts) == 2
    assert not any("${{" in script for script in scripts)


def _programs(folder: Path) -> Path:
    """Return a folder that has our program, the one of this checkout."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    program = programs / "privacykit"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m privacykit "$@"\n')
    program.chmod(0o755)
    return programs


def _acted(folder: Path, checks: str) -> int:
    """Run the action's own script in *folder*; return how it ended."""
    script = ACTION["runs"]["steps"][-1]["run"]
    told = {"CONFIG": "privacykit.toml", "CHECKS": checks, "POLICIES": "policies"}
    told["PATH"] = f"{_programs(folder)}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=folder, env=os.environ | told, capture_output=True, check=False,
    )  # fmt: skip
    return done.returncode


def test_the_action_passes_what_is_in_order(tmp_path):
    """A configuration without keys, as it stands in a repository."""
    shutil.copy(FIRST / "privacykit.toml", tmp_path)
    assert _acted(tmp_path, "check") == 0


def test_the_action_fails_where_a_check_does(tmp_path):
    """A data map whose database is not there, and a check that nobody knows."""
    for name in ("privacykit.toml", "datamap.toml"):
        shutil.copy(FIRST / name, tmp_path)
    assert _acted(tmp_path, "datamap") == 1
    assert _acted(tmp_path, "everything") == 1
