"""The walls of the house hold: a violation fails the build, and the house itself has none."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "privacykit"
LONGEST_FILE = 300
FULLEST_FOLDER = 12

LONGER = {
    "collect/privacy.py": 410,
    "connectors/files/connector.py": 361,
    "connectors/sql/connector.py": 338,
    "connectors/sql/ownership/whose.py": 364,
    "connectors/sql/purge.py": 303,
    "govern/erasure/connector.py": 334,
    "govern/erasure/ownership.py": 316,
    "govern/records.py": 428,
    "govern/requests/service.py": 435,
    "govern/retention/run.py": 311,
    "operate/fulfil.py": 376,
    "settings/model.py": 310,
    "signals/choice.py": 356,
    "stores/database/engine.py": 312,
    "stores/keys.py": 303,
    "stores/records/audit.py": 301,
    "stores/records/consents.py": 311,
    "testing/connector_contract.py": 383,
}
"""Files that are longer, and how long at most: this list only shrinks."""

FULLER = {
    "cli": 29,
    "collect": 18,
    "connectors/sql": 22,
    "govern/erasure": 19,
    "operate": 17,
    "pseudonym": 27,
}
"""Folders with more files, and how many at most: this list only shrinks."""


def _run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path):
    """Return a copy of the house that a test may damage."""
    shutil.copytree(
        ROOT / "privacykit", tmp_path / "privacykit", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def _lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("policy", "from privacykit.collect import flow"),
        ("collect", "from privacykit.stores import keys"),
        ("collect", "from privacykit.govern import records"),
        ("signals", "import sqlite3"),
        ("web", "from privacykit.settings import wire"),
    ],
    ids=["up", "edge-in-core", "flow-in-flow", "io-in-core", "edge-knows-settings"],
)
def test_an_import_through_a_wall_fails_the_build(copy, room, line):
    """Imports point only one way, and the core does no I/O."""
    (copy / "privacykit" / room / "breach.py").write_text(f'"""A breach."""\n\n{line}\n')
    assert _lint_imports(copy).returncode != 0


@pytest.mark.parametrize(
    ("line", "use"),
    [
        ("import time", "time.time()"),
        ("from datetime import datetime", "datetime.now()"),
        ("from zoneinfo import ZoneInfo", 'ZoneInfo("UTC")'),
        ("import os", "os.urandom(1)"),
        ("import uuid", "uuid.uuid4()"),
        ("import logging", 'logging.getLogger("x")'),
        ("from pathlib import Path", 'Path("x")'),
    ],
)
def test_a_banned_symbol_in_the_core_fails_the_build(copy, line, use):
    """Clock, randomness, time zones, files and loggers are arguments of the core."""
    text = f'"""A breach."""\n\n{line}\n\nBREACH = {use}\n'
    (copy / "privacykit" / "pseudonym" / "breach.py").write_text(text)
    found = _run(copy, "ruff", "check", "privacykit/pseudonym/breach.py")
    assert "banned-api" in found.stdout + found.stderr or "TID251" in found.stdout


def test_the_house_has_no_breach(copy):
    """The same checks pass on the house as it is."""
    assert _lint_imports(copy).returncode == 0


def _lines(path):
    return path.read_text().count("\n")


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_files_stay_small(path):
    """A file can be held in mind."""
    assert _lines(path) <= LONGER.get(str(path.relative_to(PACKAGE)), LONGEST_FILE)


@pytest.mark.parametrize(
    "folder",
    sorted(path.parent for path in PACKAGE.rglob("__init__.py")),
    ids=lambda folder: str(folder.relative_to(PACKAGE)),
)
def test_folders_stay_small(folder):
    """A folder can be looked over."""
    files = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(files) <= FULLER.get(str(folder.relative_to(PACKAGE)), FULLEST_FOLDER)


@pytest.mark.parametrize("name", sorted(LONGER))
def test_a_file_that_became_shorter_leaves_the_list(name):
    """An exception that nobody needs any more hides the next one."""
    assert LONGEST_FILE < _lines(PACKAGE / name) <= LONGER[name]


@pytest.mark.parametrize("name", sorted(FULLER))
def test_a_folder_that_became_emptier_leaves_the_list(name):
    """The same for folders."""
    files = [path for path in (PACKAGE / name).glob("*.py") if path.name != "__init__.py"]
    assert FULLEST_FOLDER < len(files) <= FULLER[name]


def _public_classes():
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name, str(path.relative_to(PACKAGE))


def test_a_class_name_means_one_thing():
    """Whoever reads a public class's name anywhere knows which one it is."""
    homes = defaultdict(list)
    for name, path in _public_classes():
        homes[name].append(path)
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}


RELATIVE = re.compile(r"(What|Whose|Who|Whom|Which|How|When|Where|Whether|Everything|By what) ")


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_a_module_names_its_thing(path):
    """The first sentence has a noun of the field; a relative clause may only follow it."""
    told = ast.get_docstring(ast.parse(path.read_text())) or ""
    assert told
    assert not RELATIVE.match(told)


def test_a_test_that_the_code_names_is_there():
    """A law that names the test that holds it is held by none once that was moved."""
    named = {
        place
        for path in PACKAGE.rglob("*.py")
        for place in re.findall(r"\btests/[\w/.]*\w", path.read_text())
    }
    assert sorted(place for place in named if not (ROOT / place).exists()) == []


def _words_of_the_glossary():
    for line in (ROOT / "docs/glossary.md").read_text().splitlines():
        yield from re.findall(r"\*\*(.+?)\*\*", line.split("|")[1]) if "|" in line else ()


def test_every_word_of_the_glossary_is_used_in_the_code():
    """A word that nobody uses explains nothing."""
    code = " ".join(path.read_text().lower() for path in PACKAGE.rglob("*.py"))
    text = re.sub(r"[^a-z]+", " ", code)
    words = {part for word in _words_of_the_glossary() for part in word.lower().split(", ")}
    unused = [word for word in words if re.sub(r"[^a-z]+", " ", word).strip() not in text]
    assert unused == []


FOREIGN = {
    "connectors/django/keys.py": "a field of Django's",
    "connectors/django/told.py": "a field of Django's",
    "connectors/sql/catalogue/marked.py": "a module of the application's",
    "connectors/sql/catalogue/reflect.py": "a column type of the database's",
    "connectors/sql/convert.py": "a column type of the database's",
    "connectors/sql/database.py": "an error of a driver",
    "connectors/sql/dialects/purge_postgresql.py": "an error of a driver",
    "connectors/sql/readers.py": "a thread's own place",
    "connectors/sql/refusals.py": "an error of a driver",
    "stores/database/causes.py": "an error of a driver",
}
"""Where something that is not ours is asked what it has."""
ROOMS = (
    "collect", "connectors", "delivery", "export", "govern", "operate", "recipients", "runtime",
    "settings", "sinks", "stores",
)  # fmt: skip


def test_nothing_of_ours_is_asked_by_name_what_it_can_do():
    """A capability is a protocol: what has no type is checked by nobody, and drifts."""
    found = {
        str(path.relative_to(ROOT / "privacykit"))
        for room in ROOMS
        for path in (ROOT / "privacykit" / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and _asks_by_name(node)
    }
    assert found == set(FOREIGN)


def _asks_by_name(call: ast.Call) -> bool:
    match call:
        case ast.Call(func=ast.Name("hasattr"), args=[ast.Name(asked), *_]):
            return asked != "os"  # not every platform can fork
        case ast.Call(func=ast.Name("hasattr")):
            return True
        case ast.Call(func=ast.Name("getattr"), args=[_, _, _]):
            return True
    return False


@pytest.mark.parametrize("room", sorted(p.name for p in (ROOT / "privacykit").iterdir()))
def test_entries_of_a_docstring_stand_close(room):
    """There is one layout of `Args:`: no blank line between its entries."""
    place = ROOT / "privacykit" / room
    apart = [
        f"{path.name}: {section}"
        for path in ([place] if place.suffix == ".py" else place.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for section in _SECTION.findall(f"{ast.get_docstring(node) or ''}\n")
        if _APART.search(section)
    ]
    assert apart == []


_SECTION = re.compile(r"^(?:Args|Attributes|Raises):\n((?:(?: {4}.*)?\n)+)", re.MULTILINE)
_APART = re.compile(r"\n\n+ {4}\*{0,2}[\w.]+:(?: |$)", re.MULTILINE)
