"""The documentation of the law as data keeps up with it."""

import importlib.util
import json
import re
import tomllib
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from privacykit.decide.codes import Code
from privacykit.policy.override import statements
from privacykit.policy.parse import parse_policy, policy_schema
from privacykit.policy.words import (
    BreachStart,
    Confidence,
    GpcStatus,
    Kind,
    Model,
    RequestStart,
    SignalEffect,
    Use,
)
from privacykit.settings.policies import shipped_directory, shipped_policies

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SCHEMA = json.loads((DOCS / "reference" / "policy.schema.json").read_text(encoding="utf-8"))
FILES = (DOCS / "reference" / "policy-files.md").read_text(encoding="utf-8")
DECISIONS = (DOCS / "reference" / "decisions.md").read_text(encoding="utf-8")
OURS = sorted(shipped_directory().glob("*.toml"))


def pages():
    """Load the script that writes the pages."""
    spec = importlib.util.spec_from_file_location("policy_pages", DOCS / "policy_pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def plain(value):
    """Turn dates into the text that JSON has for them."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def test_the_published_schema_is_the_one_in_use():
    """`privacykit policy schema > docs/reference/policy.schema.json` writes it."""
    assert policy_schema() == SCHEMA


@pytest.mark.parametrize("path", OURS, ids=[path.stem for path in OURS])
def test_every_file_fits_the_schema(path):
    """What an editor would underline is an error here."""
    table = plain(tomllib.loads(path.read_text(encoding="utf-8")))
    assert list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(table)) == []


def test_every_reason_and_use_is_documented():
    """In the page about decisions."""
    undocumented = [word for word in (*Code, *Use) if f"`{word.value}`" not in DECISIONS]
    assert undocumented == []


def test_every_word_of_a_policy_file_is_documented():
    """Kinds, models, effects, duties, how sure we are, and what starts a clock."""
    words = (*Kind, *Model, *SignalEffect, *GpcStatus, *Confidence, *RequestStart, *BreachStart)
    assert [word for word in words if f"`{word.value}`" not in FILES] == []


def test_every_key_of_a_policy_file_is_documented():
    """As the schema knows them."""
    keys = set(SCHEMA["properties"])
    for shape in SCHEMA["$defs"].values():
        keys |= set(shape.get("properties", {}))
    known = set(re.findall(r"[a-z_0-9]+", FILES))
    assert keys - known - {"ip_address", "id"} == set()


def test_every_problem_of_a_policy_file_is_documented():
    """Each id that the code can report."""
    folders = [ROOT / "privacykit" / "policy", ROOT / "privacykit" / "settings" / "policies.py"]
    texts = [
        path.read_text(encoding="utf-8")
        for f in folders
        for path in (f, *f.rglob("*.py"))
        if path.is_file()
    ]
    used = {found for text in texts for found in re.findall(r"PK0[5-9]\d", text)}
    assert used
    assert [code for code in sorted(used) if f"`{code}`" not in FILES] == []


def test_each_policy_has_a_page_with_every_citation(tmp_path):
    """The pages are written from the files."""
    written = pages()
    written.write_pages(tmp_path, shipped_policies())
    directory = tmp_path / "reference" / "jurisdictions"
    for policy in shipped_policies():
        page = (directory / f"{policy.id}.md").read_text(encoding="utf-8")
        missing = [
            path
            for path, one in statements(policy).items()
            if written.escape(one.clause.citation) not in page
        ]
        assert missing == []
    table = (tmp_path / "reference" / "jurisdictions.md").read_text(encoding="utf-8")
    assert table.count("(jurisdictions/") == len(shipped_policies())


def test_a_page_tells_when_a_clause_was_read_and_what_practice_is():
    """Beside what it says and how sure that is; what may change stands below."""
    source = 'citation = "A"\nconfidence = "quoted"\n'
    text = (
        'id = "XA"\nname = "X"\nkind = "country"\nread = 2026-11-28\n'
        f'[rules.sale]\nmodel = "prohibited"\n{source}'
        f'[rules.sale.practice]\nsays = "asked for"\n{source}'
        f'[[pending]]\nwhat = "a draft"\nexpected = 2027-06-01\n{source}'
    )
    page = list(pages().page(parse_policy(text, "x").policy, shipped_policies()))
    assert (
        "| `rules.sale` | prohibited<br>In practice: asked for (A; quoted) | A | quoted | 2026-11-28 |"
        in page
    )
    assert "- 2027-06-01: a draft (A; quoted)" in page


def test_pages_of_policies_that_are_gone_go(tmp_path):
    """And pages that did not change are left alone."""
    written = pages()
    written.write_pages(tmp_path, shipped_policies())
    directory = tmp_path / "reference" / "jurisdictions"
    stale, kept = directory / "XX.md", directory / "FR.md"
    stale.write_text("old", encoding="utf-8")
    before = kept.stat().st_mtime_ns
    written.write_pages(tmp_path, shipped_policies())
    assert not stale.exists()
    assert kept.stat().st_mtime_ns == before


def test_the_build_writes_the_pages(tmp_path):
    """Sphinx calls the script when a build begins."""
    connected = {}

    class App:
        srcdir = tmp_path

        def connect(self, event, handler):
            connected[event] = handler

    app = App()
    assert pages().setup(app) == {"parallel_read_safe": True}
    connected["builder-inited"](app)
    assert (tmp_path / "reference" / "jurisdictions.md").exists()
