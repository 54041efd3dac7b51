"""``privacykit anonymise``, as an operator types it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

MAP = """
[datasets.shop]
url = "sqlite:///shop.db"
[collections.shop.hits.fields]
id = { exclude = "a number" }
ip = "user.device.ip_address"
email = "user.contact.email"
"""
LOG = (
    '203.0.113.{n} - - [21/Nov/2026:10:00:00 +0000] "GET /cart?email=p{n}@mail.example HTTP/1.1"'
    ' 200 12 "-" "Mozilla/5.0"\n'
)


@pytest.fixture
def raw(run, tmp_path):
    """A table of addresses, a log file, and the commands over them."""
    (tmp_path / "datamap.toml").write_text(MAP)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as shop:
        shop.execute("create table hits (id integer primary key, ip text, email text)")
        for number in range(1, 9):
            values = (number, f"203.0.113.{number}", f"p{number}@mail.example")
            shop.execute("insert into hits values (?, ?, ?)", values)
        shop.commit()
    (tmp_path / "access.log").write_text("".join(LOG.format(n=n) for n in range(1, 30)))
    return run


def _planned(run, *options):
    code, out, err = run("anonymise", "plan", *options, "--json")
    assert code == 0, err
    plan = json.loads(out)
    return plan, ("anonymise", "run", plan["plan_id"][:8], "--digest", plan["digest"])


def test_a_plan_shows_what_becomes_of_which_field_and_no_value(raw):
    """And what stays, with the reason."""
    code, out, _ = raw("anonymise", "plan")
    assert code == 0
    assert "shop.hits: 8 rows, about 1 s" in out
    assert "8 of the first 8 would change; ip (address)" in out
    assert "shop.hits.email stays: no treatment" in out
    assert "203." not in out
    assert "--digest" in out


def test_a_plan_is_carried_out_once(raw, tmp_path):
    """Done again, it says what was done."""
    _, command = _planned(raw)
    code, out, _ = raw(*command)
    assert code == 0
    assert "shop.hits: 8 rows, 8 changed, 0 held; read again, nothing finer" in out
    with closing(sqlite3.connect(tmp_path / "shop.db")) as shop:
        assert shop.execute("select distinct ip from hits").fetchall() == [("203.0.0.0",)]
    assert raw(*command)[0] == 0
    assert "finished" in raw("anonymise", "list")[1]


def test_no_command_shows_a_value(raw):
    """Neither the plan, nor the run, nor the list; in words and as data."""
    plan, command = _planned(raw)
    said = [repr(plan), *raw("anonymise", "plan"), *raw(*command), *raw(*command, "--json")]
    said += [*raw("anonymise", "list"), *raw("anonymise", "list", "--json")]
    assert not [each for each in ("203.", "mail.example") if each in repr(said)]


def test_log_files_are_treated_as_scrub_does(raw, tmp_path):
    """Alone where no dataset is named."""
    plan, command = _planned(raw, "--log", "access.log")
    assert plan["steps"] == []
    code, out, _ = raw(*command)
    assert (code, "access.log: treated" in out) == (0, True)
    text = (tmp_path / "access.log").read_text()
    assert text.startswith("203.0.0.0 - -")
    assert "mail.example" not in text


def test_a_log_file_that_is_not_understood_stays_and_is_said(raw, tmp_path):
    """The run is not called done."""
    (tmp_path / "odd.log").write_text("Anna came by\n" * 50)
    _, command = _planned(raw, "--log", "odd.log")
    code, out, _ = raw(*command)
    assert code == 3
    assert "PK267" in out
    assert "Anna" in (tmp_path / "odd.log").read_text()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "0000", "--digest", "00"), "no such plan"),
        (("plan", "--dataset", "none"), "no such dataset"),
        (("plan", "--log", "none*.log"), "--log names no file"),
    ],
)
def test_misuse_is_said(raw, arguments, says):
    """With an exit code of its own."""
    code, _, err = raw("anonymise", *arguments)
    assert code == 2
    assert says in err


def test_a_map_without_a_treatment_has_nothing_to_do(raw, tmp_path):
    """An account's e-mail address is not raw log."""
    (tmp_path / "datamap.toml").write_text(MAP.replace('ip = "user.device.ip_address"\n', ""))
    assert "nothing to anonymise" in raw("anonymise", "plan")[2]


def test_what_is_mapped_and_not_there_is_named(raw, tmp_path):
    """To pass over a table that was renamed would leave it raw."""
    (tmp_path / "datamap.toml").write_text(MAP.replace("hits", "clicks"))
    code, _, err = raw("anonymise", "plan")
    assert (code, "PK222" in err, "clicks" in err) == (2, True, True), err


def test_no_plan_was_made_yet(raw):
    """Looking makes no table."""
    assert "no plan was made yet" in raw("anonymise", "list")[1]
