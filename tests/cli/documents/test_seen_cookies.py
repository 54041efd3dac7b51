"""The lives of cookies that were seen: told in the notice, and held against what is stated."""

from __future__ import annotations

import json

import msgspec
import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from privacykit.documents.seen import (
    SeenLife,
    SeenReport,
    measured_lives,
    read_seen,
    signed_seen,
)
from privacykit.errors import InputError
from privacykit.runtime.documents.served import LOOK_SECONDS, ServedNotice
from privacykit.settings.load import load
from privacykit.settings.paths import Paths
from privacykit.stores.keys import load_keys
from privacykit.verify.site.cookies import SeenCookie
from privacykit.verify.site.lives import seen_report
from privacykit.verify.site.seen import PhaseScan, SiteScan
from privacykit.web.notice_page.ports import NoticePlace
from tests.cli.documents.test_documents_commands import change, run

__all__ = ["run"]

AT = 1_795_262_400
DAY = 86_400


def lives(**seconds):
    """Return a report of these cookies."""
    found = tuple(SeenLife(name, life) for name, life in sorted(seconds.items()))
    return SeenReport(AT, "https://shop.example", 5, found)


@pytest.fixture
def keep(run, tmp_path):
    """Keep a report that the configuration names, signed with the keys of the installation."""
    assert run("keys", "init")[0] == 0
    change(tmp_path, "[notice]\n", '[notice]\nseen = "seen.json"\n')

    def keep(**seconds):
        key = load_keys(tmp_path / "privacykit.keys").signer()
        (tmp_path / "seen.json").write_bytes(signed_seen(lives(**seconds), key))

    return keep


def declared(run):
    """Return the lines of the cookie declaration."""
    code, out, err = run("notice", "--cookies", "--format", "markdown")
    return code, out.splitlines(), err


def test_what_was_seen_stands_beside_what_is_stated(run, keep):
    """In a column of its own, with the day; and where it is from is explained."""
    keep(session=0, _pk_id=380 * DAY, _pk_ses=1800, other=99 * DAY)
    code, lines, err = declared(run)
    assert (code, err) == (0, "")
    (row,) = (line for line in lines if "\\_pk" in line or "_pk" in line)
    assert "13 months" in row.replace("1 year 1 month", "13 months")
    assert "380 days" in row
    assert "Lives of cookies were observed on 2026-11-21." in "\n".join(lines)
    told = json.loads(run("notice", "--explain", "--json")[1])
    (cookie,) = (one for one in told if one["text"].startswith("_pk*"))
    assert (cookie["kind"], cookie["sources"][1]) == (
        "measured",
        "seen.json: seen on 2026-11-21",
    )


def test_without_a_report_nothing_is_told_of_it(run):
    """Neither column nor day."""
    code, lines, _ = declared(run)
    assert (code, "Life seen" in "\n".join(lines), "observed" in "\n".join(lines)) == (
        0,
        False,
        False,
    )


@pytest.mark.parametrize(
    ("seconds", "wrong"),
    [
        ({"_pk_id": 396 * DAY}, []),
        ({"_pk_id": 397 * DAY}, ["_pk*"]),
        ({"session": 1}, ["session"]),
        ({"session": 1, "_pk_ses": 700 * DAY}, ["session", "_pk*"]),
        ({"other": 700 * DAY}, []),
    ],
)
def test_a_check_fails_where_a_cookie_lives_longer_than_stated(run, keep, seconds, wrong):
    """By more than a day, as `verify` has it; of a session by anything."""
    keep(**seconds)
    run("notice", "--out", "published")
    code, _, err = run("notice", "--check", "published")
    assert [name for name in ("session", "_pk*") if f"notice.cookies.{name}" in err] == wrong
    assert (code, err.count("PK396")) == (bool(wrong), len(wrong))
    told = json.loads(run("notice", "--check", "published", "--json")[1])
    assert told["true"] is not bool(wrong)


def test_another_day_alone_changes_no_notice(run, keep, tmp_path):
    """The same lives, looked at again: what is published stays true."""
    keep(session=0)
    run("notice", "--out", "published")
    key = load_keys(tmp_path / "privacykit.keys").signer()
    later = msgspec.structs.replace(lives(session=0), at=AT + 9 * DAY)
    (tmp_path / "seen.json").write_bytes(signed_seen(later, key))
    assert run("notice", "--check", "published")[0] == 0
    keep(_pk_id=DAY)
    assert "PK343" in run("notice", "--check", "published")[1]


@pytest.mark.parametrize(
    "content", [None, b"{}", b"x", b'{"kind": "privacykit.site", "version": 1}']
)
def test_a_report_that_cannot_be_believed_is_refused(run, keep, tmp_path, content):
    """Missing, none, or signed by nobody; a check warns of it."""
    keep(session=0)
    (tmp_path / "seen.json").unlink()
    if content is not None:
        (tmp_path / "seen.json").write_bytes(content)
    assert "PK395 seen.json" in run("notice")[2]
    warned = json.loads(run("check", "--json")[1])["warnings"]
    assert "PK395" in {one["id"] for one in warned}


def test_a_report_that_was_changed_is_refused(keep, tmp_path):
    """A longer life, or the signature of another kind of report."""
    keep(session=0)
    key = load_keys(tmp_path / "privacykit.keys").signer()
    document = (tmp_path / "seen.json").read_bytes()
    assert read_seen(document, [key.public_key()]) == lives(session=0)
    for wrong in (document.replace(b'"life":0', b'"life":9'), signed_seen_wrong(key)):
        with pytest.raises(InputError, match="PK395"):
            read_seen(wrong, [key.public_key()])


def signed_seen_wrong(key):
    """Return a signed report of the right kind that says nothing."""
    from privacykit.documents.seen import KIND
    from privacykit.documents.signed import sign

    return sign({"at": "soon"}, KIND, key)


def test_the_served_notice_tells_it_within_a_minute(keep, tmp_path):
    """And goes on without where the report cannot be believed."""
    keep(session=0)
    now = [float(AT)]
    notice = ServedNotice(load(tmp_path / "privacykit.toml"), Paths(tmp_path), lambda: now[0])
    assert b"observed on 2026-11-21" in notice.page("en", (), NoticePlace("/privacy"))
    (tmp_path / "seen.json").write_text("{}")
    now[0] += LOOK_SECONDS
    assert b"observed on" not in notice.page("en", (), NoticePlace("/privacy"))


def test_an_assessment_keeps_what_was_seen(run, keep):
    """Counting visitors does not undo it."""
    keep(session=1)
    with time_machine.travel(AT, tick=False):
        code, _, err = run("dpia", "--count")
    assert (code, "PK396" in err) == (1, True)


# --- what is seen ---------------------------------------------------------------------------------


def cookie(name, life, **more):
    """Return a cookie that was seen."""
    return SeenCookie(name, "shop.example", "first", life=life, **more)


def test_what_a_browser_kept_counts_before_what_was_asked():
    """The longest of each; our own are left out, and so is what was ended."""
    answered = [cookie("a", 9999), cookie("a", None), cookie("b", 60), cookie("gone", 0)]
    phases = (
        PhaseScan("before a choice", ("/",), (cookie("a", 300, asked=9999), cookie("c", None))),
        PhaseScan("after accepting", ("/", "/x"), (cookie("a", 400), cookie("pk-yes", 9))),
    )
    scan = SiteScan("https://shop.example/", AT, "", phases)
    report = seen_report("https://shop.example", AT + 0.5, answered, scan)
    assert report == SeenReport(
        AT,
        "https://shop.example",
        2,
        (SeenLife("a", 400), SeenLife("b", 60), SeenLife("c", 0)),
    )


@given(
    st.dictionaries(st.text("abc_", min_size=1, max_size=4), st.integers(0, 10**9)),
    st.lists(st.text("abc_*", min_size=1, max_size=3), unique=True, max_size=4),
)
def test_a_glob_has_the_longest_life_of_what_it_names_first(seconds, globs):
    """As the gate has it: the first rule that fits names a cookie, and no life is made up."""
    from privacykit.collect.cookies.gate import CookieGate

    gate = CookieGate(tuple((glob, glob) for glob in globs))
    expected: dict[str, int] = {}
    for name, life in seconds.items():
        glob = gate.purpose_of(name)
        if glob is not None:
            expected[glob] = max(life, expected.get(glob, 0))
    assert dict(measured_lives(lives(**seconds), globs, "seen.json").cookies) == expected
