"""
``privacykit policy``: the law as data, listed, shown, checked, compared and dated.

Reads policy files; writes to standard output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from privacykit.cli import policy_words as words
from privacykit.cli.console import JSON, Exit, say, say_json, stop
from privacykit.collect.trial import try_case
from privacykit.errors import PolicyError, Problem
from privacykit.policy.calendar import calendar
from privacykit.policy.difference import differences
from privacykit.policy.lint import lint
from privacykit.policy.model import Policy
from privacykit.policy.override import put_over
from privacykit.policy.parse import Parsed, policy_schema
from privacykit.policy.place import normalise_place
from privacykit.policy.policyset import PolicySet
from privacykit.policy.words import Follows, GpcStatus, Kind
from privacykit.settings.policies import (
    load_policies,
    read_directory,
    shipped_directory,
    shipped_policies,
)

OWN = Annotated[
    list[Path] | None,
    typer.Option("--policies", metavar="DIR", help="Policies of your own, over ours."),
]
ON = Annotated[
    str | None, typer.Option("--date", metavar="DATE", help="The day to ask for; today if absent.")
]
DIRECTORY = Annotated[
    Path | None, typer.Argument(metavar="[DIR]", help="A directory of policies; ours if absent.")
]

group = typer.Typer(name="policy", no_args_is_help=True, help="The law as data.")


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    app.add_typer(group)


@group.command("list")
def list_policies(
    *,
    kind: Annotated[Kind | None, typer.Option(help="Only this kind of entry.")] = None,
    follows: Annotated[Follows | None, typer.Option(help="Only laws that follow this.")] = None,
    gpc: Annotated[GpcStatus | None, typer.Option(help="Only this duty, on the day.")] = None,
    place: Annotated[str | None, typer.Option(help="Only what covers this code.")] = None,
    find: Annotated[str | None, typer.Option(help="Only names and titles with this text.")] = None,
    on: ON = None,
    policies: OWN = None,
    json: JSON = False,
) -> None:
    """List the policies, one line each, as they stand on a day."""
    law, day = _law(policies), _day(on)
    chosen: list[Callable[[Policy], bool]] = []
    if kind is not None:
        chosen.append(lambda policy: policy.kind is kind)
    if follows is not None:
        chosen.append(lambda policy: follows in policy.follows)
    if gpc is not None:
        chosen.append(lambda policy: words.gpc_on(policy, day) is gpc)
    if place is not None:
        chosen.append(lambda policy: normalise_place(place) in policy.places)
    if find is not None:
        chosen.append(lambda policy: find.lower() in words.searchable(policy))
    rows = [words.row(p, day) for p in law if all(test(p) for test in chosen)]
    if json:
        say_json(rows)
    else:
        _say_all(words.table(rows))


@group.command("show")
def show(
    policy_id: Annotated[str, typer.Argument(metavar="ID", help="Such as FR or US-CA.")],
    *,
    on: ON = None,
    whole: Annotated[
        bool, typer.Option("--all", help="Deadlines, records and the rest too.")
    ] = False,
    policies: OWN = None,
    json: JSON = False,
) -> None:
    """Show what one policy asks on a day, clause by clause, inherited ones included."""
    law, day = _law(policies), _day(on)
    policy = law.get(policy_id)
    if policy is None:
        stop(Exit.MISUSE, "there is no such policy: see privacykit policy list")
    if json:
        say_json(words.as_data(policy, day))
    else:
        _say_all(words.page(policy, day, whole=whole))


@group.command("lint")
def lint_files(directory: DIRECTORY = None, *, json: JSON = False) -> None:
    """Check policy files: form, citations, dates, places, amendments, cases."""
    target = directory or shipped_directory()
    problems = _problems(target)
    if json:
        say_json([_problem(problem) for problem in problems])
    else:
        _say_all(str(problem) for problem in problems)
        say(f"{len(problems)} problems in {target}")
    if problems:
        stop(Exit.FOUND)


@group.command("test")
def try_files(directory: DIRECTORY = None, *, json: JSON = False) -> None:
    """Try the cases that policy files carry."""
    target = directory or shipped_directory()
    parsed = read_directory(target, with_cases=True)
    law = PolicySet.from_policies(put_over(_under(parsed), [one.policy for one in parsed]).values())
    today = _day(None)
    trials = [try_case(case, one.policy.id, law, today) for one in parsed for case in one.cases]
    failed = [trial for trial in trials if not trial.passed]
    if json:
        say_json({"tried": len(trials), "failed": failed})
    else:
        for trial in failed:
            say(f"{trial.policy}: {trial.says}")
            say(f"    expected {trial.expected}")
            say(f"    answered {trial.answered}")
        say(f"{len(trials)} cases of {len(parsed)} policies tried, {len(failed)} failed")
    if failed:
        stop(Exit.FOUND)


@group.command("diff")
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A directory of policies.")],
    new: Annotated[
        Path | None, typer.Argument(metavar="[NEW]", help="Another; ours if absent.")
    ] = None,
    *,
    json: JSON = False,
) -> None:
    """Say what changed between two directories: which clause, for whom, from when."""
    changes = list(differences(_written(old), _written(new or shipped_directory())))
    if json:
        say_json(changes)
    else:
        for change in changes:
            _say_all(words.change(change))
        say(f"{len(changes)} changes, {sum(c.looser for c in changes)} of them looser")
    if changes:
        stop(Exit.FOUND)


@group.command("calendar")
def show_calendar(
    *,
    since: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day; today if absent.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Last day.")] = None,
    policies: OWN = None,
    json: JSON = False,
) -> None:
    """List what changes when, from the policies' own dates."""
    first, last = _day(since), _day(until) if until else date.max
    entries = [entry for entry in calendar(_law(policies)) if first <= entry.on <= last]
    if json:
        say_json(entries)
    else:
        _say_all(words.day(entry) for entry in entries)


@group.command("schema")
def schema() -> None:
    """Print the JSON Schema of a policy file, for editors."""
    say_json(policy_schema())


def _law(directories: list[Path] | None) -> PolicySet:
    return load_policies(directories) if directories else shipped_policies()


def _written(directory: Path) -> dict[str, Policy]:
    """Read a directory as written, over ours unless it stands alone."""
    own = read_directory(directory)
    return put_over(_under(own), [one.policy for one in own])


def _under(parsed: list[Parsed]) -> dict[str, Policy]:
    """Return what *parsed* files lie over: ours, or nothing if they bring a fallback."""
    if any(one.policy.kind is Kind.FALLBACK for one in parsed):
        return {}
    return {one.policy.id: one.policy for one in read_directory(shipped_directory())}


def _problems(directory: Path) -> tuple[Problem, ...]:
    """Collect what parsing, linting and putting together find."""
    try:
        parsed = read_directory(directory, with_cases=True)
    except PolicyError as error:
        return error.problems
    known = _under(parsed)
    problems = lint(parsed, known=known.values())
    try:
        PolicySet.from_policies(put_over(known, [one.policy for one in parsed]).values())
    except PolicyError as error:
        problems.extend(error.problems)
    return tuple(problems)


def _problem(problem: Problem) -> dict[str, str]:
    names = ("id", "file", "key", "message", "hint")
    return {name: getattr(problem, name) for name in names}


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now().astimezone().date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        stop(Exit.MISUSE, "not a date: write 2026-12-01")


def _say_all(lines: Iterable[str]) -> None:
    for line in lines:
        say(line)
