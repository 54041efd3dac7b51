"""Every ``--help`` there is, read as its readers read it: on 80 columns, and at once."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from functools import cache

import pytest
import typer
from typer.testing import CliRunner

from privacykit.cli.main import COMMANDS, app, command
from privacykit.cli.terminal.commands import CommandGroup, add, first_sentence

GROUPS = {name: list(getattr(command(name), "commands", ())) for name in COMMANDS}
EVERY = [
    (),
    *((name,) for name in COMMANDS),
    *((n, inner) for n in GROUPS for inner in GROUPS[n]),
    *(("sinks", "dead-letters", name) for name in ("list", "show", "retry", "drop")),
    *(("report", "kept", name) for name in ("list", "remove")),
]
HEAVY = ("sqlalchemy", "pydantic", "rich", "jinja2", "asyncio", "privacykit.settings.model")
COLUMNS = 80


@cache
def _help(*words, flag="--help", columns=COLUMNS):
    return CliRunner().invoke(app, [*words, flag], env={"COLUMNS": str(columns)}).output


@pytest.fixture(params=EVERY, ids=lambda words: " ".join(words) or "privacykit")
def words(request):
    """Each command, each group, and the whole."""
    return request.param


def test_it_fits_80_columns(words):
    """No line is broken by the terminal, where words are broken anywhere."""
    assert [line for line in _help(*words).splitlines() if len(line) > COLUMNS] == []


def test_minus_h_is_the_same(words):
    """Fingers know it."""
    assert _help(*words, flag="-h") == _help(*words)


def test_it_shows_an_example(words):
    """A line to begin with, of this command or of one in the group."""
    shown = re.split(r"Examples?:\n", _help(*words))[1].replace("\\\n", "")
    calls = [shlex.split(line.rpartition("|")[2]) for line in shown.splitlines() if line.strip()]
    assert calls
    assert all(call[: len(words) + 1] == ["privacykit", *words] for call in calls)


def test_it_speaks_to_people(words):
    """Sections of docstrings, markup and types of Python are for engineers."""
    found = re.findall(r"\b(?:Raises|Returns|Args|Yields):|``|:class:|<str>|list\[", _help(*words))
    assert found == []


def test_no_sentence_is_cut(words):
    """Neither by three dots nor at the full stop of an abbreviation."""
    text = _help(*words).replace("COMMAND [ARGS]...", "").replace("[IDS]...", "")
    text = text.replace("[FILES]...", "")
    rows = text.partition("Commands:\n")[2].partition("Example")[0]
    assert "..." not in text
    assert re.findall(r"\b(?:Art|No|Sec|e\.g|i\.e)\.\n", rows) == []


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Mark rows (GDPR Art. 18). Then more.", "Mark rows (GDPR Art. 18)."),
        ("As of Art. 17, erase.", "As of Art. 17, erase."),
        ("One\nsentence: with more.", "One sentence."),
        ("No stop", "No stop"),
        ("First part.\n\nSecond part.", "First part."),
    ],
)
def test_the_first_sentence_ends_where_it_ends(text, first):
    """An abbreviation ends none."""
    assert first_sentence(text) == first


def test_a_long_example_goes_on_as_a_shell_goes_on():
    """An option stays with its value, and the whole can be pasted."""
    group = typer.Typer(rich_markup_mode=None, cls=CommandGroup)
    line = "privacykit many " + " ".join(f"--option-{n} value-{n}" for n in range(9))
    add(group, "many", lambda: None, line)
    group.callback()(lambda: None)

    text = CliRunner().invoke(group, ["many", "--help"], env={"COLUMNS": "80"}).output
    shown = text.partition("Example:")[2].strip("\n")

    assert max(map(len, shown.splitlines())) <= COLUMNS
    assert shlex.split(shown.replace("\\\n", "")) == shlex.split(line)
    assert all(re.search(r"value-\d( \\)?$", one) for one in shown.splitlines() if one.strip())


LOADED = """
import contextlib, io, sys
from privacykit.cli.main import COMMANDS, main
for name in COMMANDS:
    sys.argv = ["privacykit", name, "--help"]
    with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
        main()
    print(name, *(each for each in HEAVY if each in sys.modules))
"""


def test_help_loads_nothing_that_takes_long():
    """Each help costs a fifth of a second, most of it the command line's own library."""
    code = f"HEAVY = {HEAVY!r}\n{LOADED}"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = {name: heavy for name, *heavy in map(str.split, done.stdout.splitlines())}
    assert {name: heavy for name, heavy in loaded.items() if heavy} == {}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes(shell):
    """As every program of its library does: the script is shown, and what it asks is answered."""
    typed = {"COMP_WORDS": "privacykit sub", "COMP_CWORD": "1"}
    asked = {"_TYPER_COMPLETE_ARGS": "privacykit sub", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    answers = [
        subprocess.run(
            [sys.executable, "-m", "privacykit"],
            env={**os.environ, **typed, **asked, "_PRIVACYKIT_COMPLETE": f"{what}_{shell}"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for what in ("source", "complete")
    ]
    assert "privacykit" in answers[0]
    assert "subject" in answers[1]
    assert "retention" not in answers[1]


def test_completing_a_command_imports_none():
    """Whoever presses Tab waits for the answer."""
    code = (
        "import sys, contextlib\n"
        "from privacykit.cli.main import main\n"
        "with contextlib.suppress(SystemExit):\n    main()\n"
        "print(sorted(n for n in sys.modules if n in ('pydantic', 'privacykit.cli.subject')))"
    )
    asked = {"COMP_WORDS": "privacykit s", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **asked, "_PRIVACYKIT_COMPLETE": "complete_bash"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [
        "scrub",
        "signals",
        "salts",
        "stores",
        "sinks",
        "subject",
        "seal",
        "site",
        "[]",
    ]
