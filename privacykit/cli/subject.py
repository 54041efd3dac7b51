"""``privacykit subject``: find, export, erase, correct, restrict. Reads and changes every store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.rights import corrections
from privacykit.cli.rights.corrections import Written
from privacykit.cli.rights.person import PersonOptions, check_purposes, check_types, place
from privacykit.cli.rights.plan import plan_lines, unknown_person
from privacykit.cli.rights.rights import (
    agreed,
    check_approved,
    check_ready,
    draft,
    shown_before,
    tell,
)
from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import Exit, say, say_json, stop, warn
from privacykit.cli.terminal.opened import working
from privacykit.cli.terminal.options import (
    ACCEPT_PROBLEMS,
    CHANGES,
    PURPOSE,
    Acting,
    Execution,
    Filing,
    Reading,
    Sealing,
)
from privacykit.errors import InputError
from privacykit.govern.records import RequestType

if TYPE_CHECKING:
    from privacykit.govern.records import Identity
    from privacykit.operate.context import OperatorContext

_COMMANDS = {
    RequestType.ERASURE: "erase",
    RequestType.RECTIFICATION: "rectify",
    RequestType.RESTRICTION: "restrict",
    RequestType.OBJECTION: "object",
}


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    person = "--email anna@shop.example"
    add(group, "find", find, f"privacykit subject find {person}")
    add(group, "export", export, f"privacykit subject export {person} -o a.zip --proof logged_in")
    add(group, "erase", erase, f"privacykit subject erase {person}")
    change = "--set shop.customers.name=Anne"
    add(group, "rectify", rectify, f"privacykit subject rectify {person} {change}")
    add(group, "restrict", restrict, f"privacykit subject restrict {person}")
    add(group, "object", object_to, f"privacykit subject object {person} --purpose ads")
    app.add_typer(group, name="subject")


def find(person: PersonOptions, reading: Reading) -> None:
    """Say how many rows about a person are where, and whose else they are; shows no value."""
    from privacykit.stores.database.looking import open_in_memory
    from privacykit.stores.records.plans import SqlPlans

    with working(reading.config, changes=False, what="finding", look=True) as context:
        context.plans = SqlPlans(open_in_memory())  # it shows a plan that nobody carries out
        people = _people(person, context)
        plan = draft(context, RequestType.ERASURE, people)
        if reading.as_json:
            say_json(plan)
        else:
            for line in plan_lines(plan, context.datamap):
                say(line)
        hint = unknown_person(plan, context.datamap, {it.type for it in people})
    if hint:
        warn(hint)
    if plan.problems:
        stop(Exit.FOUND)


def export(
    person: PersonOptions,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
    sealing: Sealing,
    filing: Filing,
    acting: Acting,
    *,
    portability: Annotated[
        bool, typer.Option("--portability", help="Only what was provided or observed (Art. 20).")
    ] = False,
    accept_problems: ACCEPT_PROBLEMS = "",
) -> None:
    """
    Write everything about a person into one package: JSON lines, CSV and pages to read.

    Raises:
        InputError: Nobody is named, the proof is too weak, or the package cannot be written or
            sealed so; nothing is filed then.
        PlanError: Rows of a second person are reached.
    """
    from privacykit.export import check_package
    from privacykit.operate.fulfil import Fulfilment
    from privacykit.operate.intake import RequestIntake

    if output.exists():
        raise InputError("the file is there already")
    word = sealing.passphrase()
    check_package(output, sealing.age or (), word)
    kind = RequestType.PORTABILITY if portability else RequestType.ACCESS
    with working(acting.config, changes=True, what="exporting") as context:
        people = _people(person, context)
        actor = context.operator(acting.operator)
        intake = RequestIntake(context, actor, proof=filing.proof, place=place(filing.place))
        doing = Fulfilment(context, actor)
        doing.check_export(people, accept_problems)
        request = intake.for_export(kind, people)
        check_approved(request, intake.token, as_json=acting.as_json)
        receipt = doing.export(
            request,
            output,
            recipients=sealing.age or (),
            passphrase=word,
            accept_problems=accept_problems,
        )
    if not acting.as_json:
        say(f"{output}: sha256 {receipt.package_sha256}")
    tell(receipt, as_json=acting.as_json)


def erase(person: PersonOptions, execution: Execution, filing: Filing, acting: Acting) -> None:
    """Erase a person: first a plan that changes nothing, then, with its digest, the plan itself."""
    _carry_out(RequestType.ERASURE, person, execution, filing, acting)


def rectify(
    person: PersonOptions,
    execution: Execution,
    filing: Filing,
    acting: Acting,
    *,
    change: CHANGES = None,
) -> None:
    """Correct fields in a person's own rows: first a plan, then, with its digest, the change."""
    written = corrections.parse(change or ())
    _carry_out(RequestType.RECTIFICATION, person, execution, filing, acting, written=written)


def restrict(person: PersonOptions, execution: Execution, filing: Filing, acting: Acting) -> None:
    """Mark a person's rows as restricted (GDPR Art. 18)."""
    _carry_out(RequestType.RESTRICTION, person, execution, filing, acting)


def object_to(
    person: PersonOptions,
    execution: Execution,
    filing: Filing,
    acting: Acting,
    *,
    purpose: PURPOSE = None,
) -> None:
    """Mark a person's rows as objected to (GDPR Art. 21) and stop their collection."""
    unproven = Filing(filing.proof or "asserted", filing.place)
    purposes = tuple(purpose or ())
    _carry_out(RequestType.OBJECTION, person, execution, unproven, acting, purposes=purposes)


def _carry_out(
    kind: RequestType,
    person: PersonOptions,
    execution: Execution,
    filing: Filing,
    acting: Acting,
    *,
    written: tuple[Written, ...] = (),
    purposes: tuple[str, ...] = (),
) -> None:
    """
    File, prove, approve and run; or only plan, while nobody said yes to what would be done.

    Raises:
        InputError: A correction names no field, a purpose or type of identity is unknown, or the
            proof is missing or too weak.
        PlanError: There is no such plan, or it is not the one that was shown.
    """
    from privacykit.operate.fulfil import Fulfilment
    from privacykit.operate.intake import RequestIntake

    going = bool(execution.plan or execution.yes)
    with working(acting.config, changes=going or bool(filing.proof), what=kind.value) as context:
        check_purposes(purposes, context.settings, lambda: context.datamap)
        if execution.plan:
            plan = shown_before(context, kind, execution)
        else:
            rectifies = kind is RequestType.RECTIFICATION
            changes = corrections.resolve(context.datamap, written) if rectifies else None
            plan = draft(context, kind, _people(person, context), changes)
            if execution.yes:
                check_ready(context, plan, execution)
            elif not agreed(
                context,
                plan,
                _command(kind, filing),
                place=place(filing.place),
                ask=bool(filing.proof),
                as_json=acting.as_json,
            ):
                if plan.problems:
                    stop(Exit.FOUND)
                return
        actor = context.operator(acting.operator)
        where = place(filing.place)
        intake = RequestIntake(context, actor, proof=filing.proof, place=where, purposes=purposes)
        request = intake.for_plan(plan)
        check_approved(request, intake.token, as_json=acting.as_json)
        doing = Fulfilment(context, actor)
        receipt = doing.carry_out(request, plan, accept_problems=execution.accept_problems)
        doing.send_due()
    tell(receipt, as_json=acting.as_json, left_behind=doing.left_behind)


def _people(person: PersonOptions, context: OperatorContext) -> tuple[Identity, ...]:
    """Return who is named, by types that the map or our own stores know."""
    people = person.identities(lambda: context.datamap)
    check_types(people, context.settings, lambda: context.datamap)
    return people


def _command(kind: RequestType, filing: Filing) -> str:
    proof = "" if kind is RequestType.OBJECTION else f" --proof {filing.proof or 'METHOD'}"
    return f"privacykit subject {_COMMANDS[kind]}{proof}"
