"""A report as one page that needs nothing else. Writes a file."""

from __future__ import annotations

from pathlib import Path

from privacykit.errors import BackendError
from privacykit.private_files import replacing
from privacykit.reports.result import Report


def text(report: Report) -> str:
    """Return *report* as HTML."""
    return f"<!doctype html><title>{report.report}</title>"


def write(report: Report, path: str) -> None:
    """
    Write *report* to *path*, instead of what is there.

    Raises:
        BackendError: It cannot be written.
    """
    try:
        with replacing(Path(path)) as file:
            file.write(text(report).encode())
    except OSError as error:
        raise BackendError(f"cannot write {path}: {error.strerror}") from None
