"""``privacykit subject``: find, export, erase, correct, restrict. Reads and changes every store."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from privacykit.cli import corrections, persons
from privacykit.cli.console import CONFIG, JSON, Exit, say, say_json, stop
from privacykit.cli.office import OPERATOR, working
from privacykit.cli.subject_plan import Go, make_plan, plan_or_go
from privacykit.cli.subject_words import plan_document, plan_lines
from privacykit.errors import InputError
from privacykit.govern.identity_proof import METHODS
from privacykit.govern.records import RequestStatus, RequestType
from privacykit.settings.filing import Filing
from privacykit.settings.fulfil import Fulfilment
from privacykit.settings.load import DEFAULT_FILE

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


def find(
    email: persons.EMAIL = None,
    phone: persons.PHONE = None,
    customer: persons.CUSTOMER = None,
    identity: persons.IDENTITY = None,
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """Say how many rows about a person are where, and whose else they are; shows no value."""
    people = persons.Named(email, phone, customer, identity).identities()
    with working(config, changes=False, what="finding") as office:
        plan = make_plan(office, RequestType.ERASURE, people)
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
    people = persons.Named(email, phone, customer, identity).identities()
    kind = RequestType.PORTABILITY if portability else RequestType.ACCESS
    word = _passphrase() if passphrase else None
    with working(config, changes=True, what="exporting") as office:
        actor = office.operator(operator)
        filing = Filing(office, actor, proof=proof, place=persons.place(place))
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
    people = persons.Named(email, phone, customer, identity)
    go = Go(plan, digest, proof, place, operator, knowingly=knowingly)
    plan_or_go(config, RequestType.ERASURE, people, go, as_json=as_json)


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
    people = persons.Named(email, phone, customer, identity)
    go = Go(plan, digest, proof, place, operator, knowingly=knowingly)
    changes = corrections.parse(change or ())
    plan_or_go(config, RequestType.RECTIFICATION, people, go, changes=changes, as_json=as_json)


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
    people = persons.Named(email, phone, customer, identity)
    go = Go(plan, digest, proof, place, operator, knowingly=knowingly)
    plan_or_go(config, RequestType.RESTRICTION, people, go, as_json=as_json)


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
    people = persons.Named(email, phone, customer, identity)
    go = Go(plan, digest, proof, place, operator, tuple(purpose or ()), knowingly)
    plan_or_go(config, RequestType.OBJECTION, people, go, as_json=as_json)


def _passphrase() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    word: str = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True)
    return word
