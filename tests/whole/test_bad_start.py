"""What is wrong at the start is said at the start: each problem in a line with its id, exit code 2."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from privacykit.testing.layout import CONFIG, lay_out

PROBLEM = re.compile(r"^PK\d{3} \S+.*: .+$")


def start(folder, *more):
    """Start a server as an operator does; return its exit code and what it said."""
    (folder / "shop.py").write_text("async def app(scope, receive, send): ...\n")
    done = subprocess.run(
        [sys.executable, "-m", "privacykit", "run", "shop:app", "--port", "0", *more],
        cwd=folder,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).strip().splitlines()


@pytest.mark.parametrize(
    ("config", "ids"),
    [
        (None, ["PK010"]),
        (b"\xff\xfe", ["PK010"]),
        (b"[[site", ["PK011"]),
        (CONFIG + "[evnets]\npage = 1\n", ["PK012"]),
        ("[[site]]\nid = 1\n", ["PK013", "PK014", "PK013"]),
        (CONFIG.replace('"Europe/Berlin"', '"Europe/Atlantis"'), ["PK020"]),
        (CONFIG + '[policies]\ndirectories = ["none"]\n', ["PK064"]),
        (CONFIG + '[keys]\nfile = "none.keys"\n', ["PK120"]),
        (CONFIG + '[salts]\nurl = "sqlite:///no/such/folder/salts.db"\n', ["PK132"]),
        (CONFIG + '[[sinks]]\ntype = "carrier pigeon"\npurposes = ["ads"]\n', ["PK160"]),
    ],
    ids=lambda value: str(value)[:20] if not isinstance(value, list) else value[0],
)
def test_a_wrong_configuration_is_said_in_lines(tmp_path, config, ids):
    """Every problem at once, none with a traceback, and nothing is served."""
    lay_out(tmp_path)
    file = tmp_path / "privacykit.toml"
    named = ("--config", "none.toml") if config is None else ()
    if config is not None:
        file.write_bytes(config if isinstance(config, bytes) else config.encode())
    code, said = start(tmp_path, *named)
    assert (code, [line[:5] for line in said]) == (2, ids), said
    assert all(PROBLEM.match(line) for line in said)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_store_that_cannot_hold_its_promise_stops_the_start(tmp_path, workers):
    """Salts that others may read are refused in our words, and no worker is started for ever."""
    lay_out(tmp_path)
    (tmp_path / "privacykit-salts.db").touch(mode=0o644)
    code, said = start(tmp_path, "--workers", workers)
    assert code == (1 if workers == "1" else 2)
    assert any("PK146" in line for line in said), said
    assert not any("Traceback" in line for line in said)
