"""``privacykit keys`` as a user sees it."""

from __future__ import annotations

import json
import sys

import pytest

from privacykit.cli.main import main
from privacykit.stores.key_file import USES
from privacykit.stores.keys import load_keys

CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
[purposes.analytics]
uses = ["analytics_no_storage"]
[keys]
file = "kept/shop.keys"
"""


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command in a folder of this test's own; gives exit code, output and errors."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["privacykit", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return (ended.value.code or 0, *capsys.readouterr())

    return run


def test_init_writes_a_file_before_there_is_a_configuration(run, tmp_path):
    """Keys are among the first things one makes."""
    code, out, _ = run("keys", "init")

    ring = load_keys(tmp_path / "privacykit.keys")
    assert code == 0
    assert all(ring.current(use).id in out for use in USES)
    assert not any(ring.current(use).value.hex() in out for use in USES)
    assert "Back the file up" in out


def test_init_writes_where_the_configuration_says(run, tmp_path):
    """A relative path is taken from the configuration's folder."""
    (tmp_path / "conf" / "kept").mkdir(parents=True)
    (tmp_path / "conf" / "privacykit.toml").write_text(CONFIG)

    code, *_ = run("keys", "init", "--config", "conf/privacykit.toml")

    assert (code, (tmp_path / "conf/kept/shop.keys").exists()) == (0, True)


def test_init_does_not_overwrite(run, tmp_path):
    """The second time is a misuse, and the file is the same."""
    run("keys", "init", "--file", "my.keys")
    before = (tmp_path / "my.keys").read_bytes()

    code, out, err = run("keys", "init", "--file", "my.keys")

    assert (code, out) == (2, "")
    assert err.startswith("PK124 my.keys: this file exists")
    assert (tmp_path / "my.keys").read_bytes() == before


def test_rotate_adds_a_key_and_says_to_restart(run):
    """What it prints is the new key's id."""
    run("keys", "init")
    code, out, _ = run("keys", "rotate", "cookie")

    ring = load_keys("privacykit.keys")
    assert (code, len(ring.all("cookie"))) == (0, 2)
    assert ring.current("cookie").id in out
    assert "Restart" in out


def test_both_answer_as_json(run):
    """One document, without a key value."""
    made = json.loads(run("keys", "init", "--json")[1])
    rotated = json.loads(run("keys", "rotate", "audit", "--json")[1])

    assert [key["use"] for key in made["keys"]] == list(USES)
    assert rotated["keys"][0]["id"] == load_keys("privacykit.keys").current("audit").id
    assert {name for key in made["keys"] for name in key} == {"id", "use", "made_at"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("keys", "rotate", "cookie"), "PK120"),
        (("keys", "rotate", "biscuit"), "PK125"),
        (("keys", "init", "--config", "none.toml"), "PK010"),
    ],
)
def test_misuse_is_told_by_id(run, arguments, said):
    """Exit code 2, one line, what to do."""
    code, _, err = run(*arguments)

    assert code == 2
    assert err.startswith(said)
