"""Relative paths in a configuration file are taken from the file's own folder. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SQLITE = "sqlite:///"


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

    def url(self, url: str) -> str:
        """Return *url*, a relative SQLite file made absolute."""
        if not url.startswith(SQLITE) or url.startswith(SQLITE + "/") or url == SQLITE:
            return url
        name, mark, query = url[len(SQLITE) :].partition("?")
        return f"{SQLITE}{self.file(name)}{mark}{query}"
