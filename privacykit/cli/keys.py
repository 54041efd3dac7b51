"""``privacykit keys``: make and rotate the durable keys. Reads the clock; writes the key file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import CONFIG, JSON, say, say_json
from privacykit.settings.paths import DEFAULT_FILE, Paths
from privacykit.stores.key_file import USES, Key
from privacykit.stores.keys import init_keys, rotate_key

FILE = Annotated[
    str, typer.Option("--file", metavar="FILE", help="The key file, whatever [keys] file says.")
]


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    add(group, "init", init, "privacykit keys init")
    add(group, "rotate", rotate, "privacykit keys rotate audit")
    add(group, "public", public, "privacykit keys public")
    app.add_typer(group, name="keys")


def init(config: CONFIG = DEFAULT_FILE, file: FILE = "", json: JSON = False) -> None:
    """Write a new key file with one key for each use; a file that exists is never overwritten."""
    path = _path(config, file)
    ring = init_keys(path, datetime.now(UTC))
    _tell(path, [ring.current(use) for use in USES], json=json)


def rotate(
    use: Annotated[str, typer.Argument(metavar="USE", help=", ".join(USES))],
    config: CONFIG = DEFAULT_FILE,
    file: FILE = "",
    json: JSON = False,
) -> None:
    """Add a new key for USE, which signs from now on; older ones go on verifying."""
    path = _path(config, file)
    key = rotate_key(path, use, datetime.now(UTC))
    _tell(path, [key], json=json)
    if not json:
        say("Restart the server and the worker: they read the file when they start.")


def public(config: CONFIG = DEFAULT_FILE, file: FILE = "", json: JSON = False) -> None:
    """Show the public keys that others check our receipts and checkpoints with."""
    from privacykit.collect.consent.proof import multikey
    from privacykit.stores.keys import load_keys
    from privacykit.stores.records.audit_keys import public_keys

    ring = load_keys(_path(config, file))
    told = [
        {"id": key.id, "multikey": multikey(found), "hex": found.public_bytes_raw().hex()}
        for key, found in zip(ring.all("audit_sign"), public_keys(ring), strict=True)
    ]
    if json:
        say_json({"keys": told})
        return
    for one in told:
        say(f"{one['id']}\n  {one['multikey']}\n  {one['hex']}")


def _path(config: str, file: str) -> Path:
    """Return the key file; keys may be made before there is a configuration."""
    from privacykit.settings.load import load
    from privacykit.settings.model import KeysTable

    if file:
        return Path(file)
    named = load(config).keys if config != DEFAULT_FILE or Path(config).exists() else KeysTable()
    return Paths.beside(config).file(named.file)


def _tell(path: Path, keys: list[Key], *, json: bool) -> None:
    if json:
        told = [{"id": key.id, "use": key.use, "made_at": key.made_at} for key in keys]
        say_json({"file": str(path), "keys": told})
        return
    say(f"Written to {path}, readable by its owner only:")
    for key in keys:
        say(f"  {key.use:<12} {key.id}")
    say("Back the file up, apart from the databases: what these keys sign needs them for good.")
