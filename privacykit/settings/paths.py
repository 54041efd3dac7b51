"""
Relative paths in a configuration file are taken from the file's own folder.

Pure, but for URLs that a variable or a file holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from privacykit.errors import ConfigurationError, Problem

if TYPE_CHECKING:  # what help shows needs no configuration read
    from privacykit.settings.values import Credential, Url

SQLITE = "sqlite:///"
DEFAULT_FILE = "privacykit.toml"
"""The configuration file where none is named."""


@dataclass(frozen=True, slots=True)
class Paths:
    """
    Finds what a configuration file names.

    Attributes:
        folder: The folder of the configuration file.
    """

    folder: Path

    @classmethod
    def beside(cls, file: str) -> Paths:
        """Return the paths as seen from *file*."""
        return cls(Path(file).absolute().parent)

    def file(self, name: str) -> Path:
        """Return the file *name* means."""
        return self.folder / Path(name).expanduser()

    def url(self, url: Url, key: str = "url") -> str:
        """
        Return *url*, read where it is kept, a relative SQLite file made absolute.

        Args:
            url: What the file says.
            key: Where it says so, as ``table.key``.

        Raises:
            ConfigurationError: It is kept where there is none.
        """
        text = url if isinstance(url, str) else _read(url, key)
        if not text.startswith(SQLITE) or text.startswith(SQLITE + "/") or text == SQLITE:
            return text
        name, mark, query = text[len(SQLITE) :].partition("?")
        return f"{SQLITE}{self.file(name)}{mark}{query}"


def _read(url: Credential, key: str) -> str:
    found = url.reveal()
    if not found:
        hint = "set it, or put it there, where the command or the server runs"
        message = url.missing or "it is empty"
        raise ConfigurationError(Problem("PK034", DEFAULT_FILE, key, message, hint))
    return found
