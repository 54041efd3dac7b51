"""The stamp of a published notice: its version, and a mark of each statement. Pure."""

from __future__ import annotations

import re

from privacykit.documents.model import DocumentModel

_STAMP = re.compile(r"privacykit-notice ([0-9a-f]{12})((?: [0-9a-f]{10}=[0-9a-f]{10})*)")


def stamp_of(model: DocumentModel) -> str:
    """Return what machines find the version and the statements by; it says nothing by itself."""
    marks = sorted(f"{one.mark}={one.digest}" for one in model.statements)
    return " ".join(["privacykit-notice", model.version, *marks])


def read_stamp(text: str) -> tuple[str, dict[str, str]] | None:
    """Return version and digests by mark out of a page that was published; ``None`` without any."""
    found = _STAMP.search(text)
    if found is None:
        return None
    pairs = (pair.partition("=") for pair in found[2].split())
    return found[1], {mark: digest for mark, _, digest in pairs}
