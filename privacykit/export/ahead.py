"""The check of a package before it is written: its keys and its place. Looks at folders only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from privacykit.errors import InputError
from privacykit.export.age import check_sealing
from privacykit.private_files import check_replaceable


def check_package(target: Path, recipients: Sequence[str], passphrase: str | None) -> None:
    """
    Check what can be known of a package before its request is filed or begun; writes nothing.

    Args:
        target: The file.
        recipients: ``age1…`` keys to encrypt to.
        passphrase: Or one passphrase; a package may be neither.

    Raises:
        InputError: A recipient or the passphrase cannot be used, or the file not be written.
    """
    if recipients or passphrase is not None:
        check_sealing(recipients, passphrase)
    try:
        check_replaceable(target)
    except OSError:
        raise InputError(f"the package {target.name} cannot be written") from None
