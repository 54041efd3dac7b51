"""
``privacykit policy``: the law as data, listed, shown, checked, compared and dated.

Reads policy files; writes to standard output.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from privacykit.cli.findings import FORMAT, Findings, Format, format_of, say_findings
from privacykit.cli.policy.ahead import impact, show_calendar
from privacykit.cli.policy.breach import breach
from privacykit.cli.policy.files import DIRECTORY, ON, OWN, day_of, law_of, say_all, under, written
from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import JSON, Exit, say, say_json, stop
from privacykit.errors import PolicyError, Problem
from privacykit.policy.model import Policy
from privacykit.policy.place import normalise_place
from privacykit.policy.words import Confidence, Follows, GpcStatus, Kind


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    add(group, "list", list_policies, "privacykit policy list --gpc mandatory")
    add(group, "show", show, "privacykit policy show US-CA")
    add(group, "lint", lint_files, "privacykit policy lint policies")
    add(group, "test", try_files, "privacykit policy test")
    add(group, "diff", diff, "privacykit policy diff policies-old policies")
    add(group, "impact", impact, "privacykit policy impact 2026-11-28 2026-12-01")
    add(group, "calendar", show_calendar, "privacykit policy calendar --config privacykit.toml")
    add(
        group,
        "breach",
        breach,
        "privacykit policy breach --place DE --place US-TX --noticed 2026-11-28T09:30",
    )
    add(group, "sources", show_sources, "privacykit policy sources --confidence unsure")
    add(group, "schema", schema, "privacykit policy schema")
    app.add_typer(group, name="policy")


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
    from privacykit.cli.policy import render as words

    law, day = law_of(policies), day_of(on)
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
        say_all(words.table(rows))


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
    from privacykit.cli.policy import render as words

    law, day = law_of(policies), day_of(on)
    policy = law.get(policy_id)
    if policy is None:
        stop(Exit.MISUSE, "there is no such policy: see privacykit policy list")
    if json:
        say_json(words.as_data(policy, day))
    else:
        say_all(words.page(policy, day, whole=whole))


def lint_files(
    directory: DIRECTORY = None, *, shown: FORMAT = Format.TEXT, json: JSON = False
) -> None:
    """Check policy files: form, citations, dates, places, amendments, cases."""
    from privacykit.settings.located import with_places
    from privacykit.settings.policies import shipped_directory

    target = directory or shipped_directory()
    problems = with_places(_problems(target), "", [target])
    found = Findings("privacykit policy lint", problems, (), target)
    lines = [*map(str, problems), f"{len(problems)} problems in {target}"]
    say_findings(found, format_of(shown, as_json=json), lines=lines, document=problems)
    if problems:
        stop(Exit.FOUND)


def try_files(directory: DIRECTORY = None, *, json: JSON = False) -> None:
    """Try the cases that policy files carry."""
    from privacykit.decide.policy_cases import check_case
    from privacykit.policy.override import put_over
    from privacykit.policy.policyset import PolicySet
    from privacykit.settings.policies import read_directory, shipped_directory

    target = directory or shipped_directory()
    parsed = read_directory(target, with_cases=True)
    law = PolicySet.from_policies(put_over(under(parsed), [one.policy for one in parsed]).values())
    today = day_of(None)
    trials = [check_case(case, one.policy.id, law, today) for one in parsed for case in one.cases]
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


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A directory of policies.")],
    new: Annotated[
        Path | None, typer.Argument(metavar="[NEW]", help="Another; ours if absent.")
    ] = None,
    *,
    json: JSON = False,
) -> None:
    """Say what changed between two directories: which clause, for whom, from when."""
    from privacykit.cli.policy import render as words
    from privacykit.policy.review.difference import differences
    from privacykit.settings.policies import shipped_directory

    changes = list(differences(written(old), written(new or shipped_directory())))
    if json:
        say_json(changes)
    else:
        for change in changes:
            say_all(words.change(change))
        say(f"{len(changes)} changes, {sum(c.looser for c in changes)} of them looser")
    if changes:
        stop(Exit.FOUND)


def show_sources(
    directory: DIRECTORY = None,
    *,
    confidence: Annotated[
        list[Confidence] | None, typer.Option(help="Only these; may repeat.")
    ] = None,
    policy: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only these; may repeat.")
    ] = None,
    first: Annotated[int | None, typer.Option(min=0, help="Only so many; all if absent.")] = None,
    json: JSON = False,
) -> None:
    """
    List what to read next: clauses whose words nobody read, then those read longest ago.

    Of these the ones that decide most come first: rules, ages and signals, then periods and
    bounds, then prose.
    """
    from privacykit.cli.policy import render as words
    from privacykit.policy.review.sources import sources
    from privacykit.settings.policies import read_directory, shipped_directory

    parsed = read_directory(directory or shipped_directory())
    found = [
        one
        for one in sources(each.policy for each in parsed)
        if (not confidence or one.confidence in confidence) and (not policy or one.policy in policy)
    ]
    shown = found[:first]
    if json:
        say_json(words.source_rows(shown))
    else:
        say_all(words.sources(found, shown))


def schema() -> None:
    """Print the JSON Schema of a policy file, for editors."""
    from privacykit.policy.parse import policy_schema

    say_json(policy_schema())


def _problems(directory: Path) -> tuple[Problem, ...]:
    """Collect what parsing, linting and putting together find."""
    from privacykit.policy.override import put_over
    from privacykit.policy.policyset import PolicySet
    from privacykit.policy.review.lint import lint
    from privacykit.settings.policies import read_directory

    try:
        parsed = read_directory(directory, with_cases=True)
    except PolicyError as error:
        return error.problems
    known = under(parsed)
    problems = lint(parsed, known=known.values())
    try:
        PolicySet.from_policies(put_over(known, [one.policy for one in parsed]).values())
    except PolicyError as error:
        problems.extend(error.problems)
    return tuple(problems)
