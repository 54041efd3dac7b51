"""
The standard of a string, by its form alone. Pure.

A string is known by its beginning, and by what it is without the quotes or percent escapes (RFC
3986 2.1) that it was copied with. Whether all of it is right is for the decoder to say, here as in
a batch, and of the string as it stands: the readers of cookies take nothing off either.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from privacykit.cli.signals.answers import SignalLine
from privacykit.signals.gpp.string import IDS

_FORMS = (
    ("ac-string", re.compile(r"[12]~[0-9.]*(~dv[0-9.]*)?", re.ASCII)),
    ("uspv1", re.compile(r"[0-9][A-Za-z-]{3}", re.ASCII)),
    ("gpp-sid", re.compile(r"-1|[0-9]{1,2}([ ,_]+[0-9]{1,2})*", re.ASCII)),
    ("gpp", re.compile(r"D[A-Za-z0-9_-]{3}\S*", re.ASCII)),
    ("tcf", re.compile(r"[BC][A-Za-z0-9_-]{3}\S*", re.ASCII)),
)
_QUOTES = {('"', '"'), ("'", "'")}
_HEADER = re.compile(r"(sec-gpc|dnt|adpc|tk)[ \t]*:[ \t]*(.*)", re.ASCII | re.IGNORECASE)
_STANDARDS = {"sec-gpc": "gpc", "dnt": "dnt", "adpc": "adpc"}


def recognised(text: str, section: str | None = None) -> SignalLine | None:
    """
    Return the question that *text* is, or ``None`` where no form fits.

    Args:
        text: A string, or a header as ``Name: value``.
        section: The name of a GPP section that *text* is, where the user says so.
    """
    if section is not None:
        return SignalLine("", "gpp-section", text, section) if section in IDS else None
    header = _HEADER.fullmatch(text.strip())
    if header is not None:
        name = header[1].lower()
        if name == "tk":
            return SignalLine("", "tk", header[2])
        return SignalLine("", _STANDARDS[name], [[name, header[2]]])
    found, looked_at = text.strip(), bare(text)
    for standard, form in _FORMS:
        if form.fullmatch(looked_at):
            return SignalLine("", standard, {"value": found} if standard == "gpp-sid" else found)
    return None


def bare(text: str) -> str:
    """Return *text* without white space and quotes around it, its percent escapes decoded once."""
    found = text.strip()
    if len(found) > 1 and (found[0], found[-1]) in _QUOTES:
        found = found[1:-1].strip()
    return unquote(found, errors="replace") if "%" in found else found
