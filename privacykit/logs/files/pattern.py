"""
Formats of the user's own: a line with its fields in braces, as ``{address} - {user} [{time}]``.

Pure. What stands between the fields must stand in the line. A field ends where the next text
begins, so that time grows in proportion to the line.
"""

from __future__ import annotations

import re

from privacykit.errors import ConfigurationError, Problem
from privacykit.logs.files.fields import Field, LogFields
from privacykit.logs.files.shape import Line

_FIELD = re.compile(r"\{([a-z]+)\}")
NAME = "pattern"


def bound(pattern: str, fields: LogFields, message: Field) -> Line:
    """
    Return what weakens the lines that *pattern* describes.

    Raises:
        ConfigurationError: PK265, the pattern names no field, an unknown one, or two side by side.
    """
    pieces = _FIELD.split(pattern)
    texts = [each.encode() for each in pieces[::2]]
    known = {*fields.kinds(), "message"}
    if len(pieces) == 1 or not known.issuperset(pieces[1::2]) or not all(texts[1:-1]):
        raise ConfigurationError(
            Problem(
                "PK265",
                "--pattern",
                "",
                "fields stand in braces, with text between them",
                f"fields are {', '.join(sorted(known))}",
            )
        )
    plan = [message if each == "message" else fields.of(each) for each in pieces[1::2]]

    def line(raw: bytes) -> bytes | None:
        if not raw.startswith(texts[0]):
            return None
        parts = [texts[0]]
        at = len(texts[0])
        for weaken, text in zip(plan, texts[1:], strict=True):
            last = weaken is plan[-1] and text is texts[-1]
            end = _end(raw, text, at, last=last)
            if end < 0:
                return None
            parts += weaken(raw[at:end]), text
            at = end + len(text)
        return b"".join(parts) if at == len(raw) else None

    return line


def _end(raw: bytes, text: bytes, at: int, *, last: bool) -> int:
    if not last:
        return raw.find(text, at)
    end = len(raw) - len(text)
    return end if end >= at and raw.endswith(text) else -1
