"""
``privacykit explain``: may this happen for this visitor, and which clauses say so.

Reads ``privacykit.toml``, policy files and, for ``--batch``, a file of cases. Writes to standard
output.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import typer

from privacykit.cli.console import CONFIG, JSON, Exit, say, say_json, stop
from privacykit.cli.explain_client import explain_headers
from privacykit.cli.explain_law import asked_law
from privacykit.cli.explain_words import in_words
from privacykit.collect.case import Case, CaseError, answer, refuse
from privacykit.policy.override import overridden
from privacykit.policy.policyset import PolicySet
from privacykit.settings.load import DEFAULT_FILE

Flag = Annotated[bool, typer.Option()]
Text = Annotated[str | None, typer.Option()]
Texts = Annotated[list[str] | None, typer.Option()]
Number = Annotated[int | None, typer.Option(min=0)]


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("explain")(explain)


def explain(  # noqa: PLR0913  # typer makes one option of each parameter
    *,
    batch: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Answer every case of a JSON-lines file; - is stdin."),
    ] = None,
    country: Annotated[str | None, typer.Option(help="Country code, such as DE.")] = None,
    subdivision: Annotated[str | None, typer.Option(help="Such as US-CA, or CA beside US.")] = None,
    residence: Annotated[str | None, typer.Option(help="A place the visitor declared.")] = None,
    purpose: Annotated[
        str | None, typer.Option("--purpose", "--use", help="A use, such as analytics_storage.")
    ] = None,
    on: Annotated[
        str | None,
        typer.Option("--date", metavar="DATE", help="Day of the event; today if absent."),
    ] = None,
    gpc: Annotated[bool, typer.Option("--gpc", help="Global Privacy Control is on.")] = False,
    dnt: Annotated[bool, typer.Option("--dnt", help="Do Not Track is on.")] = False,
    consent: Annotated[
        str, typer.Option(help="none, granted, granted_explicit, denied or withdrawn.")
    ] = "none",
    opted_out: Annotated[bool, typer.Option("--opted-out", help="The visitor opted out.")] = False,
    consent_after_gpc: Annotated[
        bool, typer.Option("--consent-after-gpc", help="Consent came after the signal.")
    ] = False,
    parental_consent: Annotated[
        bool, typer.Option("--parental-consent", help="A parent agreed.")
    ] = False,
    signed: Annotated[
        bool, typer.Option("--signed-authorization", help="A signed authorisation is on file.")
    ] = False,
    age: Annotated[int | None, typer.Option(min=0, help="The visitor's age.")] = None,
    months_since_refusal: Annotated[int | None, typer.Option(min=0)] = None,
    months_since_consent: Annotated[int | None, typer.Option(min=0)] = None,
    establishment: Annotated[
        list[str] | None, typer.Option(help="Where the operator is established; may repeat.")
    ] = None,
    child_directed: Annotated[bool, typer.Option("--child-directed")] = False,
    online_platform: Annotated[bool, typer.Option("--online-platform")] = False,
    below_threshold: Annotated[
        bool, typer.Option("--below-threshold", help="The operator is below acts' thresholds.")
    ] = False,
    data_type: Annotated[
        list[str] | None, typer.Option(help="A kind of data the site handles; may repeat.")
    ] = None,
    properties: Annotated[
        list[str] | None,
        typer.Option("--property", metavar="NAME=VALUE", help="A stated property; may repeat."),
    ] = None,
    gpc_scope: Annotated[
        str | None, typer.Option(help="everywhere, or mandated: the legal minimum.")
    ] = None,
    strict: Annotated[
        bool | None,
        typer.Option("--strict/--no-strict", help="Take no risk where the law is unsettled."),
    ] = None,
    policies: Annotated[
        list[Path] | None,
        typer.Option("--policies", metavar="DIR", help="Policies of your own, over ours."),
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(
            metavar="'NAME: VALUE'", help="Explain the client's address instead; may repeat."
        ),
    ] = None,
    peer: Annotated[
        str | None, typer.Option(help="With --header: the socket's peer; absent is a unix socket.")
    ] = None,
    config: CONFIG = DEFAULT_FILE,
    json: JSON = False,
) -> None:
    """Explain one decision by the clauses that make it, or answer a file of cases."""
    if header is not None or peer is not None:
        explain_headers(header or (), peer, config, json=json)
        return
    asked = asked_law(config, policies=policies, gpc_scope=gpc_scope, strict=strict)
    law = asked.policies
    if batch is not None:
        unread = answer_all(batch, law, asked.gpc_scope, strict=asked.strict)
        stop(Exit.FOUND, f"{unread} cases could not be read") if unread else None
        return
    table = {
        "id": "explain",
        "date": on,
        "country": country,
        "subdivision": subdivision,
        "residence": residence,
        "purpose": purpose,
        "establishments": establishment,
        "audience": {
            "child_directed": child_directed,
            "online_platform": online_platform,
            "thresholds_met": not below_threshold,
            "data_types": data_type,
        },
        "signals": {
            "gpc": gpc,
            "dnt": dnt,
            "consent": consent,
            "opted_out": opted_out,
            "age": age,
            "consent_after_gpc": consent_after_gpc,
            "parental_consent": parental_consent,
            "signed_authorization": signed,
            "months_since_refusal": months_since_refusal,
            "months_since_consent": months_since_consent,
        },
        "properties": dict(_property(text) for text in properties or ()),
        "gpc_scope": asked.gpc_scope,
    }
    try:
        case = Case.parse(table)
    except CaseError as error:
        stop(Exit.MISUSE, f"{error}: see privacykit explain --help")
    today = _today()
    if json:
        overrides = {"overrides": list(overridden(law))} if asked.own else {}
        say_json(answer(case, law, today=today, strict=asked.strict) | overrides)
    else:
        for line in in_words(case, law, today=today, strict=asked.strict):
            say(line)


def answer_all(source: str, law: PolicySet, gpc_scope: str, *, strict: bool) -> int:
    """
    Answer every case of *source*, one JSON line each, in order; blank lines are passed over.

    Returns:
        How many could not be read; they were answered too, with ``deny``.
    """
    with nullcontext(sys.stdin.buffer) if source == "-" else _open(source) as lines:
        return _answer_lines(lines, sys.stdout.buffer, law, gpc_scope, strict=strict)


def _open(source: str) -> BinaryIO:
    try:
        return Path(source).open("rb")
    except OSError:
        stop(Exit.MISUSE, f"cannot read {source}")


def _answer_lines(
    lines: Iterable[bytes], out: BinaryIO, law: PolicySet, gpc_scope: str, *, strict: bool
) -> int:
    encode, unread, today = msgspec.json.Encoder().encode, 0, _today()
    for line in lines:
        if not line.strip():
            continue
        try:
            told = answer(Case.parse(line), law, today=today, gpc_scope=gpc_scope, strict=strict)
        except CaseError as error:
            told, unread = refuse(error), unread + 1
        out.write(encode(told) + b"\n")
    out.flush()
    return unread


def _today() -> date:
    return datetime.now().astimezone().date()


def _property(text: str) -> tuple[str, object]:
    """Read ``name=value``; true, false and numbers are what they look like."""
    name, _, value = text.partition("=")
    if value in {"true", "false", ""}:
        return name, value != "false"
    try:
        return name, float(value)
    except ValueError:
        return name, value
