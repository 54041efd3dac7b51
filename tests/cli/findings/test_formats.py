"""Tests of findings as SARIF and JUnit: by the rules of the formats, from three commands."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from jsonschema import Draft7Validator
from typer.testing import CliRunner

from privacykit.cli.findings import Findings
from privacykit.cli.findings.junit import junit
from privacykit.cli.findings.sarif import sarif
from privacykit.cli.main import app
from privacykit.errors import Problem
from privacykit.testing.layout import CONFIG, lay_out

TEXT = {"type": "string", "minLength": 1}
LOCATION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["logicalLocations"],
    "properties": {
        "physicalLocation": {
            "type": "object",
            "additionalProperties": False,
            "required": ["artifactLocation"],
            "properties": {
                "artifactLocation": {"required": ["uri"], "properties": {"uri": {"type": "string", "pattern": "^[^ \\\\\\\\]+$"}}},
                "region": {"required": ["startLine"], "properties": {"startLine": {"type": "integer", "minimum": 1}}},
            },
        },
        "logicalLocations": {"type": "array", "minItems": 1, "items": {"required": ["fullyQualifiedName", "kind"]}},
    },
}  # fmt: skip
RESULT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["message", "ruleId"],
    "properties": {
        "ruleId": {"type": "string", "pattern": "^PK\\d{3}$"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "message": {"required": ["text"], "properties": {"text": TEXT}},
        "locations": {"type": "array", "minItems": 1, "items": LOCATION},
        "partialFingerprints": {"type": "object", "additionalProperties": TEXT},
    },
}
SHAPE = Draft7Validator(
    {
        "required": ["version", "runs"],
        "properties": {
            "version": {"const": "2.1.0"},
            "$schema": {"pattern": "^https://.*sarif-schema-2.1.0.json$"},
            "runs": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "required": ["tool", "results"],
                    "properties": {
                        "tool": {"required": ["driver"], "properties": {"driver": {"required": ["name"]}}},
                        "results": {"type": "array", "items": RESULT},
                    },
                },
            },
        },
    }
)  # fmt: skip
"""What SARIF 2.1.0 asks of the parts that we write (§3.13, §3.14, §3.27, §3.28)."""

POLICY = 'id = "XX"\nname = "X"\nkind = "country"\nplaces = ["xx"]\n'


@pytest.fixture(params=["check", "datamap check", "policy lint"])
def asked(request, tmp_path, monkeypatch):
    """Return a command whose file has something wrong in line 2 or 4, and the file's name."""
    monkeypatch.chdir(tmp_path)
    if request.param == "check":
        lay_out(tmp_path, CONFIG.replace('id = "shop"', 'idd = "shop"'))
        return ["check"], "privacykit.toml", "PK012", 2
    if request.param == "datamap check":
        lay_out(tmp_path)
        text = '[datasets.a]\nurl = { env = "NOPE" }\n'
        (tmp_path / "datamap.toml").write_text(text)
        return ["datamap", "check"], "datamap.toml", "PK218", 2
    (tmp_path / "laws").mkdir()
    (tmp_path / "laws" / "XX.toml").write_text(POLICY)
    return ["policy", "lint", "laws"], "laws/XX.toml", "PK053", 4


def run(*words):
    """Return the exit code of a command and what it printed."""
    done = CliRunner().invoke(app, words)
    return done.exit_code, done.stdout


def test_every_command_writes_sarif(asked):
    """The file as seen from here, and the line."""
    words, file, id_, line = asked
    code, out = run(*words, "--format", "sarif")
    document = json.loads(out)
    SHAPE.validate(document)
    found = [result for result in document["runs"][0]["results"] if result["ruleId"] == id_]
    physical = found[0]["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == file
    assert (code, physical["region"]["startLine"]) == (1, line)


def test_every_command_writes_junit(asked):
    """A failure for each error; the counts are those of the cases."""
    words, _, id_, line = asked
    code, out = run(*words, "--format", "junit")
    root = fromstring(out)
    cases = root.findall("./testsuite/testcase")
    failed = [case for case in cases if case.find("failure") is not None]
    assert id_ in {case.find("failure").get("type") for case in failed}
    assert str(line) in {case.get("line") for case in failed}
    assert (code, root.get("tests"), root.get("failures")) == (1, str(len(cases)), str(len(failed)))


def test_json_is_json_by_either_option(asked):
    """`--json` is short for `--format json`, and the line is in it."""
    words, _, _, line = asked
    assert run(*words, "--json") == run(*words, "--format", "json")
    assert f'"line": {line}' in run(*words, "--json")[1]


def test_what_is_in_no_file_has_no_path(tmp_path):
    """A missing package, a store; odd characters are those of the format."""
    problems = [
        Problem("PK001", "environment", "http", "is <not> installed \x00\x1b & so on"),
        Problem("PK134", "store 'x'", "", "is newer"),
        Problem("PK010", "a folder/none.toml", "", "the file cannot be read"),
    ]
    found = Findings("privacykit check", problems, problems, tmp_path)
    document = sarif(found)
    SHAPE.validate(document)
    places = [r["locations"][0] for r in document["runs"][0]["results"]]
    assert ["physicalLocation" in place for place in places] == [False, False, True] * 2
    assert [r["level"] for r in document["runs"][0]["results"]] == ["error"] * 3 + ["warning"] * 3
    root = fromstring(junit(found))
    assert (root.get("tests"), root.get("failures")) == ("6", "3")


def test_nothing_found_is_a_test_that_passes():
    """Build servers take a file without tests for a broken one."""
    found = Findings("privacykit check", [], [], Path())
    root = fromstring(junit(found))
    assert (root.get("tests"), len(root.findall(".//testcase")), root.get("failures")) == (
        "1",
        1,
        "0",
    )
    SHAPE.validate(sarif(found))
