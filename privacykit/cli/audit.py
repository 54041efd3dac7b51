"""``privacykit audit``: show, verify and export what was done. Reads stores; writes files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from privacykit.cli.console import CONFIG, JSON, Exit, say, say_json, stop
from privacykit.cli.office import moment, opened
from privacykit.errors import InputError
from privacykit.govern.checkpoint import from_note, key_name, public_key, to_note
from privacykit.govern.export_check import check_export
from privacykit.govern.receipt import verified
from privacykit.govern.records import Checkpoint
from privacykit.govern.verification import AuditReport, Finding, Standing
from privacykit.settings.load import DEFAULT_FILE

_STANDINGS = {
    Standing.WHOLE: "whole: nothing was changed, taken out or cut, up to what was kept apart",
    Standing.CONSISTENT: "consistent: it fits itself, but no checkpoint kept apart vouches for it",
    Standing.OLDER: "OLDER than its checkpoint: a restored or cut copy, entries are missing",
    Standing.BROKEN: "BROKEN",
}
_FINDINGS = {
    Finding.EDITED: "entry {} was edited",
    Finding.GAP: "entries before {} are missing",
    Finding.RELINKED: "entry {} does not follow the one before",
    Finding.WRONG_KEY: "entry {} was made with a key that is not in the key file",
    Finding.CUT: "the log ends at {}, and went on when it was last written",
    Finding.UNSEALED: "the head at {} was not sealed by us",
    Finding.OLDER: "a checkpoint has seen {} entries",
    Finding.FORKED: "the first {} entries are not those that were signed",
    Finding.FOREIGN: "the checkpoint at {} is of another log",
    Finding.UNSIGNED: "the checkpoint at {} was not signed by a key of ours",
    Finding.DETAIL: "the detail of entry {} was edited",
}


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True, help="What was done, provably.")
    group.command("show")(show)
    group.command("verify")(verify)
    group.command("export")(export)
    app.add_typer(group, name="audit")


def show(
    config: CONFIG = DEFAULT_FILE,
    request: Annotated[str, typer.Option("--request", metavar="ID", help="Of one request.")] = "",
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Of one operator.")] = "",
    last: Annotated[int, typer.Option("--last", min=1, help="The newest so many.")] = 50,
    as_json: JSON = False,
) -> None:
    """Show the newest entries of the audit log."""
    with opened(config) as office:
        head = office.audit.head()
        after = 0 if request or by else max((head.size if head else 0) - last, 0)
        actor = office.audit.operator(by) if by else None
        found = [
            logged
            for logged in office.audit.entries(after=after, request_id=request or None)
            if actor is None or logged.entry.actor == actor
        ][-last:]
    if as_json:
        say_json(
            [msgspec.to_builtins(logged.entry) | {"detail": logged.detail} for logged in found]
        )
        return
    for logged in found:
        entry = logged.entry
        detail = msgspec.json.encode(logged.detail).decode() if logged.detail else ""
        at = moment(entry.at / 1_000_000)
        say(f"{entry.seq:>6}  {at}  {entry.actor:<19}  {entry.action:<24}  {detail}".rstrip())


def verify(
    config: CONFIG = DEFAULT_FILE,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", metavar="FILE", help="A checkpoint kept elsewhere."),
    ] = None,
    receipt: Annotated[
        Path | None, typer.Option("--receipt", metavar="FILE", help="Check a receipt instead.")
    ] = None,
    exported: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Check an export instead.")
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option("--key", metavar="KEY", help="Public key to trust; ours by default."),
    ] = None,
    as_json: JSON = False,
) -> None:
    """
    Check the audit log, a receipt or an exported log.

    Ends with 0 when it is whole or consistent, with 1 when anything is wrong. A receipt and an
    export need nothing but the public key; the log itself needs the key file.
    """
    if receipt or exported:
        keys = [public_key(text) for text in key or []] or _our_keys(config)
        _verify_file(receipt, exported, checkpoint or [], keys, as_json=as_json)
        return
    with opened(config) as office:
        trusted = [*office.public_keys, *(public_key(text) for text in key or [])]
        witness = office.witness()
        kept = [witness] if witness else []
        kept += [_read_note(path) for path in checkpoint or []]
        report = office.audit.verify(kept, trusted)
    if as_json:
        say_json(report)
    else:
        _tell(report)
    if report.standing in {Standing.BROKEN, Standing.OLDER}:
        stop(Exit.FOUND)


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines, one an entry.")],
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """
    Write the log and, beside it, a signed checkpoint: others check both with the public key alone.

    Writes FILE and FILE.checkpoint; details stay here.
    """
    beside = file.with_name(f"{file.name}.checkpoint")
    with opened(config, changes=True) as office:
        signed = office.audit.checkpoint(office.signer)
        public = office.signer.public_key()
        name = key_name(signed.origin, public)
        entries = (logged.entry for logged in office.audit.entries(until=signed.size))
        lines = (msgspec.json.encode(entry) + b"\n" for entry in entries)
        _write(file, lines)
        _write(beside, [to_note(signed, public).encode()])
    if as_json:
        told = {"file": str(file), "checkpoint": str(beside), "entries": signed.size, "key": name}
        say_json(told)
        return
    say(f"{signed.size} entries in {file}, their signed checkpoint in {beside}.")
    say(f"Whoever checks them needs the public key: {name}")


def _verify_file(
    receipt: Path | None,
    exported: Path | None,
    checkpoints: Sequence[Path],
    keys: Sequence[Ed25519PublicKey],
    *,
    as_json: bool,
) -> None:
    if receipt:
        found = verified(_read(receipt), tuple(keys))
        if as_json:
            say_json(found)
            return
        say(f"The receipt is genuine: {found.type.value} {found.status.value}.")
        return
    assert exported is not None
    notes = checkpoints or [exported.with_name(f"{exported.name}.checkpoint")]
    wrong = check_export(_lines(exported), [_read_note(path) for path in notes], keys)
    if as_json:
        say_json({"whole": not wrong, "wrong": wrong})
    else:
        say("\n".join(wrong) or "The export is what was signed.")
    if wrong:
        stop(Exit.FOUND)


def _write(path: Path, lines: Iterable[bytes]) -> None:
    try:
        with path.open("wb") as file:
            file.writelines(lines)
    except OSError:
        raise InputError(f"{path.name} cannot be written") from None


def _read(path: Path) -> bytes:
    return b"".join(_lines(path))


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            yield from file
    except OSError:
        raise InputError(f"{path.name} cannot be read") from None


def _our_keys(config: str) -> list[Ed25519PublicKey]:
    with opened(config) as office:
        return list(office.public_keys)


def _read_note(path: Path) -> Checkpoint:
    return from_note(_read(path).decode("utf-8", "replace"))


def _tell(report: AuditReport) -> None:
    say(f"The audit log is {_STANDINGS[report.standing]}.")
    period = (
        f", {moment(report.first_at)} to {moment(report.last_at)} UTC" if report.entries else ""
    )
    say(f"  {report.entries} entries{period}")
    say(f"  {report.details} details checked, {report.erased_details} erased since")
    for found in report.findings:
        say(f"  {_FINDINGS[found.finding].format(found.seq)}")
    if report.more:
        say(f"  … and {report.more} more")
    if report.standing is Standing.CONSISTENT:
        say("  Keep checkpoints elsewhere: `privacykit audit export FILE` writes one.")
