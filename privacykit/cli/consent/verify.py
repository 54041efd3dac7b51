"""``privacykit consent verify``: all records against their chain, or one receipt. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privacykit.cli.terminal.console import Exit, say, say_json, stop
from privacykit.cli.terminal.opened import opened
from privacykit.cli.terminal.options import Reading
from privacykit.errors import ConfigurationError, InputError, Problem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from privacykit.stores.records.consent.archive import ChainReport

RECEIPT = Annotated[
    Path | None,
    typer.Argument(metavar="[RECEIPT]", help="A receipt to check; else all our records."),
]
KEY = Annotated[
    list[str] | None,
    typer.Option(
        "--public-key",
        metavar="KEY",
        help="Whom to trust: a multikey (z6Mk…), a did:key or 64 hexadecimal digits; ours by"
        " default.",
    ),
]
_FAULTS = {
    "edited": "entry {} of the chain was edited",
    "gap": "entries of the chain before {} are missing",
    "relinked": "entry {} of the chain does not follow the one before",
    "wrong_key": "entry {} was made with a key that is not in the key file",
    "cut": "the chain ends at {}, and went on when it was last written",
    "unsealed": "the head of the chain at {} was not sealed by us",
    "detail_edited": "the record of entry {} was changed or taken out",
}


def verify(reading: Reading, receipt: RECEIPT = None, public_key: KEY = None) -> None:
    """
    Check every consent record, or one receipt that somebody shows.

    Of records: that none was changed, added or taken out since it was written, which needs the key
    file. A receipt needs nothing but the public key. Ends with 1 when anything is wrong.

    Raises:
        InputError: A key or the file cannot be read.
    """
    keys = [_key(text) for text in public_key or []]
    if receipt is not None:
        _verify_receipt(reading, receipt, keys)
        return
    if keys:
        raise InputError("--public-key is for a receipt: name its file")
    from privacykit.operate.consent.records import verify_consents

    with opened(reading.config, look=True) as context:
        report = verify_consents(context)
    if reading.as_json:
        import msgspec

        say_json({"whole": report.is_whole, **msgspec.to_builtins(report)})
    else:
        for line in _told(report):
            say(line)
    if not report.is_whole:
        stop(Exit.FOUND)


def _verify_receipt(reading: Reading, path: Path, keys: Sequence[Ed25519PublicKey]) -> None:
    from privacykit.collect.consent.receipts import LONGEST_BYTES, check_receipt

    try:
        with path.open("rb") as file:
            body = file.read(LONGEST_BYTES + 1)
    except OSError:
        raise InputError(f"{path.name} cannot be read") from None
    try:
        document = check_receipt(body, keys or _ours(reading.config))
    except InputError as error:
        if reading.as_json:
            say_json({"genuine": False, "reason": str(error)})
        stop(Exit.FOUND, "" if reading.as_json else str(error))
    said = _summary(document)
    if reading.as_json:
        say_json({"genuine": True, **said})
        return
    say(f"The receipt is genuine: {said['form']}, made {said['created']}.")


def _summary(document: dict[str, Any]) -> dict[str, str]:
    form = "ISO/IEC TS 27560" if "@context" in document else str(document.get("version", ""))
    proof = document["proof"]
    return {"form": form, "created": str(proof["created"]), "key": proof["verificationMethod"]}


def _ours(config: str) -> tuple[Ed25519PublicKey, ...]:
    if not Path(config).exists():
        hint = "name whom to trust with --public-key; ours stands in a configuration: --config"
        raise ConfigurationError(Problem("PK010", config, "", "the file cannot be read", hint))
    with opened(config, look=True) as context:
        return context.public_keys


def _key(text: str) -> Ed25519PublicKey:
    from privacykit.collect.consent.proof import read_multikey
    from privacykit.govern.audit.checkpoint import public_key

    return read_multikey(text) if text.startswith(("z", "did:key:")) else public_key(text)


def _told(report: ChainReport) -> Iterator[str]:
    log = report.log
    words = "whole" if report.is_whole else "NOT as we left them"
    yield f"The consent records are {words}."
    yield f"  {report.records} records, {log.entries} entries in their chain"
    if log.erased_details:
        yield f"  {log.erased_details} entries whose record's time is over"
    if report.sealed:
        yield f"  the audit log vouches for the first {report.sealed}: `privacykit audit verify`"
    if report.before:
        yield f"  {report.before} records are older than the chain: nothing vouches for them"
    for found in log.findings:
        if (said := _FAULTS.get(found.finding.value)) is not None:
            yield f"  {said.format(found.seq)}"
    if log.more:
        yield f"  … and {log.more} more"
    wrong = {
        "{} records stand beside the chain: nobody of ours put them there": report.unchained,
        "{} records were taken out, and no retention did it": report.vanished,
        "{} records say withdrawn, and the chain does not": report.unsaid,
        "{} texts are not what their hash says, or gone": report.texts,
    }
    yield from (f"  {said.format(count)}" for said, count in wrong.items() if count)
    if report.older:
        yield f"  OLDER than the audit log, which has seen {report.sealed} entries"
    if report.forked:
        yield "  not the chain that the audit log has seen"
