"""
The newest signed head of the audit log, in a file kept apart from the log. Does file I/O.

What is in the file is never replaced by less: a log that lacks what the file has seen is a
restored or cut one, and writing over the file would destroy the only witness.
"""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privacykit.errors import StoreError
from privacykit.govern.audit.checkpoint import from_note, to_note
from privacykit.govern.audit.entries import Checkpoint
from privacykit.private_files import replacing
from privacykit.stores.records.audit import AuditLog

MOST_BYTES = 4096


def read_checkpoint(path: Path) -> Checkpoint | None:
    """
    Return the checkpoint in *path*, or ``None`` when there is no such file.

    Raises:
        InputError: The file holds something else.
        StoreError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError:
        raise StoreError(f"PK254 the checkpoint file {path.name} cannot be read") from None
    return from_note(text)


def check_not_older(log: AuditLog, path: Path) -> Checkpoint | None:
    """
    Return the checkpoint in *path* if *log* contains it.

    Raises:
        StoreError: The log lacks what was signed: it is a restored older copy, or was cut.
    """
    kept = read_checkpoint(path)
    if kept is not None and (kept.origin != log.origin or not log.contains(kept)):
        raise StoreError(
            f"PK253 the [records] database is older than its checkpoint ({path.name}), or another "
            "one: restore a newer copy; until then nothing may be called whole"
        )
    return kept


def write_checkpoint(log: AuditLog, path: Path, signer: Ed25519PrivateKey) -> Checkpoint:
    """
    Sign the log as it is and keep that in *path*, unless the log is older than what is there.

    Raises:
        StoreError: The log is older, or the file cannot be written.
    """
    kept = check_not_older(log, path)
    head = log.head()
    if kept is not None and head is not None and head.size == kept.size:
        return kept
    signed = log.checkpoint(signer)
    try:
        with replacing(path) as file:
            file.write(to_note(signed, signer.public_key()).encode())
    except OSError:
        raise StoreError(f"PK254 the checkpoint file {path.name} cannot be written") from None
    return signed
