"""Anonymisation plans and runs in words and as data; never a value. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from privacykit.cli.terminal.words import hanging, many, moment, red, short

if TYPE_CHECKING:
    from privacykit.govern.anonymise.model import AnonymisePlan, AnonymiseProgress, StepProgress
    from privacykit.operate.anonymise.planning import PlannedCollection

_MEBIBYTE = 1 << 20
_MINUTE, _HOUR = 60, 3600
DONE = "done"


def plan_lines(plan: AnonymisePlan, seen: Sequence[PlannedCollection]) -> Iterator[str]:
    """Give the lines that show a plan: what becomes of which field, and what stays and why."""
    yield from (f"  {words}" for words in plan.policy)
    for step in plan.steps:
        held = f", {step.held} held" if step.held else ""
        yield f"{step.name}: {many(step.rows, 'row')}{held}, {about(step.seconds)}"
        share = f"{step.changing} of the first {step.looked_at} would change"
        yield from hanging("  ", f"{share}; {_fields(step.fields)}")
    for planned in seen:
        for field in planned.fields:
            if field.treatment is None:
                where = f"{planned.dataset}.{planned.collection}.{field.field}"
                yield from hanging(f"  {where} stays: ", field.why, 4)
    for log in plan.logs:
        yield f"{log.path}: {log.size / _MEBIBYTE:.1f} MiB"
    yield f"carry it out within seven days: privacykit anonymise run {short(plan.plan_id)} \\"
    yield f"    --digest {plan.digest}"


def plan_data(plan: AnonymisePlan, seen: Sequence[PlannedCollection]) -> dict[str, Any]:
    """Return a plan as plain data."""
    left = [
        {"field": f"{p.dataset}.{p.collection}.{field.field}", "why": field.why}
        for p in seen
        for field in p.fields
        if field.treatment is None
    ]
    told: dict[str, Any] = msgspec.to_builtins(plan)
    return told | {"digest": plan.digest, "left_alone": left}


def progress_lines(
    plan: AnonymisePlan, progress: AnonymiseProgress, remains: Sequence[str]
) -> Iterator[str]:
    """Give the lines that show how a run went."""
    for step in plan.steps:
        reached = progress.steps.get(step.name)
        yield f"{step.name}: {_reached(reached)}"
    for path, outcome in progress.logs.items():
        yield f"{path}: treated" if outcome == DONE else red(outcome)
    for words in remains:
        yield from hanging("the values of before may remain: ", words, 4)


def progress_data(
    plan: AnonymisePlan, progress: AnonymiseProgress, remains: Sequence[str]
) -> dict[str, Any]:
    """Return how a run went as plain data; the place it reached is a key, and left out."""
    steps = {
        name: {key: value for key, value in msgspec.to_builtins(step).items() if key != "after"}
        for name, step in progress.steps.items()
    }
    return {
        "plan_id": plan.plan_id,
        "digest": plan.digest,
        "made_at": plan.made_at,
        "started_at": progress.started_at,
        "finished_at": progress.finished_at,
        "steps": steps,
        "logs": progress.logs,
        "remains": list(remains),
    }


def list_line(plan: AnonymisePlan, progress: AnonymiseProgress) -> str:
    """Return a plan and how far it got in one line."""
    what = many(len(plan.steps), "collection")
    what += f", {many(len(plan.logs), 'log file')}" if plan.logs else ""
    if progress.finished_at is not None:
        state = f"finished {moment(progress.finished_at)} UTC"
    elif progress.started_at is not None:
        done = sum(step.rows for step in progress.steps.values())
        state = f"begun, {done} rows done: run it again with --digest {plan.digest}"
    else:
        state = f"not begun, until {moment(plan.expires_at)} UTC --digest {plan.digest}"
    return f"{short(plan.plan_id)}  {moment(plan.made_at)} UTC  {what}  {state}"


def about(seconds: float) -> str:
    """Return about how long something takes."""
    if seconds < _MINUTE:
        return f"about {max(round(seconds), 1)} s"
    if seconds < _HOUR:
        return f"about {round(seconds / _MINUTE)} min"
    return f"about {seconds / _HOUR:.1f} h"


def _fields(fields: dict[str, Any]) -> str:
    return ", ".join(f"{name} ({treatment})" for name, treatment in fields.items())


def _reached(reached: StepProgress | None) -> str:
    if reached is None:
        return "not begun"
    words = f"{many(reached.rows, 'row')}, {reached.changed} changed, {reached.held} held"
    if reached.unreadable:
        words += red(f", {reached.unreadable} could not be read and stay as they are")
    if reached.left:
        words += red(f", {reached.left} finer than the policy are left: make another plan")
    elif reached.left == 0:
        words += "; read again, nothing finer than the policy is left"
    return words
