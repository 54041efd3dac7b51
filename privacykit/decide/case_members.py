"""
Members of a case: where each belongs, and what is wrong with one that stands elsewhere. Pure.

A member that nobody reads makes an answer laxer than what was asked, so it is refused: one of the
case's own words in the wrong table, and within tables of ours any word that we do not know.
Properties are the operator's; of those only what belongs elsewhere is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

QUESTION: Final = frozenset(
    {
        "id",
        "date",
        "country",
        "subdivision",
        "residence",
        "declared_residence",
        "establishments",
        "audience",
        "signals",
        "purpose",
        "use",
        "properties",
        "gpc_scope",
    }
)
"""The members of a case itself."""
SIGNALS: Final = frozenset(
    {
        "gpc",
        "dnt",
        "consent",
        "opted_out",
        "age",
        "consent_after_gpc",
        "parental_consent",
        "signed_authorization",
        "months_since_refusal",
        "months_since_consent",
    }
)
_AUDIENCE: Final = frozenset({"child_directed", "online_platform", "data_types", "thresholds_met"})
_RUNNER: Final = frozenset({"establishments", "residence", "declared_residence"})
AUDIENCE: Final = _AUDIENCE | _RUNNER
_CLOSE: Final = 0.8
_WORD: Final = re.compile(r"[A-Za-z0-9_.-]{1,60}")


def misplaced(table: Mapping[str, Any]) -> tuple[str, str] | None:
    """
    Return the first member of a case that nobody would read, and where it belongs.

    Args:
        table: The case.

    Returns:
        Its key and what to do, ``None`` where every member is read.
    """
    for name in table:
        if name not in QUESTION and (hint := _at_top(name)):
            return _said(name), hint
    for part, known in (("signals", SIGNALS), ("audience", AUDIENCE)):
        for name in _inner(table, part):
            if name not in known:
                return f"{part}.{_said(name)}", _elsewhere(name, part) or _meant(name, known)
    for name in _inner(table, "properties"):
        if hint := _elsewhere(name, "properties"):
            return f"properties.{name}", hint
    return None


def meant(name: str, known: frozenset[str] | tuple[str, ...]) -> str:
    """Return the question whether *name* should be the closest of *known*; empty if none is."""
    close = get_close_matches(name.lower(), {one.lower(): one for one in known}, 1)
    found = next((one for one in known if close and one.lower() == close[0]), None)
    return "" if found is None else f"did you mean {found}?"


def _meant(name: str, known: frozenset[str]) -> str:
    return meant(name, known) or "there is no such member: remove it"


def _said(name: str) -> str:
    """Return *name* where it is a word; what is not may be anything, and is not quoted."""
    return name if _WORD.fullmatch(name) else "…"


def _inner(table: Mapping[str, Any], part: str) -> tuple[str, ...]:
    inner = table.get(part)
    return tuple(inner) if isinstance(inner, Mapping) else ()


def _at_top(name: str) -> str:
    """Words of the asker's own may stand beside the question, unless they look like one of ours."""
    if home := _elsewhere(name, ""):
        return home
    close = get_close_matches(name, QUESTION, 1, _CLOSE)
    return f"did you mean {close[0]}?" if close else ""


def _elsewhere(name: str, here: str) -> str:
    if name in SIGNALS and here != "signals":
        return "it belongs in signals"
    if name in _AUDIENCE and here != "audience":
        return "it belongs in audience"
    if name in QUESTION and here and not (here == "audience" and name in _RUNNER):
        return f"it belongs beside {here}"
    return ""
