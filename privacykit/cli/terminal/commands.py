"""
Commands made of functions: help, an example and sets of options that several share. Pure.

A function of a command takes what typer understands, and *option sets*: dataclasses whose fields
are options. A set is written once and spelled the same in every command that takes it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from inspect import Parameter
from textwrap import wrap
from typing import Any, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

_SECTION = re.compile(r"^(Args|Attributes|Raises|Returns|Yields):$", re.MULTILINE)


_TYPE = re.compile(r" <([^<>]*)>$")
"""How the type of a value is shown: all its values, where it has only some."""
WIDEST = 30
"""Columns that the name of an option and its values may take."""
EXAMPLE_COLUMNS = 74
_INSIDE = re.compile(r" (?!-|\|)")
_SENTENCE = re.compile(r"(?<!\bArt)(?<!\bNo)(?<!\be\.g)(?<!\bi\.e)[.:](?=\s|$)")
"""The end of a first sentence: no abbreviation ends one."""


class CommandGroup(TyperGroup):
    """A group whose ``--help`` costs nothing where it is not asked for."""

    def get_help_option(self, ctx: Any) -> Any:  # noqa: ANN401 - typer does not publish the types
        """Return the option, off unless it is given: unset is parsed by a slow library."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.default = False
        return option


class HelpfulCommand(TyperCommand):
    """A command whose ``--help`` fits a terminal, however many values an option may have."""

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - as above
        """Write arguments, then options; long lists of values stand where lines can break."""
        for title in ("Argument", "Option"):
            rows = [
                _fitting(param, record)
                for param in self.get_params(ctx)
                if param.param_type_name == title.lower()
                and (record := param.get_help_record(ctx)) is not None
            ]
            if rows:
                with formatter.section(f"{title}s"):
                    formatter.write_dl(rows)


def _fitting(param: Any, record: tuple[str, str]) -> tuple[str, str]:  # noqa: ANN401 - as above
    """Return a row of help with a name for the value, not its type; its values among the words."""
    spelled, told = record
    found = _TYPE.search(spelled)
    if found is None or ("|" in found[1] and len(spelled) <= WIDEST):
        return record
    name = "" if param.param_type_name == "argument" else f" {param.name.upper()}"
    if "|" in found[1]:
        words, bracket, rest = told.partition("  [")
        values = found[1].removeprefix("list[").removesuffix("]")
        told = f"{words} One of: {values.replace('|', ', ')}.{bracket}{rest}"
    return f"{spelled[: found.start()]}{name}", told.strip()


def add(
    group: typer.Typer, name: str, function: Callable[..., None], example: str, *, summary: str = ""
) -> None:
    """
    Add *function* to *group* as the command *name*.

    Args:
        group: Where the command is added.
        name: What it is called.
        function: What it does. Its docstring up to the first section is the help: what an
            engineer reads there, like the errors raised, is nothing to an operator.
        example: A whole command line, shown under the options.
        summary: What the list of commands says, if not the first sentence of the help.
    """
    words = _SECTION.split(inspect.cleandoc(function.__doc__ or ""))[0].strip()
    epilog = f"Example:\n\n\b\n  {_continued(example)}"
    short = summary or first_sentence(words)
    command = group.command(name, cls=HelpfulCommand, help=words, epilog=epilog, short_help=short)
    command(spread(function))


def _continued(example: str) -> str:
    """Return *example* over as many lines as it needs, joined as a shell joins them."""
    kept = _INSIDE.sub("\xa0", example)  # an option and its value stay together
    lines = wrap(kept, EXAMPLE_COLUMNS, break_long_words=False, break_on_hyphens=False)
    return " \\\n      ".join(lines).replace("\xa0", " ")


def first_sentence(text: str) -> str:
    """Return the first sentence of *text* on one line, whole, without its full stop."""
    line = " ".join(text.partition("\n\n")[0].split())
    end = _SENTENCE.search(line)
    return line[: end.start()] + "." if end else line


def with_example(command: Any) -> Any:  # noqa: ANN401 - typer does not publish the type
    """Return *command*, a group with its first command's example, so that its help shows one."""
    inside = getattr(command, "commands", None)
    if inside and not command.epilog:
        command.epilog = next(iter(inside.values())).epilog
    return command


def spread(function: Callable[..., None]) -> Callable[..., None]:
    """Return *function* with each option set among its parameters replaced by the set's fields."""
    hints = get_type_hints(function, include_extras=True)
    sets: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}

    @wraps(function)
    def command(**values: Any) -> None:  # noqa: ANN401 - whatever the options are
        for name, kind in sets.items():
            values[name] = kind(**{one.name: values.pop(one.name) for one in fields(hints[name])})
        function(**values)

    given = list(_parameters(function, hints, set(sets)))
    command.__signature__ = inspect.Signature(given)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in given}
    return command


def _parameters(
    function: Callable[..., None], hints: dict[str, Any], sets: set[str]
) -> Iterator[Parameter]:
    """Give every parameter by keyword: options have no order, and arguments keep theirs."""
    for name, known in inspect.signature(function).parameters.items():
        if name not in sets:
            yield Parameter(
                name, Parameter.KEYWORD_ONLY, default=known.default, annotation=hints[name]
            )
            continue
        inner = get_type_hints(hints[name], include_extras=True)
        for field in fields(hints[name]):
            default = Parameter.empty if field.default is MISSING else field.default
            yield Parameter(
                field.name, Parameter.KEYWORD_ONLY, default=default, annotation=inner[field.name]
            )
