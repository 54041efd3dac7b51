"""The command ``privacykit init``. Reads the project, asks at a terminal, writes new files."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.init.answers import InitOptions
from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import CONFIG, JSON, Exit, say, say_json, stop, warn
from privacykit.errors import BackendError, ConfigurationError, Problem
from privacykit.settings.paths import DEFAULT_FILE, Paths

if TYPE_CHECKING:
    from privacykit.cli.init.project import Project


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    add(app, "init", init, "privacykit init --host shop.example --establishment DE")


def init(
    options: InitOptions,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: what is not said is proposed.")
    ] = False,
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """
    Write a configuration and keys for the project in this folder.

    Looks at its framework and at the cookies it sets, and proposes rules. Asks at a terminal; no
    file is overwritten.

    Raises:
        ConfigurationError: There is a configuration already, or an answer is wrong.
        BackendError: A file cannot be written.
    """
    from privacykit.cli.init.answers import answers
    from privacykit.cli.init.project import look_at
    from privacykit.cli.init.text import configuration
    from privacykit.settings.load import parse

    path = Path(config)
    if path.exists() or path.is_symlink():
        hint = "privacykit check looks at it; --config FILE writes another"
        raise ConfigurationError(Problem("PK009", config, "", "there is one already", hint))
    project = look_at(Path())
    if not as_json:
        _say_found(project)
    told = answers(options, project.name, ask=not (yes or as_json) and _at_terminal())
    text = configuration(told, project.cookies)
    parse(text, config)
    written = _write(path, text)
    if not as_json:
        for file, what in written.items():
            say(f"{what:<8} {file}")
    _finish(project, config, written, as_json=as_json)


def _at_terminal() -> bool:
    return all(one is not None and one.isatty() for one in (sys.stdin, sys.stdout))


def _say_found(project: Project) -> None:
    framework = project.framework.name if project.framework is not None else "no framework I know"
    where = f", {project.app} in {project.app.file}" if project.app is not None else ""
    say(f"found    {framework}{where}")
    if project.cookies:
        say(f"found    cookies: {', '.join(project.cookies)}")
    if not project.whole:
        say("found    more files than are read: there may be more cookies")


def _write(path: Path, text: str) -> dict[str, str]:
    """
    Write the files.

    Returns:
        Each file with what became of it.

    Raises:
        BackendError: The configuration cannot be written.
    """
    from privacykit.cli.init.ignore import ignore
    from privacykit.settings.load import parse
    from privacykit.stores.keys import init_keys

    keys = Paths.beside(str(path)).file(parse(text, str(path)).keys.file)
    done = {str(path): "written"}
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        raise BackendError(f"{path.name} cannot be written: nothing was done") from None
    shown = str(path.with_name(keys.name))
    if keys.exists():
        done[shown] = "kept"
    else:
        init_keys(keys, datetime.now(UTC))
        done[shown] = "written"
    try:
        if ignore(path.absolute().parent):
            done[str(path.with_name(".gitignore"))] = "extended"
    except OSError:
        warn(".gitignore cannot be written: see to it that no key or database is checked in")
    return done


def _finish(project: Project, config: str, written: dict[str, str], *, as_json: bool) -> None:
    """Check what was written and say what comes next; end as the check ends."""
    from privacykit.cli.init.next_step import next_step, run_line

    if as_json:
        with redirect_stdout(StringIO()):
            code = _checked(config)
        say_json({
            "files": written,
            "framework": project.framework.name if project.framework is not None else None,
            "app": str(project.app) if project.app is not None else None,
            "cookies": project.cookies,
            "in_order": not code,
            "next": run_line(project, config, DEFAULT_FILE),
        })  # fmt: skip
    else:
        say()
        code = _checked(config)
        say()
        for line in next_step(project, config, DEFAULT_FILE):
            say(line)
    if code:
        stop(Exit(code))


def _checked(config: str) -> int:
    from privacykit.cli.check import check

    try:
        check(config)
    except typer.Exit as ended:
        return ended.exit_code
    return 0
