"""
Definitions: goals, funnels and stages in a file, independent of each other. Pure.

.. code-block:: toml

    [[goals]]
    name = "bought"
    match = "event==order"

    [[funnels]]
    name = "shop"
    steps = ["/", "/products/*", { name = "Cart", match = "event==cart_add" }, { goal = "bought" }]
    mode = "sequential"

    [[stages]]
    name = "consideration"
    match = "/products/*"
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from privacykit.errors import ConfigurationError, InputError, Problem
from privacykit.reports.conditions import Clauses, read_step
from privacykit.reports.kinds.questions import Goal, Stage
from privacykit.reports.periods import DAY
from privacykit.reports.question import (
    LONGEST_WINDOW_DAYS,
    FunnelQuestion,
    Mode,
    Step,
    Unit,
)
from privacykit.toml_files.lines import syntax_problem, with_lines

ID = "PK281"
Name = Annotated[str, Field(min_length=1, max_length=100)]
_Named = TypeVar("_Named", bound="_Table")
_Read = TypeVar("_Read")


class Definition(msgspec.Struct, frozen=True):
    """
    What a file defines.

    Attributes:
        goals: By name.
        funnels: By name, in the order of the file.
        stages: From the first to the last.
    """

    goals: dict[str, Goal]
    funnels: dict[str, FunnelQuestion]
    stages: tuple[Stage, ...]

    def goal(self, name: str) -> Goal:
        """
        Return the goal *name*.

        Raises:
            InputError: There is none.
        """
        if name not in self.goals:
            raise InputError(f"no goal of that name; the definition has: {', '.join(self.goals)}")
        return self.goals[name]

    def funnel(self, name: str) -> FunnelQuestion:
        """
        Return the funnel *name*, or the only one.

        Raises:
            InputError: There is none, or several and *name* is empty.
        """
        if not name and len(self.funnels) == 1:
            return next(iter(self.funnels.values()))
        if name not in self.funnels:
            known = ", ".join(self.funnels) or "none"
            raise InputError(f"say which funnel with --name; the definition has: {known}")
        return self.funnels[name]


class _Table(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Matched(_Table):
    """A goal or a stage: a name, and what an event must fulfil."""

    name: Name
    match: str


class _StepTable(_Table):
    """A step: a goal's name, or conditions with a name."""

    goal: str | None = None
    name: Name | None = None
    match: str | None = None


class _FunnelTable(_Table):
    """A funnel."""

    name: Name
    steps: list[str | _StepTable]
    unit: Unit = "visit"
    mode: Mode = "closed"
    within_days: Annotated[int, Field(ge=1, le=LONGEST_WINDOW_DAYS)] | None = None


class _File(_Table):
    """The whole file."""

    goals: list[_Matched] = []
    funnels: list[_FunnelTable] = []
    stages: list[_Matched] = []


def read_definition(text: str, file: str) -> Definition:
    """
    Read a definition.

    Args:
        text: The TOML.
        file: What to call it.

    Raises:
        ConfigurationError: It is no TOML, a key is unknown or missing, a value is wrong, two of a
            kind have one name, or a step names no goal; with all that is wrong.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(syntax_problem(ID, file, error)) from None
    try:
        read = _File.model_validate(document)
    except ValidationError as error:
        problems = [
            Problem(ID, file, _key(one["loc"]), _message(one["msg"]))
            for one in error.errors(include_input=False, include_url=False)
        ]
        raise ConfigurationError(*with_lines(problems, text)) from None
    reader = _Reader(file)
    definition = reader.definition(read)
    if reader.problems:
        raise ConfigurationError(*with_lines(reader.problems, text))
    return definition


def _key(loc: tuple[int | str, ...]) -> str:
    """Return the dotted path of a place; which of the forms of a step failed is no part of it."""
    return ".".join(str(part) for part in loc if part not in {"str", "_StepTable"})


def _message(told: str) -> str:
    return told[:1].lower() + told[1:]


class _Reader:
    """Makes tables into what they mean, and keeps what is wrong with them."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.problems: list[Problem] = []

    def definition(self, read: _File) -> Definition:
        """Return what *read* means."""
        goals = {
            one.name: Goal(one.name, match)
            for key, one in self._named("goals", read.goals)
            if (match := self._tried(f"{key}.match", one.match, read_step)) is not None
        }
        stages = tuple(
            Stage(one.name, match)
            for key, one in self._named("stages", read.stages)
            if (match := self._tried(f"{key}.match", one.match, read_step)) is not None
        )
        funnels = {
            one.name: question
            for key, one in self._named("funnels", read.funnels)
            if (question := self._funnel(key, one, goals)) is not None
        }
        return Definition(goals, funnels, stages)

    def _named(self, table: str, entries: Iterable[_Named]) -> Iterator[tuple[str, _Named]]:
        """Yield entries and their keys; of two of one name the second is a problem."""
        names: set[str] = set()
        for number, one in enumerate(entries):
            name = one.model_dump()["name"]
            if name in names:
                self._problem(f"{table}.{number}.name", "another one has the same name")
            names.add(name)
            yield f"{table}.{number}", one

    def _funnel(
        self, key: str, table: _FunnelTable, goals: dict[str, Goal]
    ) -> FunnelQuestion | None:
        steps = [
            self._step(f"{key}.steps.{number}", step, goals)
            for number, step in enumerate(table.steps)
        ]
        known = tuple(step for step in steps if step is not None)
        if len(known) < len(steps):
            return None
        within = None if table.within_days is None else table.within_days * DAY
        return self._tried(
            f"{key}.steps",
            table.name,
            lambda name: FunnelQuestion(name, known, table.unit, table.mode, within),
        )

    def _step(self, key: str, step: str | _StepTable, goals: dict[str, Goal]) -> Step | None:
        if isinstance(step, str):
            match = self._tried(key, step, read_step)
            return None if match is None else Step(step, match)
        if step.goal is not None:
            if step.match is not None:
                self._problem(key, "a step has either a goal or match")
            elif step.goal in goals:
                goal = goals[step.goal]
                return Step(step.name or goal.name, goal.match)
            else:
                self._problem(f"{key}.goal", "no goal of that name is in this file")
            return None
        if step.match is None:
            self._problem(key, "a step has neither a goal nor match")
            return None
        found: Clauses | None = self._tried(f"{key}.match", step.match, read_step)
        return None if found is None else Step(step.name or step.match, found)

    def _tried(self, key: str, given: str, read: Callable[[str], _Read]) -> _Read | None:
        """Return what *read* makes of *given*; nothing if it is a problem."""
        try:
            return read(given)
        except InputError as error:
            self._problem(key, str(error))
            return None

    def _problem(self, key: str, message: str) -> None:
        self.problems.append(Problem(ID, self._file, key, message))
