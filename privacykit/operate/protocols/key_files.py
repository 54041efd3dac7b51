"""Keys of protocols, read from where a configuration names them; a wrong one stops a start."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import TypeVar

from privacykit.errors import ConfigurationError, KeyMaterialError, MissingExtraError, Problem
from privacykit.settings.load import DEFAULT_FILE
from privacykit.settings.values import Credential

K = TypeVar("K")


def read_key(credential: Credential, where: str, read: Callable[[str], K]) -> K:
    """
    Return the key that *credential* holds.

    Args:
        credential: Where it is.
        where: The key of the file that names it.
        read: Reads a PEM.

    Raises:
        ConfigurationError: PK370, it is missing or none.
    """
    try:
        return read(credential.reveal() or "")
    except KeyMaterialError as error:
        raise ConfigurationError(key_problem(where, str(error))) from None


def require_tokens() -> None:
    """
    Check that what signs the tokens of the Data Deletion Request Framework is installed.

    Raises:
        MissingExtraError: It is not.
    """
    if find_spec("joserfc") is None:  # pragma: no cover - the test extra brings it
        raise MissingExtraError("dsr", "the Data Deletion Request Framework")


def key_problem(where: str, message: str) -> Problem:
    """Return the problem of the key that *where* names."""
    hint = "see docs/how-to/requests-by-protocol.md"
    return Problem("PK370", DEFAULT_FILE, where, message, hint)
