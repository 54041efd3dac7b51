"""``privacykit subject``: find, export, erase, correct, restrict. Reads and changes every store."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from privacykit.cli import persons
from privacykit.cli.console import CONFIG, JSON, Exit, say, say_json, stop
from privacykit.cli.office import OPERATOR, opened
from privacykit.cli.progress import progress
from privacykit.cli.subject_words import (
    good_until,
    plan_document,
    plan_lines,
    receipt_lines,
)
from privacykit.errors import InputError, PlanError
from privacykit.govern import flow
from privacykit.govern.identity_proof import METHODS
from privacykit.govern.records import Identity, Plan, Receipt, RequestStatus, RequestType
from privacykit.policy.place import normalise_place
from privacykit.settings.filing import ID_BYTES, Filing
from privacykit.settings.fulfil import Fulfilment
from privacykit.settings.load import DEFAULT_FILE
from privacykit.settings.office import Office

PLAN = Annotated[
    str, typer.Option("--plan", metavar="ID", help="Carry out this plan; else one is only made.")
]
DIGEST = Annotated[
    str, typer.Option("--digest", metavar="HEX", help="The digest that was shown with the plan.")
]
PROOF = Annotated[
    str,
    typer.Option("--proof", help=f"How the person proved who they are: {', '.join(METHODS)}."),
]
PLACE = Annotated[
    str, typer.Option("--place", help="Where the person lives, DE or US-CA; unknown if unsaid.")
]
KNOWINGLY = Annotated[
    bool, typer.Option("--knowingly", help="Carry out although the plan has problems.")
]
PURPOSE = Annotated[
    list[str] | None, typer.Option("--purpose", help="For which purpose; none means all.")
]


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True, help="What we hold about a person.")
    group.command("find")(find)
    group.command("export")(export)
    group.command("erase")(erase)
    group.command("rectify")(rectify)
    group.command("restrict")(restrict)
    group.command("object")(object_to)
    app.add_typer(group, name="subject")


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


def find(
    email: persons.EMAIL = None,
    phone: persons.PHONE = None,
    customer: persons.CUSTOMER = None,
    identity: persons.IDENTITY = None,
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """Say how many rows about a person are where, and whose else they are; shows no value."""
    people = persons.identities(email, phone, customer, identity)
    with working(config, changes=False, what="finding") as office:
        plan = _plan(office, RequestType.ERASURE, people)
        office.plans.forget(plan.plan_id)
        if as_json:
            say_json(plan_document(plan))
        else:
            for line in plan_lines(plan, office.datamap):
                say(line)
        if plan.problems:
            stop(Exit.FOUND)


def export(  # noqa: PLR0913, PLR0917 - the options of a command
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
    email: persons.EMAIL = None,
    phone: persons.PHONE = None,
    customer: persons.CUSTOMER = None,
    identity: persons.IDENTITY = None,
    portability: Annotated[
        bool, typer.Option("--portability", help="Only what was provided or observed (Art. 20).")
    ] = False,
    recipient: Annotated[
        list[str] | None, typer.Option("--age", metavar="KEY", help="Seal to this age1… key.")
    ] = None,
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Seal with a passphrase, asked for or piped in.")
    ] = False,
    proof: PROOF = "",
    place: PLACE = "ZZ",
    operator: OPERATOR = "",
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """
    Write everything about a person into one package: JSON lines, CSV and pages to read.

    Raises:
        InputError: Nobody is named, the proof is too weak, or the file is there already.
    """
    if output.exists():
        raise InputError("the file is there already")
    people = persons.identities(email, phone, customer, identity)
    kind = RequestType.PORTABILITY if portability else RequestType.ACCESS
    word = _passphrase() if passphrase else None
    with working(config, changes=True, what="exporting") as office:
        actor = office.operator(operator)
        filing = Filing(office, actor, proof=proof, place=_place(place))
        request = filing.for_export(kind, people)
        doing = Fulfilment(office, actor)
        receipt = doing.export(request, output, recipients=recipient or (), passphrase=word)
    if as_json:
        say_json({"file": str(output), "receipt": receipt})
    else:
        rows = sum(step.rows_changed for step in receipt.steps)
        say(f"{output}: {rows} rows of {len(receipt.steps)} collections")
        say(f"  sha256 {receipt.package_sha256}")
    if receipt.status is not RequestStatus.FULFILLED:
        stop(Exit.PARTLY, "something is missing; the package's manifest says what")


def erase(  # noqa: PLR0913, PLR0917 - the options of a command
    email: persons.EMAIL = None,
    phone: persons.PHONE = None,
    customer: persons.CUSTOMER = None,
    identity: persons.IDENTITY = None,
    plan: PLAN = "",
    digest: DIGEST = "",
    proof: PROOF = "",
    place: PLACE = "ZZ",
    knowingly: KNOWINGLY = False,
    operator: OPERATOR = "",
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """Erase a person: first a plan that changes nothing, then, with its digest, the plan itself."""
    go = Go(plan, digest, proof, _place(place), operator, knowingly=knowingly)
    people = () if plan else persons.identities(email, phone, customer, identity)
    _plan_or_go(config, RequestType.ERASURE, people, go, as_json=as_json)


def rectify(  # noqa: PLR0913, PLR0917 - the options of a command
    email: persons.EMAIL = None,
    phone: persons.PHONE = None,
    customer: persons.CUSTOMER = None,
    identity: persons.IDENTITY = None,
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="DATASET.COLLECTION.FIELD=VALUE",
            help="What is right; '-' reads lines from standard input.",
        ),
    ] = None,
    plan: PLAN = "",
    digest: DIGEST = "",
    proof: PROOF = "",
    place: PLACE = "ZZ",
    knowingly: KNOWINGLY = False,
    operator: OPERATOR = "",
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """Correct fields in a person's own rows: first a plan, then, with its digest, the change."""
    go = Go(plan, digest, proof, _place(place), operator, knowingly=knowingly)
    people = () if plan else persons.identities(email, phone, customer, identity)
    lines = [line for item in change or () for line in _lines(item)]
    kind = RequestType.RECTIFICATION
    _plan_or_go(config, kind, people, go, changes=_changes(lines), as_json=as_json)


def restrict(  # noqa: PLR0913, PLR0917 - the options of a command
    email: persons.EMAIL = None,
    phone: persons.PHONE = None,
    customer: persons.CUSTOMER = None,
    identity: persons.IDENTITY = None,
    plan: PLAN = "",
    digest: DIGEST = "",
    proof: PROOF = "",
    place: PLACE = "ZZ",
    knowingly: KNOWINGLY = False,
    operator: OPERATOR = "",
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """Mark a person's rows as restricted (GDPR Art. 18)."""
    go = Go(plan, digest, proof, _place(place), operator, knowingly=knowingly)
    people = () if plan else persons.identities(email, phone, customer, identity)
    _plan_or_go(config, RequestType.RESTRICTION, people, go, as_json=as_json)


def object_to(  # noqa: PLR0913, PLR0917 - the options of a command
    email: persons.EMAIL = None,
    phone: persons.PHONE = None,
    customer: persons.CUSTOMER = None,
    identity: persons.IDENTITY = None,
    purpose: PURPOSE = None,
    plan: PLAN = "",
    digest: DIGEST = "",
    proof: PROOF = "asserted",
    place: PLACE = "ZZ",
    knowingly: KNOWINGLY = False,
    operator: OPERATOR = "",
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """Mark a person's rows as objected to (GDPR Art. 21) and stop their collection."""
    purposes = tuple(purpose or ())
    go = Go(plan, digest, proof, _place(place), operator, purposes, knowingly)
    people = () if plan else persons.identities(email, phone, customer, identity)
    _plan_or_go(config, RequestType.OBJECTION, people, go, as_json=as_json)


@contextmanager
def working(config: str, *, changes: bool, what: str) -> Iterator[Office]:
    """
    Open the office with progress shown on a terminal.

    Args:
        config: The configuration file.

        changes: Whether the command changes anything.

        what: What is being done.
    """
    with opened(config, changes=changes) as office, progress(what) as watch:
        office.__dict__["means"] = replace(office.means, watch=watch)
        yield office


def _plan_or_go(
    config: str,
    kind: RequestType,
    people: tuple[Identity, ...],
    go: Go,
    *,
    changes: Mapping[str, Mapping[str, Any]] | None = None,
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
                _check_changes(office, changes or {})
            _show_plan(_plan(office, kind, people, changes), office, as_json=as_json)
            return
        found = office.plans.load_plan(go.plan)
        if found is None or found[0].kind != kind.value:
            raise PlanError(f"there is no such plan for {kind.value}")
        plan = found[0]
        if go.digest != plan.targets_digest:
            raise PlanError("this is not the digest that was shown with the plan")
        actor = office.operator(go.operator)
        filing = Filing(office, actor, proof=go.proof, place=go.place, purposes=go.purposes)
        if plan.problems and not go.knowingly:
            raise PlanError("the plan has problems; mend them, or accept them: --knowingly")
        request = filing.for_plan(plan)
        doing = Fulfilment(office, actor)
        receipt = doing.carry_out(request, plan, knowingly=go.knowingly)
        doing.send_due()
    _show_receipt(receipt, as_json=as_json)


def _plan(
    office: Office,
    kind: RequestType,
    people: tuple[Identity, ...],
    changes: Mapping[str, Mapping[str, Any]] | None = None,
) -> Plan:
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


def _changes(lines: list[str]) -> dict[str, dict[str, Any]]:
    """
    Read ``dataset.collection.field=value`` lines.

    Raises:
        InputError: A line has another shape; it is not quoted.
    """
    changes: dict[str, dict[str, Any]] = {}
    for line in lines:
        path, equals, value = line.partition("=")
        dataset, _, rest = path.strip().partition(".")
        collection, _, field = rest.partition(".")
        if not (equals and dataset and collection and field):
            raise InputError("write a correction as dataset.collection.field=value")
        changes.setdefault(f"{dataset}.{collection}", {})[field] = value
    return changes


def _check_changes(office: Office, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """
    Check that every correction names a field of the map.

    Raises:
        InputError: None was given, or one names no field.
    """
    if not changes:
        raise InputError("say what is right: --set dataset.collection.field=value")
    for place, fields in changes.items():
        dataset, _, name = place.partition(".")
        mapped = office.datamap.of(dataset).get(name)
        if mapped is None or any(field not in mapped.fields for field in fields):
            raise InputError("a correction names no field of the data map")


def _place(text: str) -> str:
    country, _, subdivision = text.partition("-")
    return normalise_place(country, subdivision or None)


def _lines(item: str) -> list[str]:
    return [line.rstrip("\r\n") for line in sys.stdin] if item == "-" else [item]


def _passphrase() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    word: str = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True)
    return word
