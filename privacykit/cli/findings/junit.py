"""Findings as JUnit's XML, which build servers show as tests: one that fails for each error."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from privacykit.cli.findings import Findings
from privacykit.errors import Problem

_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(findings: Findings) -> str:
    """Return *findings* as one suite; a warning is a test that passes and has something to say."""
    told = len(findings.wrong) + len(findings.advice)
    counts = {
        "tests": str(told or 1),
        "failures": str(len(findings.wrong)),
        "errors": "0",
        "skipped": "0",
    }
    root = Element("testsuites", counts)
    suite = SubElement(root, "testsuite", {"name": findings.command, **counts})
    for problem in findings.wrong:
        failed = SubElement(_case(suite, problem), "failure", {"type": problem.id})
        failed.set("message", _plain(problem.message))
        failed.text = _plain(str(problem))
    for problem in findings.advice:
        SubElement(_case(suite, problem), "system-out").text = _plain(str(problem))
    if not told:
        SubElement(suite, "testcase", {"classname": "privacykit", "name": findings.command})
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=False)


def _case(suite: Element, problem: Problem) -> Element:
    name = f"{problem.id} {problem.key}".strip()
    attributes = {"classname": _plain(problem.file), "name": _plain(name)}
    if problem.line:
        attributes |= {"file": _plain(problem.file), "line": str(problem.line)}
    return SubElement(suite, "testcase", attributes)


def _plain(text: str) -> str:
    """Return *text* without the characters that XML cannot hold (XML 1.0 §2.2)."""
    return _NOT_XML.sub("\ufffd", text)
