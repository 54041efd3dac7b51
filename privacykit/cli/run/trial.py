"""
Trial mode: ``privacykit run`` where no configuration is, on the loopback interface alone.

It is said, not silent: what it does, where its events are, and how to leave it. Everything it keeps
stands in one folder that version control ignores. Writes files.
"""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from privacykit.errors import BackendError, ConfigurationError, Problem
from privacykit.private_files import replacing
from privacykit.settings.paths import DEFAULT_FILE

FOLDER = "privacykit-trial"
_MODE = 0o700
_TOML = """\
# Made by `privacykit run` where there was no privacykit.toml; delete the folder when you are done.
# Whatever name the application is asked by on this machine is its site, and robots count too.
[[site]]
id = "trial"
hosts = ["*"]

[events]
page = "analytics"
bots = true

[purposes.analytics]
uses = ["analytics_no_storage"]
retention = "1 month"
label = "Counting visits"
description = "How many people look at which page, without cookies."

[choice]
secure = false   # the opt-out must hold over plain HTTP too
"""


def is_trial(config: str) -> bool:
    """Tell whether there is nothing to read: no file was named, and the usual one is not there."""
    return config == DEFAULT_FILE and not Path(config).exists()


def check_loopback(host: str, uds: str | None) -> None:
    """
    Refuse to be reached from elsewhere.

    Args:
        host: Where to listen.
        uds: Or the socket; a proxy may be behind one.

    Raises:
        ConfigurationError: PK008.
    """
    if uds is None and is_loopback(host):
        return
    message = "trial mode listens on this machine only, and there is no privacykit.toml"
    hint = "privacykit init writes one; or leave out --host and --uds"
    raise ConfigurationError(Problem("PK008", "command line", "--host", message, hint))


def is_loopback(host: str) -> bool:
    """Tell whether *host* names the loopback interface, without asking a name server."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def set_up_trial() -> str:
    """
    Make what trial mode needs, unless an earlier trial left it here.

    Returns:
        The path of its configuration.

    Raises:
        BackendError: The folder cannot be written.
    """
    from privacykit.stores.keys import init_keys

    folder = Path(FOLDER)
    try:
        folder.mkdir(mode=_MODE, exist_ok=True)
        _write_once(folder / ".gitignore", "*\n")
        _write_once(folder / DEFAULT_FILE, _TOML)
        keys = folder / "privacykit.keys"
        if not keys.exists():
            init_keys(keys, datetime.now(UTC))
    except OSError:
        raise BackendError(
            f"the folder {FOLDER} cannot be written: privacykit run needs it for a trial; "
            "go to a folder of yours, or name a configuration with --config"
        ) from None
    return str(folder / DEFAULT_FILE)


def _write_once(path: Path, text: str) -> None:
    if not path.exists():
        with replacing(path) as file:
            file.write(text.encode())


def said(config: str) -> tuple[str, ...]:
    """Return the lines that say that this is a trial, what it does, and how to leave it."""
    return (
        "privacykit: trial mode, because there is no privacykit.toml here",
        "privacykit: addresses are weakened, opt-outs and browser signals honoured",
        f"privacykit: events are kept in {FOLDER}/ (privacykit events tail -c {config})",
        "privacykit: to leave trial mode: privacykit init",
    )
