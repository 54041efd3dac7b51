"""
Asking of our own commands: started apart, answered in JSON, with what they print of failures.

A tool of an assistant is the command itself, so that limits, refusals and words are the same. The
options that let an operator go further (a smaller group, another file, an overlap that is
accepted) are not offered: an assistant passes on what somebody else wrote.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from privacykit.errors import InputError

Given: TypeAlias = str | int | bool | Sequence[str] | None

LONGEST_SECONDS = 300
LONGEST_TEXT = 500
"""Characters of a value that is passed on to a command."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def ask(config: str | None, words: Sequence[str], options: Mapping[str, Given]) -> dict[str, Any]:
    """
    Run the command of *words* and return what it answered.

    Args:
        config: The configuration file; ``None`` of a command that takes none.
        words: The command, and its arguments.
        options: Option to its value; none where it is ``None``, ``False`` or empty.

    Returns:
        ``answer``, the command's JSON or ``None``; ``exit``, its exit code; ``said``, what it
        wrote about it.

    Raises:
        InputError: A value is none that a command takes.
    """
    command = [sys.executable, "-m", "privacykit", *words]
    command += [part for name, value in options.items() for part in _spelled(name, value)]
    command += [*(["--config", config] if config is not None else []), "--json"]
    try:
        done = subprocess.run(  # noqa: S603 - our own command, no shell
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"answer": None, "exit": None, "said": f"no answer in {LONGEST_SECONDS} seconds"}
    return {"answer": _json(done.stdout), "exit": done.returncode, "said": done.stderr.strip()}


def checked(value: str) -> str:
    """
    Return *value*, which is one argument of a command and never an option.

    Raises:
        InputError: It begins like an option, is too long, or holds control characters.
    """
    if value.startswith("-") or len(value) > LONGEST_TEXT or _CONTROL.search(value):
        raise InputError("a value may not begin with -, be long, or hold control characters")
    return value


def _spelled(name: str, value: Given) -> list[str]:
    if value is None or value is False:
        return []
    if value is True:
        return [name]
    if isinstance(value, int):
        return [name, str(value)]
    values = [value] if isinstance(value, str) else list(value)
    return [part for one in values if one for part in (name, checked(one))]


def _json(text: str) -> Any:  # noqa: ANN401 - whatever the command says
    try:
        return json.loads(text)
    except ValueError:
        return None
