"""The options of a report's command as fields, which a form and a line of text fill in. Pure."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from typer.models import OptionInfo

from privacykit.errors import InputError

FieldKind = Literal["text", "date", "number", "flag", "choice", "several"]

WORDS: Final = frozenset({
    "A,B,C", "CODE", "CONDITIONS", "DAYS", "E", "EVENT", "FIELD", "FUNNEL", "GOAL", "HOST", "NAME",
    "prop.NAME",
})  # fmt: skip
"""
What a text is called that anybody may fill in. All others may be files, which only whoever starts
the program may name.
"""
MOST_VALUES: Final = 6
"""Of one field that may be given again, as many as there may be segments."""


@dataclass(frozen=True, slots=True)
class ReportField:
    """
    An option.

    Attributes:
        name: The parameter of the command's function.
        option: How it is typed, like ``--within``.
        kind: What it takes.
        metavar: What it is called in help.
        about: What it means, in a sentence.
        default: What it is if nobody says; nothing where that is an error.
        required: Whether somebody has to say.
        choices: All its values, of a ``choice``.
        least: The least number it may be.
        most: The greatest.
    """

    name: str
    option: str
    kind: FieldKind
    metavar: str
    about: str
    default: Any
    required: bool = False
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None

    @property
    def label(self) -> str:
        """What people call it."""
        return self.option.removeprefix("--").replace("-", " ").capitalize()

    @property
    def is_open(self) -> bool:
        """Whether anybody who looks at a page may fill it in: it names no file."""
        return self.kind not in {"text", "several"} or self.metavar in WORDS

    def read(self, given: Sequence[str]) -> Any:  # noqa: ANN401 - whatever the function takes
        """
        Return the value that *given* is; the default of nothing.

        Raises:
            InputError: It cannot be one.
        """
        told = [one for one in given if one.strip()]
        if self.kind == "flag":
            return True if told else self.default
        if not told and self.required:
            raise InputError(f"{self.option} is needed")
        if not told:
            return self.default
        if self.kind == "several":
            if len(told) > MOST_VALUES:
                raise InputError(f"{self.option}: {MOST_VALUES} at most")
            return told
        return self._one(told[-1])

    def _one(self, text: str) -> str | int:
        """
        Return the value of a field that has one.

        Raises:
            InputError: It cannot be one.
        """
        if self.kind == "choice" and text not in self.choices:
            raise InputError(f"{self.option} is one of: {', '.join(self.choices)}")
        if self.kind != "number":
            return text
        try:
            number = int(text)
        except ValueError:
            raise InputError(f"{self.option} is a whole number") from None
        if self.least is not None and number < self.least:
            raise InputError(f"{self.option} is at least {self.least}")
        if self.most is not None and number > self.most:
            raise InputError(f"{self.option} is at most {self.most}")
        return number


def fields_of_command(function: Callable[..., None]) -> Iterator[ReportField]:
    """Yield the options of *function*, as typer gets them."""
    for name, known in inspect.signature(function, eval_str=True).parameters.items():
        if get_origin(known.annotation) is not Annotated:
            continue
        kind, *more = get_args(known.annotation)
        for info in more:
            if isinstance(info, OptionInfo):
                yield _field(name, kind, info, known.default)


def _field(name: str, kind: Any, info: OptionInfo, default: Any) -> ReportField:  # noqa: ANN401
    # In an annotation the first name stands where a default would, until typer reads it.
    names = (info.default, *(info.param_decls or ()))
    long = [one for one in names if isinstance(one, str) and one.startswith("--")]
    option = long[0].partition("/")[0] if long else f"--{name.replace('_', '-')}"
    taken, choices = _kind(kind, info.metavar or "")
    return ReportField(
        name=name,
        option=option,
        kind=taken,
        metavar=info.metavar or "",
        about=info.help or "",
        default=None if default is inspect.Parameter.empty else default,
        required=default is inspect.Parameter.empty,
        choices=choices,
        least=info.min,
        most=info.max,
    )


def _kind(kind: Any, metavar: str) -> tuple[FieldKind, tuple[str, ...]]:  # noqa: ANN401
    if get_origin(kind) in {Union, types.UnionType}:
        kind = next(one for one in get_args(kind) if one is not type(None))
    if get_origin(kind) is Literal:
        return "choice", tuple(map(str, get_args(kind)))
    if get_origin(kind) is list:
        return "several", ()
    if kind is bool:
        return "flag", ()
    if kind is int:
        return "number", ()
    return ("date" if metavar == "DATE" else "text"), ()


def read_words(words: Sequence[str], fields: Sequence[ReportField]) -> dict[str, list[str]]:
    """
    Return what *words*, typed as on a command line, give to *fields*.

    Raises:
        InputError: A word is no option, or an option has no value.
    """
    by_option = {one.option: one for one in fields}
    given: dict[str, list[str]] = {}
    rest = iter(words)
    for word in rest:
        option, said, value = word.partition("=")
        if (found := by_option.get(option)) is None:
            raise InputError(f"--report: no such option there; there are {', '.join(by_option)}")
        if found.kind == "flag":
            value = "yes"
        elif not said:
            value = next(rest, "")
        if not value:
            raise InputError(f"--report: {option} has no value")
        given.setdefault(found.name, []).append(value)
    return given


def values_of(given: Mapping[str, Sequence[str]], fields: Sequence[ReportField]) -> dict[str, Any]:
    """
    Return the values of *fields*, of what is given of each.

    Raises:
        InputError: One cannot be its value.
    """
    return {one.name: one.read(given.get(one.name, ())) for one in fields}
