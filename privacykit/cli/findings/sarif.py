"""Findings as SARIF 2.1.0, which code hosts show beside the line (OASIS, 2020)."""

from __future__ import annotations

from hashlib import sha256
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from privacykit.cli.findings import Findings
from privacykit.errors import Problem

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def sarif(findings: Findings) -> dict[str, Any]:
    """Return *findings* as one run of the tool."""
    told = [("error", one) for one in findings.wrong] + [("warning", o) for o in findings.advice]
    ids = sorted({problem.id for _, problem in told})
    driver = {
        "name": "privacykit",
        "version": version("privacykit"),
        "rules": [{"id": id_, "name": id_} for id_ in ids],
    }
    results = [
        {
            "ruleId": problem.id,
            "ruleIndex": ids.index(problem.id),
            "level": level,
            "message": {"text": _words(problem)},
            "locations": [_location(findings.file_of(problem), problem)],
            "partialFingerprints": {"problem/v1": _fingerprint(problem)},
        }
        for level, problem in told
    ]
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"{findings.command}/"},
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _words(problem: Problem) -> str:
    where = f"{problem.key}: " if problem.key else ""
    return f"{where}{problem.message}" + (f" ({problem.hint})" if problem.hint else "")


def _location(file: str | None, problem: Problem) -> dict[str, Any]:
    """Return where it is: in a file, with its line where there is one; always by its key."""
    found: dict[str, Any] = {}
    if file is not None:
        found["physicalLocation"] = {"artifactLocation": {"uri": quote(file)}}
        if problem.line:
            found["physicalLocation"]["region"] = {"startLine": problem.line}
    name = problem.key or problem.file
    found["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "member"}]
    return found


def _fingerprint(problem: Problem) -> str:
    """Return what stays the same when lines are added above."""
    parts = (problem.id, problem.file, problem.key, problem.message)
    return sha256("\n".join(parts).encode()).hexdigest()
