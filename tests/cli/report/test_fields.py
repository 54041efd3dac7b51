"""Options of commands as fields of forms: found by themselves, read and refused in words."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
import typer

from privacykit.cli.report.pages.fields import fields_of_command, read_words, values_of
from privacykit.cli.report.pages.kinds import (
    AskedPage,
    ReportCommand,
    asked_pages,
    report_commands,
)
from privacykit.cli.report.pages.shown import shown_by
from privacykit.errors import InputError

FILES = {"FILE", "FILE|TOOL", "DIR", "FILE.csv", "MAP.toml", "ID", "ZONE", ""}
"""What is not asked in a form: files, and what is said once for all reports."""


def asked(
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="The day.")] = "",
    model: Annotated[Literal["first", "last"], typer.Option("--model")] = "last",
    days: Annotated[int | None, typer.Option("--days", min=1, max=90)] = None,
    part: Annotated[list[str] | None, typer.Option("--part")] = None,
    long: Annotated[bool, typer.Option("--long/--short")] = False,
    plain: Annotated[str, typer.Option(metavar="NAME")] = "x",
    folder: Annotated[str, typer.Argument()] = "",
    more: int = 1,
) -> None:
    """Take one option of each kind."""


FIELDS = list(fields_of_command(asked))


def test_every_option_is_a_field():
    """By the type that the function gives it; arguments are none."""
    assert [(one.option, one.kind) for one in FIELDS] == [
        ("--from", "date"),
        ("--model", "choice"),
        ("--days", "number"),
        ("--part", "several"),
        ("--long", "flag"),
        ("--plain", "text"),
    ]
    assert (FIELDS[0].label, FIELDS[1].choices) == ("From", ("first", "last"))


def needing(
    files: Annotated[str, typer.Option("--links", metavar="FILE.csv")],
    goal: Annotated[str, typer.Option("--goal", metavar="NAME")],
) -> None:
    """Take two options that have no default."""


def test_what_a_command_needs_is_asked_for():
    """A form without it says so; what names a file is no field of a form."""
    files, goal = fields_of_command(needing)
    assert (files.is_open, goal.is_open) == (False, True)
    assert (goal.required, goal.default) == (True, None)
    with pytest.raises(InputError, match="--goal is needed"):
        values_of({"files": ["x"]}, [files, goal])
    command = ReportCommand("needing", "", needing, (files, goal))
    assert not command.is_open
    assert ReportCommand("needing", "", needing, (goal,)).is_open


def test_what_is_typed_is_read_as_the_command_would():
    """An option that nobody gave has its default."""
    typed = ["--from", "2026-11-01", "--days=7", "--part", "a", "--part=b", "--long"]
    assert values_of(read_words(typed, FIELDS), FIELDS) == {
        "first": "2026-11-01",
        "model": "last",
        "days": 7,
        "part": ["a", "b"],
        "long": True,
        "plain": "x",
    }


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"model": ["middle"]}, "--model is one of: first, last"),
        ({"days": ["many"]}, "--days is a whole number"),
        ({"days": ["0"]}, "--days is at least 1"),
        ({"days": ["91"]}, "--days is at most 90"),
        ({"part": list("abcdefg")}, "--part: 6 at most"),
    ],
    ids=["choice", "number", "least", "most", "several"],
)
def test_what_cannot_be_is_refused_in_words(given, told):
    """Which option and what it may be; never the value back."""
    with pytest.raises(InputError) as refused:
        values_of(given, FIELDS)
    assert str(refused.value) == told


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("funnels", "no such kind of report; there are: funnel"),
        ("serve", "no such kind of report"),
        ("", "say a kind of report"),
        ("funnel --steps 'a", "with its quotes closed"),
        ("funnel --stepz a", "no such option there; there are --from"),
        ("funnel --events x.csv", "no such option there"),
        ("funnel --html x.html", "no such option there"),
        ("funnel --steps", "--steps has no value"),
    ],
)
def test_a_line_that_is_no_report_is_refused_in_words(line, told):
    """Whose events and where it is written is said once, not in each line."""
    with pytest.raises(InputError, match=told):
        asked_pages([line])


def test_every_kind_of_report_can_be_a_page():
    """Each command that writes a page; a form never asks for a file, or how small a group may be."""
    found = report_commands()
    assert "funnel" in found
    assert not {"serve", "publish"} & set(found)
    for command in found.values():
        assert command.about
        shown = {one.option for one in command.asked}
        assert {"--from", "--to", "--compare", "--segment"} <= shown
        assert not {"--events", "--config", "--k", "--html", "--synthetic"} & shown
        known = {one.metavar for one in command.fields if not one.is_open}
        assert known <= FILES, "is that a file? else name it in WORDS"


def test_a_fault_of_ours_is_a_page_without_a_value():
    """As on the command line: what failed is named, what it failed on is not, and nothing is logged."""

    def failing() -> None:
        raise ZeroDivisionError("stored-value")

    page = AskedPage("failing", ReportCommand("failing", "", failing, ()), {})
    answer = shown_by([page], {})("/failing", {})
    assert answer.status == 500
    assert "PK007 privacykit failed (ZeroDivisionError)" in answer.html
    assert "stored-value" not in answer.html
