"""The documentation is complete: every key, command, reason and error id stands in it."""

from __future__ import annotations

import gzip
import json
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from pydantic import BaseModel

from privacykit.cli.main import COMMANDS, command
from privacykit.decide.codes import Code
from privacykit.decide.withheld import Withheld
from privacykit.settings.load import parse
from privacykit.settings.model import Settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
TEXT = "\n".join(path.read_text() for path in DOCS.rglob("*.md") if "_build" not in path.parts)
WORD = re.compile(r"\w+")
SCHEMA = DOCS / "reference" / "privacykit.schema.json"


def _keys(model: type[BaseModel], seen: frozenset[type] = frozenset()):
    for name, field in model.model_fields.items():
        yield name
        for inner in [field.annotation, *getattr(field.annotation, "__args__", ())]:
            if isinstance(inner, type) and issubclass(inner, BaseModel) and inner not in seen:
                yield from _keys(inner, seen | {inner})


def test_every_configuration_key_is_documented():
    """A key that nobody can look up does not exist."""
    words = set(WORD.findall((DOCS / "reference" / "configuration.md").read_text()))
    assert sorted(set(_keys(Settings)) - words) == []


@cache
def _error_ids() -> frozenset[str]:
    source = "\n".join(path.read_text() for path in (ROOT / "privacykit").rglob("*.py"))
    return frozenset(re.findall(r"\bPK\d{3}\b", source))


def test_every_error_id_is_documented():
    """Whoever searches for an id finds what it means."""
    assert len(_error_ids()) > 300
    assert sorted(_error_ids() - set(WORD.findall(TEXT))) == []


def _ids_explained() -> set[str]:
    """Return the ids that the reference has a row for, or sends on to a page that has them."""
    page = DOCS / "reference" / "configuration.md"
    table = page.read_text().partition("## Errors and warnings")[2]
    explained = set(re.findall(r"^\| (PK\d{3}) \| .*[a-z]", table, re.MULTILINE))
    row = re.compile(
        r"^\| PK(\d{3})(?: to PK(\d{3}))? \|[^|]*\| \[.+?\]\((.+?)\) \|$", re.MULTILINE
    )
    for first, last, link in row.findall(table):
        ids = {f"PK{number:03}" for number in range(int(first), int(last or first) + 1)}
        explained |= ids & set(WORD.findall((page.parent / link).read_text()))
    return explained


def test_every_error_id_is_in_the_table_of_the_reference():
    """There it is looked up, by whoever has nothing but the id."""
    assert sorted(_error_ids() - _ids_explained()) == []


def test_every_reason_is_documented():
    """Whoever reads a reason finds what it means."""
    assert sorted({code.value for code in (*Code, *Withheld)} - set(WORD.findall(TEXT))) == []


def _all_commands() -> list[str]:
    inside = {name: getattr(command(name), "commands", {"": None}) for name in COMMANDS}
    return sorted(f"{name} {word}".rstrip() for name in inside for word in inside[name])


def test_every_command_is_documented():
    """Whoever sees a command in ``--help`` finds more about it."""
    assert [words for words in _all_commands() if not re.search(rf"\b{words}\b", TEXT)] == []


@pytest.mark.parametrize(
    ("page", "script"),
    [
        ("banner.md", "preferences/static/banner.js"),
        ("single-page-apps.md", "preferences/static/events.js"),
        ("tags.md", "tags/static/tags.js"),
    ],
)
def test_a_script_is_as_large_as_its_page_says(page, script):
    """As it stands, which is what travels unless somebody compresses it, and compressed."""
    content = (ROOT / "privacykit" / "web" / script).read_bytes()
    told = re.findall(r"([\d.]+) kB", (DOCS / "how-to" / page).read_text())
    sizes = [len(content) / 1000, len(gzip.compress(content, 9)) / 1000]
    assert [float(size) for size in told] == pytest.approx(sizes, abs=0.1)


def test_the_schema_for_editors_is_up_to_date():
    """The published JSON Schema is that of the code."""
    made = json.dumps(Settings.model_json_schema(), indent=2) + "\n"
    assert SCHEMA.read_text() == made


def _blocks(language: str):
    for path in [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]:
        if "_build" in path.parts:
            continue
        for i, found in enumerate(
            re.findall(rf"```{language}\n(.*?)```", path.read_text(), re.DOTALL)
        ):
            yield pytest.param(found, id=f"{path.relative_to(ROOT)}-{i}")


@pytest.mark.parametrize("block", list(_blocks("toml")))
def test_toml_in_the_docs_is_valid(block):
    """Every TOML example can be read; a whole configuration passes the check."""
    document = tomllib.loads(block)
    assert document
    if "site" in document and "purposes" in document:
        assert parse(block).site


PROMISES = (DOCS / "promises.md").read_text()


def _named_tests() -> list[str]:
    return sorted(set(re.findall(r"`((?:tests|privacykit)/[\w/]+\.py(?:::[\w:]+)?)`", PROMISES)))


def test_every_promise_names_a_test_that_exists():
    """A promise is held by a test, not by its sentence."""
    assert len(_named_tests()) > 100
    missing = []
    for name in _named_tests():
        path, *inside = name.split("::")
        source = (ROOT / path).read_text() if (ROOT / path).exists() else ""
        if not source or not all(re.search(rf"(def|class) {part}\b", source) for part in inside):
            missing.append(name)
    assert missing == []


def test_every_promise_of_the_design_is_there():
    """None of the ten promises is forgotten."""
    rows = re.findall(r"^\| (P\d+) \|", PROMISES, re.MULTILINE)
    assert [f"P{number}" for number in range(1, 11) if f"P{number}" not in rows] == []
