"""File names for collections: readable, safe on every system, and one for each name. Pure."""

from __future__ import annotations

import hashlib
import re

LONGEST = 60
"""Characters kept of a name; with folder and suffix far below what any file system allows."""

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]*")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])")
"""Names that stand for devices on Windows, with whatever suffix (Microsoft, "Naming Files")."""


def file_name(name: str) -> str:
    """
    Return the file name that stands for *name*; different names have different ones.

    A name that is a plain word in lower case is kept. Of any other what is plain is kept, and the
    first 48 bits of its SHA-256 follow behind a dot, which no plain name has. File systems that
    fold case or Unicode forms therefore keep them apart as well.
    """
    if _PLAIN.fullmatch(name) and len(name) <= LONGEST and not _RESERVED.fullmatch(name):
        return name
    readable = re.sub(r"[^a-z0-9_-]+", "_", name.lower())[:LONGEST].strip("_") or "_"
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{readable}.{digest}"
