"""``privacykit audit``: show, verify and export what was done. Reads stores; writes files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import CONFIG, JSON, Exit, say, say_json, stop, warn
from privacykit.cli.terminal.ids import request_of
from privacykit.cli.terminal.opened import opened
from privacykit.cli.terminal.words import hanging, many, moment
from privacykit.errors import InputError
from privacykit.govern.audit.entries import Checkpoint
from privacykit.govern.audit.verify import LogFault, LogStatus
from privacykit.private_files import replacing
from privacykit.settings.paths import DEFAULT_FILE

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from privacykit.govern.audit.verify import AuditReport
    from privacykit.stores.records.audit import Logged

_STANDINGS = {
    LogStatus.WHOLE: "whole: nothing was changed, taken out or cut, up to what was kept apart",
    LogStatus.CONSISTENT: "consistent: it fits itself, but no checkpoint kept apart vouches for it",
    LogStatus.OLDER: "OLDER than its checkpoint: a restored or cut copy, entries are missing",
    LogStatus.BROKEN: "BROKEN",
}
_FINDINGS = {
    LogFault.EDITED: "entry {} was edited",
    LogFault.GAP: "entries before {} are missing",
    LogFault.RELINKED: "entry {} does not follow the one before",
    LogFault.WRONG_KEY: "entry {} was made with a key that is not in the key file",
    LogFault.CUT: "the log ends at {}, and went on when it was last written",
    LogFault.UNSEALED: "the head at {} was not sealed by us",
    LogFault.OLDER: "a checkpoint has seen {} entries",
    LogFault.FORKED: "the first {} entries are not those that were signed",
    LogFault.FOREIGN: "the checkpoint at {} is of another log",
    LogFault.UNSIGNED: "the checkpoint at {} was not signed by a key of ours",
    LogFault.DETAIL: "the detail of entry {} was edited",
    LogFault.STRAY: "entry {} stands outside the chain: nobody of ours put it there",
    LogFault.CLOCK: "the clock was set back before entry {} (no fault of the log)",
}

_ROWS = "{} {} that it knows of are not in [records]: taken out past us (PK445)"
_GONE = {
    "ends of holds": "{} holds ended past us, without an entry (PK445)",
    "counts": "{} entries have lost what they counted (PK445)",
}


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    add(group, "show", show, "privacykit audit show --json")
    add(group, "verify", verify, "privacykit audit verify")
    add(group, "export", export, "privacykit audit export audit.zip")
    app.add_typer(group, name="audit")


def show(
    config: CONFIG = DEFAULT_FILE,
    request: Annotated[str, typer.Option("--request", metavar="ID", help="Of one request.")] = "",
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Of one operator.")] = "",
    newest: Annotated[int, typer.Option("--newest", min=1, help="So many, the newest.")] = 50,
    as_json: JSON = False,
) -> None:
    """
    Show the newest entries of the audit log.

    Ends with 1 when one of them is missing or not as we left it, or the end of the log is not.
    """
    with opened(config, look=True) as context:
        head = context.audit.head()
        request_id = request_of(context, request) if request else None
        size = head.size if head else 0
        after = 0 if request or by else max(size - newest, 0)
        actors = context.audit.operators(by) if by else None
        found = [
            logged
            for logged in context.audit.entries(after=after, request_id=request_id)
            if actors is None or logged.entry.actor in actors
        ][-newest:]
    missing = 0 if request or by else size - after - len(found)
    if as_json:
        say_json([_as_json(logged) for logged in found])
    else:
        _show(found)
    if head is None:
        warn("the end of the log is not as we left it: `privacykit audit verify`")
    if missing:
        warn(f"{many(missing, 'entry', 'entries')} missing: `privacykit audit verify`")
    if head is None or missing or not all(logged.genuine for logged in found):
        stop(Exit.FOUND)


def _show(found: Iterable[Logged]) -> None:
    import msgspec

    for logged in found:
        entry = logged.entry
        if not logged.genuine:
            say(f"{entry.seq:>6}  not as we left it: `privacykit audit verify`")
            continue
        detail = msgspec.json.encode(logged.detail).decode() if logged.detail else ""
        at = moment(entry.at / 1_000_000)
        first = f"{entry.seq:>6}  {at}  {entry.actor:<19}  {entry.action:<24}  "
        for line in hanging(first, detail, 8):
            say(line)


def _as_json(logged: Logged) -> dict[str, Any]:
    """Return an entry; of one that is not as we left it only where it stands."""
    import msgspec

    if not logged.genuine:
        return {"seq": logged.entry.seq, "genuine": False}
    return {**msgspec.structs.asdict(logged.entry), "detail": logged.detail, "genuine": True}


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
    Check the audit log and the rows it knows of, a receipt or an exported log.

    Ends with 0 when it is whole or consistent, with 1 when anything is wrong: rows of requests,
    holds, suppressions or orders to stop that are gone without an entry included. A receipt and an
    export need nothing but the public key; the log itself needs the key file.
    """
    import msgspec

    from privacykit.govern.audit.checkpoint import public_key
    from privacykit.stores.records.operations.lacking import lacking

    if receipt or exported:
        keys = [public_key(text) for text in key or []] or _our_keys(config)
        _verify_file(receipt, exported, checkpoint or [], keys, as_json=as_json)
        return
    with opened(config, look=True) as context:
        trusted = [*context.public_keys, *(public_key(text) for text in key or [])]
        witness = context.witness()
        kept = [witness] if witness else []
        kept += [_read_note(path) for path in checkpoint or []]
        report = context.audit.verify(kept, trusted)
        gone = lacking(context.engine)
    if as_json:
        say_json(msgspec.to_builtins(report) | {"lacking": gone})
    else:
        _tell(report)
        for what, number in gone.items():
            say(f"  {_GONE.get(what, _ROWS).format(number, what)}")
    if report.standing in {LogStatus.BROKEN, LogStatus.OLDER} or gone:
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
    import msgspec

    from privacykit.govern.audit.checkpoint import key_name, to_note

    beside = file.with_name(f"{file.name}.checkpoint")
    with opened(config, changes=True) as context:
        signed = context.audit.checkpoint(context.signer)
        public = context.signer.public_key()
        name = key_name(signed.origin, public)
        entries = (logged.entry for logged in context.audit.entries(until=signed.size))
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
    from privacykit.govern.audit.export_check import check_export
    from privacykit.govern.requests.receipt import verified

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
        with replacing(path) as file:
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
    with opened(config, look=True) as context:
        return list(context.public_keys)


def _read_note(path: Path) -> Checkpoint:
    from privacykit.govern.audit.checkpoint import from_note

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
    if report.standing is LogStatus.CONSISTENT:
        say("  Keep checkpoints elsewhere: `privacykit audit export FILE` writes one.")
