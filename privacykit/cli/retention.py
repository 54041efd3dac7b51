"""``privacykit retention``: what we may no longer keep. Reads and changes stores."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import CONFIG, JSON, Exit, say, say_json, stop, warn
from privacykit.cli.terminal.opened import opened
from privacykit.cli.terminal.options import OPERATOR
from privacykit.cli.terminal.words import moment, red
from privacykit.errors import StoreError
from privacykit.settings.paths import DEFAULT_FILE

if TYPE_CHECKING:
    from privacykit.govern.retention.rules import RetentionStep, RetentionTask
    from privacykit.govern.retention.run import RetentionResult
    from privacykit.operate.context import OperatorContext
    from privacykit.operate.retention import KeptFigures, RetentionService


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    add(group, "plan", plan, "privacykit retention plan")
    add(group, "run", run, "privacykit retention run")
    add(group, "status", status, "privacykit retention status")
    app.add_typer(group, name="retention")


def plan(config: CONFIG = DEFAULT_FILE, as_json: JSON = False) -> None:
    """
    Show what each rule would remove now, how, and what stays; nothing is changed.

    Ends with 1 when a law ends what the data map keeps for ever.
    """
    import msgspec

    from privacykit.cli.report.kept import keeper_of
    from privacykit.operate.retention import RetentionService

    with opened(config, look=True) as context:
        ending = RetentionService(context)
        steps = list(ending.plan())
        missing = ending.uncovered()
        keeper, now = keeper_of(config, context.settings), context.clock()
    figures = [] if keeper is None else keeper.plan(now)
    if as_json:
        told = [msgspec.to_builtins(step) | _said(rule) for rule, step in steps]
        say_json({"steps": told, "uncovered": missing, "figures": figures})
    else:
        for one in figures:
            say(_figures(one, "to be kept before events go"))
        for rule, step in steps:
            say(_line(rule, step))
        for item in missing:
            where = f"{item.dataset}.{item.collection}"
            law = item.policy.partition("@")[0]
            say(red(f"{where}: no rule ends {item.purpose}, and {law} caps it at {item.days} days"))
        if not steps:
            say("no retention rules: of your own data nothing is mapped to end")
    if missing:
        stop(Exit.FOUND)


def run(
    confirm: Annotated[
        list[str] | None,
        typer.Option("--confirm", metavar="RULE", help="Let this rule destroy, from now on."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Let every rule destroy.")] = False,
    rows: Annotated[int | None, typer.Option("--rows", min=1, help="At most so many.")] = None,
    seconds: Annotated[float | None, typer.Option("--seconds", help="At most so long.")] = None,
    pause: Annotated[
        float, typer.Option("--pause", min=0.0, help="Seconds of rest per second of work.")
    ] = 0.5,
    operator: OPERATOR = "",
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """
    Remove what is over; safe to interrupt, to repeat, and to run on several hosts at once.

    A rule destroys nothing before somebody confirmed it once; a changed rule is another rule. Ends
    with 0 when all is done, 3 when rows are left for the next run, 1 when a rule is unconfirmed,
    failed, or more becomes due than is removed.
    """
    import msgspec

    from privacykit.cli.report.kept import keeper_of
    from privacykit.govern.retention.run import Limits
    from privacykit.operate.consent.records import seal_consents
    from privacykit.operate.own.proofs import end_consents
    from privacykit.operate.retention import RetentionService

    with opened(config, changes=True) as context:
        ending, actor = RetentionService(context), context.operator(operator)
        _confirm(context, ending, confirm or [], actor, everything=yes)
        done: list[tuple[RetentionTask, RetentionResult]] = []
        failed, events, consents = "", None, 0
        figures: list[KeptFigures] = []
        try:
            for rule, ran in ending.run(Limits(rows, seconds, pause), _progress):
                done.append((rule, ran))
                ending.audit(context, rule, ran, actor)
            consents = end_consents(context, actor)
            seal_consents(context, actor)
            events, figures = ending.events(keeper_of(config, context.settings))
            ending.audit_figures(context, figures, actor)
        except StoreError as error:
            failed = str(error)
        _done()
    if as_json:
        told = [msgspec.to_builtins(ran) | _said(rule) for rule, ran in done]
        say_json(
            {
                "rules": told,
                "events": events,
                "figures": figures,
                "consents": consents,
                "failed": failed,
            }
        )
    else:
        for rule, ran in done:
            say(_result(rule, ran))
        for one in figures:
            say(_figures(one, "kept"))
        if events and (events.periods or events.rows):
            what = f"{len(events.periods)} months dropped, {events.rows} rows deleted"
            say(f"our own events: {what}, {events.held} held")
        if consents:
            say(f"proofs of consent: {consents} deleted")
        if failed:
            warn(failed)
    _stop([ran for _, ran in done], failed)


def status(config: CONFIG = DEFAULT_FILE, as_json: JSON = False) -> None:
    """
    Say when each rule last ran, what it left over, and whether it keeps up.

    Ends with 1 when a rule was never confirmed, did not finish, or falls behind.
    """
    import msgspec

    from privacykit.operate.retention import RetentionService

    with opened(config, look=True) as context:
        found = [
            (rule, context.retention.load(rule.fingerprint()))
            for rule in RetentionService(context).rules()
        ]
    wrong = False
    for rule, progress in found:
        unfinished = progress.started_at > 0 and progress.finished_at is None
        bad = not progress.confirmed_by or unfinished or progress.falling_behind
        wrong = wrong or bad
        if as_json:
            continue
        words = f"last run {moment(progress.finished_at)} UTC, {progress.rows} rows"
        words += f" in {progress.seconds:.1f} s, {progress.backlog} left, {progress.total} in all"
        if not progress.confirmed_by:
            words = f"never confirmed: `privacykit retention run --confirm {rule.fingerprint()}`"
        elif unfinished:
            words = f"began {moment(progress.started_at)} UTC and did not finish; run it again"
        elif progress.falling_behind:
            words += ", FALLING BEHIND: more becomes due than is removed"
        line = f"{rule.name}  {rule.then.value} after {rule.duration}: {words}"
        say(red(line) if bad else line)
    if as_json:
        say_json(
            [
                msgspec.to_builtins(progress)
                | _said(rule)
                | {"falling_behind": progress.falling_behind}
                for rule, progress in found
            ]
        )
    if wrong:
        stop(Exit.FOUND)


def _confirm(
    context: OperatorContext,
    ending: RetentionService,
    wanted: list[str],
    actor: str,
    *,
    everything: bool,
) -> None:
    now = context.clock()
    for rule in ending.rules():
        print_ = rule.fingerprint()
        if context.retention.load(print_).confirmed_by:
            continue
        agreed = everything or print_ in wanted
        if not agreed and sys.stdin.isatty():
            due = ending.purger(rule).due(rule, context.holds.standing(), now)
            agreed = typer.confirm(
                f"{rule.name}: {rule.then.value} {due.removable} rows older than {rule.duration}, "
                "now and at every later run?",
                default=False,
            )
        if agreed:
            context.retention.confirm(print_, actor=actor, at=now, rule=rule.name)


def _stop(done: list[RetentionResult], failed: str) -> None:
    if failed or any(ran.outcome == "unconfirmed" and ran.left for ran in done):
        stop(Exit.FOUND)
    if any(ran.falling_behind for ran in done):
        stop(Exit.FOUND, "more becomes due than is removed: run it more often, or longer")
    if any(ran.outcome in {"ceiling", "busy", "leased"} for ran in done):
        stop(Exit.PARTLY)


def _said(rule: RetentionTask) -> dict[str, Any]:
    return {
        "rule": rule.name,
        "fingerprint": rule.fingerprint(),
        "duration": rule.duration,
        "policy": rule.policy,
    }


def _line(rule: RetentionTask, step: RetentionStep) -> str:
    how = f"drops {len(step.parts)} partitions, then batches" if step.parts else "in batches"
    stays = f", {step.held} held, {step.kept} kept" if step.held or step.kept else ""
    law = f" ({rule.policy.partition('@')[0]})" if rule.policy else ""
    new = "" if step.confirmed else f"  not confirmed yet: --confirm {step.fingerprint}"
    over = f"{step.rows} rows before {moment(step.cutoff)} UTC"
    return f"{rule.name}  {step.then.value} after {rule.duration}{law}: {over}{stays}, {how}{new}"


def _result(rule: RetentionTask, ran: RetentionResult) -> str:
    if ran.outcome == "unconfirmed":
        again = f"`privacykit retention run --confirm {rule.fingerprint()}`"
        return red(f"{rule.name}: {ran.left} rows are over; confirm the rule once: {again}")
    if ran.outcome == "leased":
        return f"{rule.name}: another host is at it"
    dropped = f"{len(ran.parts)} partitions dropped (about {ran.part_rows} rows), "
    words = (dropped if ran.parts else "") + f"{ran.rows} rows in {ran.batches} batches"
    words += f", the longest {ran.longest * 1000:.0f} ms"
    stays = f", {ran.held} held, {ran.kept} kept" if ran.held or ran.kept else ""
    left = f", {ran.left} left ({ran.outcome})" if ran.outcome != "done" else ""
    return f"{rule.name}: {words}{stays}{left}"


def _figures(one: KeptFigures, what: str) -> str:
    became = f"not kept ({one.reason})" if one.reason else what
    return f"figures of {one.report}, {one.site}, {one.first} to {one.last}: {became}"


def _progress(rule: RetentionTask, done: int, due: int) -> None:
    if sys.stderr.isatty():
        share = min(done / due, 1.0) if due else 1.0
        sys.stderr.write(f"\r{rule.name}  {'#' * int(share * 30):<30}  {done} of about {due}")


def _done() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
