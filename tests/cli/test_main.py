"""The command line as a whole: what its help says, and what asking for help costs."""

from __future__ import annotations

import importlib.metadata
import shlex
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import privacykit
from privacykit.cli.main import COMMANDS, CommandsByName, app, command

INSIDE = {name: getattr(command(name), "commands", {"": command(name)}) for name in COMMANDS}
EVERY = [
    pytest.param([name, word] if word else [name], one, id=f"{name} {word}".strip())
    for name, inside in INSIDE.items()
    for word, one in inside.items()
]
HEAVY = ("sqlalchemy", "pydantic", "rich", "cryptography", "privacykit.settings", "email")


def _help(*words: str) -> str:
    return CliRunner().invoke(app, [*words, "--help"]).output


@pytest.mark.parametrize("asked", ["--help", "--version"])
def test_asking_for_help_loads_no_store(asked):
    """Half a second for a page of text is what makes people not ask."""
    code = (
        "import contextlib, sys\n"
        f"sys.argv = ['privacykit', {asked!r}]\n"
        "from privacykit.cli.main import main\n"
        "with contextlib.suppress(SystemExit):\n    main()\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    expected = ["email"] if asked == "--version" else []
    assert loaded.splitlines()[-1] == str(expected)


def test_help_names_every_command_in_order():
    """The table is the help."""
    table = _help().partition("Commands:")[2].partition("Examples:")[0]
    assert [line.split()[0] for line in table.splitlines() if line.strip()] == list(COMMANDS)


@pytest.mark.parametrize(("words", "one"), EVERY)
def test_help_is_for_people(words, one):  # noqa: ARG001
    """Sections of a docstring are for engineers."""
    text = _help(*words)
    assert not any(f"{name}:" in text for name in ("Raises", "Returns", "Args"))


@pytest.mark.parametrize(("words", "one"), EVERY)
def test_the_example_of_a_command_is_one(words, one):
    """It calls the command it explains, with options that are there."""
    example = _help(*words).partition("Example:")[2].strip()
    called = shlex.split(example.replace("\\\n", "").rpartition("|")[2])
    assert called[: len(words) + 1] == ["privacykit", *words]
    one.make_context(words[-1], called[len(words) + 1 :])


def test_a_slip_of_the_pen_is_answered_with_the_command_that_was_meant():
    """Without importing what was not."""
    assert "Did you mean 'subject'?" in CliRunner().invoke(app, ["subjekt"]).output


def test_there_are_as_many_commands_as_help_shows():
    """A mapping like any other."""
    assert len(CommandsByName()) == len(COMMANDS)
    assert "nothing" not in CommandsByName()


def test_the_package_shows_its_public_names():
    """And nothing else: ``dir`` is where people look first."""
    assert sorted(dir(privacykit)) == sorted([*privacykit.__all__, "__version__"])
    assert privacykit.__version__ == importlib.metadata.version("privacykit")
    assert all(getattr(privacykit, name) for name in dir(privacykit))


@pytest.mark.parametrize(
    ("emission", "told"),
    [
        (privacykit.Emission(), "<Emission: accepted>"),
        (privacykit.Emission("bot"), "<Emission: bot>"),
    ],
)
def test_what_became_of_an_event_can_be_read(emission, told):
    """In a log, in a shell."""
    assert (repr(emission), bool(emission)) == (told, "accepted" in told)
