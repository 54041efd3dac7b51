"""``.gitignore``, extended by keys and databases. Reads and writes it."""

from __future__ import annotations

from pathlib import Path

_TITLE = "# privacykit: keys and data of visitors never belong into version control"
_LINES = ("privacykit.keys", "privacykit-*.db*", "privacykit.checkpoint", "privacykit-trial/")


def ignore(folder: Path) -> tuple[str, ...]:
    """
    Add what is missing to the ``.gitignore`` of *folder*; what stands there is left as it is.

    Returns:
        The lines that were added.

    Raises:
        OSError: It cannot be read or written.
    """
    path = folder / ".gitignore"
    there = path.read_bytes() if path.exists() else b""
    known = {line.strip().removeprefix(b"/") for line in there.splitlines()}
    missing = tuple(line for line in _LINES if line.encode() not in known)
    if missing:
        start = b"\n" if there and not there.endswith(b"\n") else b""
        gap = b"\n" if there else b""
        with path.open("ab") as file:
            file.write(start + gap + "\n".join((_TITLE, *missing, "")).encode())
    return missing
