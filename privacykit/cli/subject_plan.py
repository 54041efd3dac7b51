"""How a command plans first and carries out what was shown. Reads and changes every store."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from privacykit.cli import corrections
from privacykit.cli.console import Exit, say, say_json, stop
from privacykit.cli.corrections import Corrections
from privacykit.cli.office import working
from privacykit.cli.persons import Named, place
from privacykit.cli.subject_words import good_until, plan_document, plan_lines, receipt_lines
from privacykit.errors import PlanError
from privacykit.govern import flow
from privacykit.govern.records import Identity, Plan, Receipt, RequestStatus, RequestType
from privacykit.settings.filing import ID_BYTES, Filing
from privacykit.settings.fulfil import Fulfilment
from privacykit.settings.office import Office


@dataclass(frozen=True, slots=True)
class Go:
    """
    How a plan is to be carried out.

    Attributes:
        plan: The plan's id; empty to make one.
        digest: The digest that was shown.
        proof: How the person proved who they are.
        place: Where they live.
        operator: Who carries it out.
        purposes: For objection.
        knowingly: Whether the plan's problems are accepted.
    """

    plan: str
    digest: str
    proof: str
    place: str
    operator: str
    purposes: tuple[str, ...] = ()
    knowingly: bool = False


def plan_or_go(
    config: str,
    kind: RequestType,
    people: Named,
    go: Go,
    *,
    changes: Corrections | None = None,
    as_json: bool,
) -> None:
    """
    Make a plan and show it, or carry out the one that was shown.

    Raises:
        InputError: A correction names no field, or the proof is missing or too weak.
        PlanError: There is no such plan, or it is not the one that was shown.
    """
    with working(config, changes=bool(go.plan), what=kind.value) as office:
        if not go.plan:
            if kind is RequestType.RECTIFICATION:
                corrections.check(office.datamap, changes or {})
            made = make_plan(office, kind, people.identities(), changes)
            _show_plan(made, office, as_json=as_json)
            return
        receipt = _carry_out(office, _planned(office, kind, go), go)
    _show_receipt(receipt, as_json=as_json)


def _planned(office: Office, kind: RequestType, go: Go) -> Plan:
    found = office.plans.load_plan(go.plan)
    if found is None or found[0].kind != kind.value:
        raise PlanError(f"there is no such plan for {kind.value}")
    plan = found[0]
    if go.digest != plan.targets_digest:
        raise PlanError("this is not the digest that was shown with the plan")
    if plan.problems and not go.knowingly:
        raise PlanError("the plan has problems; mend them, or accept them: --knowingly")
    return plan


def _carry_out(office: Office, plan: Plan, go: Go) -> Receipt:
    actor = office.operator(go.operator)
    filing = Filing(office, actor, proof=go.proof, place=place(go.place), purposes=go.purposes)
    request = filing.for_plan(plan)
    doing = Fulfilment(office, actor)
    receipt = doing.carry_out(request, plan, knowingly=go.knowingly)
    doing.send_due()
    return receipt


def make_plan(
    office: Office,
    kind: RequestType,
    people: tuple[Identity, ...],
    changes: Corrections | None = None,
) -> Plan:
    """
    Make a plan and keep it; what waited too long for its approval goes.

    Args:
        office: The opened office.

        kind: What was asked for.

        people: Whose data it is.

        changes: What is right, for a rectification.
    """
    office.plans.forget_expired(office.clock())
    names = secrets.token_hex(ID_BYTES), secrets.token_hex(ID_BYTES)
    return flow.plan_request(
        office.means, kind, people, plan_id=names[0], request_id=names[1], changes=changes
    )


_COMMANDS = {
    RequestType.ERASURE: "erase",
    RequestType.RECTIFICATION: "rectify",
    RequestType.RESTRICTION: "restrict",
    RequestType.OBJECTION: "object",
}


def _show_plan(plan: Plan, office: Office, *, as_json: bool) -> None:
    if as_json:
        say_json(plan_document(plan))
    else:
        for line in plan_lines(plan, office.datamap):
            say(line)
        kind = RequestType(plan.kind)
        proof = "" if kind is RequestType.OBJECTION else " --proof METHOD"
        known = " --knowingly" if plan.problems else ""
        say(good_until(plan))
        say("nothing was changed; to carry it out:")
        say(
            f"  privacykit subject {_COMMANDS[kind]} --plan {plan.plan_id}"
            f" --digest {plan.targets_digest}{proof}{known}"
        )
    if plan.problems:
        stop(Exit.FOUND)


def _show_receipt(receipt: Receipt, *, as_json: bool) -> None:
    if as_json:
        say_json(receipt)
    else:
        for line in receipt_lines(receipt):
            say(line)
    if receipt.status is RequestStatus.UNFULFILLED:
        stop(Exit.FOUND)
    if receipt.status is not RequestStatus.FULFILLED:
        stop(Exit.PARTLY)
