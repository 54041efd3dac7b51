"""Plans and outcomes in plain words and as JSON; never a value of anybody. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from privacykit.cli.office import moment
from privacykit.govern.datamap import DataMap
from privacykit.govern.records import Action, Effect, Plan, PlanStep, Receipt, StepResult

_WORDS = {
    Action.EXPORT: "hand out",
    Action.DELETE: "delete",
    Action.CHANGE: "change",
    Action.DETACH: "detach",
    Action.KEEP: "leave",
    Action.RECTIFY: "correct",
    Action.RESTRICT: "mark",
}
_REASONS = {
    "shared": "somebody else's too",
    "accessed": "somebody else's, the person only sees them",
    "held": "a hold lies on them",
    "referenced": "rows that stay point at them",
    "no_mark": "the map names no mark",
    "objection": "objection",
}


def plan_lines(plan: Plan, datamap: DataMap) -> Iterator[str]:
    """Say what a plan will do, a line a step; steps without rows are summed up."""
    shown = [step for step in plan.steps if step.rows]
    width = max((len(f"{s.dataset}.{s.collection}") for s in shown), default=0)
    for step in shown:
        place = f"{step.dataset}.{step.collection}"
        rows = "1 row " if step.rows == 1 else f"{step.rows} rows"
        line = f"  {place:<{width}}  {_WORDS[step.action]:<8} {rows:>10}"
        yield (line + f"  {_why(step, datamap)}").rstrip()
    nothing = sum(1 for step in plan.steps if not step.rows and not step.justification)
    if nothing:
        yield f"  nothing in {nothing} other collections"
    effects = sorted({step.effect.value for step in shown if step.effect is not Effect.NONE})
    if effects:
        yield f"  level to reach: {', '.join(effects)}"
    if any(step.priced == "scan" for step in shown):
        yield "  some stores are read whole; several requests at once cost no more"
    for problem in plan.problems:
        yield f"  problem: {problem}"


def _why(step: PlanStep, datamap: DataMap) -> str:
    words = []
    if step.justification:
        reason = datamap.reasons.get(step.justification)
        words.append(
            reason.citation if reason else _REASONS.get(step.justification, step.justification)
        )
    if step.fields:
        words.append(", ".join(f"{name} → {strategy.value}" for name, strategy in step.fields))
    if step.held_rows and step.justification is None:
        words.append(f"{step.held_rows} held")
    return "; ".join(words)


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON: counts and codes."""
    found: dict[str, Any] = msgspec.to_builtins(plan)
    return found


def receipt_lines(receipt: Receipt) -> Iterator[str]:
    """Say what was done, a line a step that did something or could not."""
    shown = [result for result in receipt.steps if _worth_saying(result)]
    width = max((len(f"{r.dataset}.{r.collection}") for r in shown), default=0)
    for result in shown:
        yield f"  {result.dataset + '.' + result.collection:<{width}}  {_did(result)}"
        for line in dict.fromkeys(_open_ends(result)):
            yield f"    {line}"
    for line in dict.fromkeys(_remains(receipt.steps)):
        yield f"  note: {line}"
    for told in receipt.propagations:
        yield f"  {told.recipient}: {told.status}"
    request_id = receipt.subject_request_id
    yield receipt.status.value.replace("_", " ")
    yield f"request {request_id}; its receipt: privacykit request receipt {request_id}"


def _worth_saying(result: StepResult) -> bool:
    return bool(result.rows_matched or result.error or result.evidence.verify_query_count)


def _did(result: StepResult) -> str:
    word = _WORDS[result.action]
    parts = [f"{word:<8} {result.rows_changed + result.rows_retained:>6} of {result.rows_matched}"]
    if result.rows_gone:
        parts.append(f"{result.rows_gone} were so already")
    if result.rows_skipped:
        parts.append(f"{result.rows_skipped} skipped: changed since the plan")
    if result.effect is not Effect.NONE:
        parts.append(result.effect.value)
    if result.justification:
        parts.append(_REASONS.get(result.justification, result.justification))
    if result.error:
        parts.append(f"failed: {result.error}")
    return ", ".join(parts)


def _open_ends(result: StepResult) -> Iterator[str]:
    if result.evidence.verify_query_count:
        yield from (line for line in result.evidence.remains if "hold a value" in line)


def _remains(results: Sequence[StepResult]) -> Iterator[str]:
    for result in results:
        yield from (line for line in result.evidence.remains if "hold a value" not in line)


def good_until(plan: Plan) -> str:
    """Say how long a plan may wait."""
    return f"plan {plan.plan_id}, good until {moment(plan.expires_at)} UTC"
