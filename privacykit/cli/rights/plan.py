"""Plans and outcomes in plain words and as JSON; never a value of anybody. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from privacykit.cli.terminal.words import many, short
from privacykit.govern.identity.types import EMAIL
from privacykit.govern.planned import Plan, PlanStep
from privacykit.govern.records import STANDS_YET, Action, Effect, Propagation, Receipt, StepResult

if TYPE_CHECKING:
    from privacykit.govern.datamap import DataMap
    from privacykit.govern.requests.rights import LeastKept
    from privacykit.operate.backends.outlook import EventsOutlook

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
    "shared_kept": "somebody else's too, and a law keeps what ties them to the person",
    "accessed": "somebody else's, the person only sees them",
    "accessed_kept": "somebody else's, and a law keeps what names them",
    "named": "the person's, in somebody else's care: what names them goes, the row stays",
    "held": "a hold lies on them",
    "unconfirmed": "maybe somebody else's",
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
        rows = f"{many(step.rows, 'row'):<{len(str(step.rows)) + 5}}"
        line = f"  {place:<{width}}  {_WORDS[step.action]:<8} {rows:>10}"
        yield (line + f"  {_why(step, datamap)}").rstrip()
    nothing = sum(1 for step in plan.steps if not step.rows and not step.justification)
    if nothing:
        other = "other " if shown else ""
        yield f"  nothing in {many(nothing, f'{other}collection')}"
    effects = sorted({step.effect.value for step in shown if step.effect is not Effect.NONE})
    if effects:
        yield f"  level to reach: {', '.join(effects)}"
    if any(step.cost_model == "scan" for step in shown):
        yield "  some stores are read whole; several requests at once cost no more"
    yield from problem_lines(plan)


def events_lines(events: EventsOutlook) -> Iterator[str]:
    """Say what becomes of a person's events, in our own stores and at each sink."""
    for number, where in ((events.waiting, "the outbox"), (events.stored, "our event store")):
        if number:
            yield f"  {many(number, 'event')} in {where} {'goes' if number == 1 else 'go'}"
    if events.choices:
        yield f"  what was chosen while signed in goes, at {many(events.choices, 'site')}"
    for sink in events.sinks:
        if sink.status == "asked":
            level = "it only takes the order" if sink.level == "none" else sink.level
            ids = many(sink.ids, "id")
            yield f"  {sink.recipient}: will be asked to delete {ids}; level to reach: {level}"
        elif sink.status == "unable":
            yield f"  {sink.recipient}: cannot be asked to delete ({sink.why})"


def problem_lines(plan: Plan) -> Iterator[str]:
    """Say what was left and why, then what needs a yes."""
    for note in plan.notes:
        yield f"  note: {note}"
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
    if 0 < step.tried < step.rows:
        words.append(f"{step.tried} of them tried")
    if step.held_rows and step.justification is None:
        words.append(f"{step.held_rows} held")
    return "; ".join(words)


def unknown_person(plan: Plan, datamap: DataMap, asked: Collection[str]) -> str:
    """
    Return what to try when nobody was found; empty where somebody was.

    Args:
        plan: What was found.
        datamap: How addresses are compared.
        asked: By which types of identities.
    """
    if any(step.rows for step in plan.steps):
        return ""
    exact = sorted(
        f"{dataset}.{collection}.{name}"
        for dataset, collections in datamap.collections.items()
        for collection, mapped in collections.items()
        for name, field in mapped.fields.items()
        if field.identity == EMAIL and field.match == "exact"
    )
    hint = "nobody is known by this: check the spelling, and try what else names the person"
    if exact and EMAIL in asked:
        hint += (
            f"; capitals count in {', '.join(exact)}"
            ' (match = "ignore-case" in the data map makes them one)'
        )
    return hint


def least_kept(law: LeastKept) -> str:
    """Say what a law wants kept, and that only the data map keeps anything."""
    return (
        f"the law of {law.law} wants data about processing kept for at least {law.months} months"
        f" ({law.citation}): nothing is kept for that by itself; name it as a reason to keep in"
        " the data map"
    )


def result_lines(results: Sequence[StepResult]) -> Iterator[str]:
    """Say what was done, a line a step that did something or could not; then what is left."""
    shown = [result for result in results if _worth_saying(result)]
    width = max((len(f"{r.dataset}.{r.collection}") for r in shown), default=0)
    for result in shown:
        yield f"  {result.dataset + '.' + result.collection:<{width}}  {_did(result)}"
        for line in dict.fromkeys(_open_ends(result)):
            yield f"    {line}"
    for line in dict.fromkeys(_remains(results)):
        yield f"  note: {line}"


def receipt_lines(receipt: Receipt) -> Iterator[str]:
    """Say what was done and who was told."""
    yield from result_lines(receipt.steps)
    if receipt.earlier:
        yield "  done before:"
        yield from result_lines(receipt.earlier)
    for told in receipt.propagations:
        yield f"  {told.recipient}: {_told(told)}"
    yield receipt.status.value.replace("_", " ")
    yield f"the signed receipt: privacykit request receipt {short(receipt.subject_request_id)}"


def _told(told: Propagation) -> str:
    """Say how a recipient answered, and to what level a sink's other end has deleted."""
    why = f" ({told.evidence})" if told.evidence else ""
    if told.status == "pending":
        return "has not answered yet; `privacykit request send` tries again" + why
    if told.status == "nothing_sent":
        return "nothing was sent there"
    if told.status == "unable":
        return f"cannot be asked to delete{why}: see to it by hand, or wait for its own retention"
    level = "" if told.effect is Effect.NONE else f", {told.effect.value}"
    return told.status + level + why


def _worth_saying(result: StepResult) -> bool:
    return bool(result.rows_matched or result.error or result.evidence.verify_query_count)


def _did(result: StepResult) -> str:
    done = result.rows_changed + result.rows_retained
    amount = f"{done:>6} of {result.rows_matched}" if result.rows_matched else "no row"
    parts = [f"{_WORDS[result.action]:<8} {amount}"]
    if result.rows_gone:
        parts.append(f"{result.rows_gone} were so already")
    if result.rows_skipped:
        parts.append(f"{result.rows_skipped} skipped: changed since the plan")
    if result.rows_let_go:
        parts.append(f"{many(result.rows_let_go, 'other row')} let go of them")
    if result.effect is not Effect.NONE:
        parts.append(result.effect.value)
    if result.justification:
        parts.append(_REASONS.get(result.justification, result.justification))
    if result.error:
        parts.append(f"failed: {result.error}")
    return ", ".join(parts)


def _open_ends(result: StepResult) -> Iterator[str]:
    if result.evidence.verify_query_count:
        yield from (line for line in result.evidence.remains if STANDS_YET in line)


def _remains(results: Sequence[StepResult]) -> Iterator[str]:
    for result in results:
        yield from (line for line in result.evidence.remains if STANDS_YET not in line)
