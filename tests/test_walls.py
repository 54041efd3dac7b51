"""The walls of the house hold: a violation fails the build, and the house itself has none."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from functools import cache
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
    "govern/erasure/ownership.py": 316,
    "govern/requests/service.py": 435,
    "operate/fulfil.py": 376,
}
"""Files that are longer, and how long at most: this list only shrinks."""


def _run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False
    )


@cache
def _text(path: Path) -> str:
    return path.read_text()


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(_text(path))


def _files(place: Path = PACKAGE) -> list[Path]:
    return sorted(place.rglob("*.py"))


def _home(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a copy of the house that a test may damage."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(
        ROOT / "privacykit", folder / "privacykit", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def _lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"COLUMNS": "200"},
    )


BREACHES = {
    "up": ("policy", "privacykit.collect"),
    "edge_in_core": ("collect", "privacykit.stores"),
    "flow_in_flow": ("collect", "privacykit.govern"),
    "io_in_core": ("signals", "sqlite3"),
    "edge_knows_settings": ("web", "privacykit.settings"),
}
"""Where a line is written that no contract may let pass, and what it imports."""


def test_an_import_through_a_wall_fails_the_build(copy):
    """Imports point only one way, and the core does no I/O."""
    made = []
    for name, (room, imported) in BREACHES.items():
        made.append(copy / "privacykit" / room / f"breach_{name}.py")
        made[-1].write_text(f'"""A breach."""\n\nimport {imported}\n')
    found = _lint_imports(copy)
    for path in made:
        path.unlink()
    assert found.returncode != 0
    for name, (room, imported) in BREACHES.items():
        said = f"privacykit.{room}.breach_{name} -> {imported}"
        assert re.search(rf"{re.escape(said)}\b", found.stdout), (said, found.stdout)


BANNED = {
    "import time": "time.time()",
    "from datetime import datetime": "datetime.now()",
    "from zoneinfo import ZoneInfo": 'ZoneInfo("UTC")',
    "import os": "os.urandom(1)",
    "import uuid": "uuid.uuid4()",
    "import logging": 'logging.getLogger("x")',
    "from pathlib import Path": 'Path("x")',
}


def test_a_banned_symbol_in_the_core_fails_the_build(copy):
    """Clock, randomness, time zones, files and loggers are arguments of the core."""
    room = copy / "privacykit" / "pseudonym"
    made = {room / f"breach_{number}.py": line for number, line in enumerate(BANNED)}
    for path, line in made.items():
        path.write_text(f'"""A breach."""\n\n{line}\n\nBREACH = {BANNED[line]}\n')
    found = _run(copy, "ruff", "check", "--output-format", "concise", *map(str, made))
    for path in made:
        path.unlink()
    for path, line in made.items():
        assert re.search(rf"{path.name}:.* (banned-api|TID251)\b", found.stdout), (
            line,
            found.stdout,
        )


def test_the_house_has_no_breach(copy):
    """The same checks pass on the house as it is."""
    assert _lint_imports(copy).returncode == 0


def _lines(path):
    return _text(path).count("\n")


def test_files_stay_small():
    """A file can be held in mind."""
    long = {_home(path): _lines(path) for path in _files() if _lines(path) > LONGEST_FILE}
    assert {name: lines for name, lines in long.items() if lines > LONGER.get(name, 0)} == {}
    assert sorted(set(LONGER) - set(long)) == []  # an exception nobody needs hides the next one


def test_folders_stay_small():
    """A folder can be looked over."""
    files = [path for path in _files() if path.name != "__init__.py"]
    full = Counter(_home(path.parent) for path in files)
    assert {name: count for name, count in full.items() if count > FULLEST_FOLDER} == {}


def _public_classes():
    for path in _files():
        for node in _tree(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name, _home(path)


def test_a_class_name_means_one_thing():
    """Whoever reads a public class's name anywhere knows which one it is."""
    homes = defaultdict(list)
    for name, path in _public_classes():
        homes[name].append(path)
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}


RELATIVE = re.compile(r"(What|Whose|Who|Whom|Which|How|When|Where|Whether|Everything|By what) ")


def test_a_module_names_its_thing():
    """The first sentence has a noun of the field; a relative clause may only follow it."""
    told = {_home(path): ast.get_docstring(_tree(path)) or "" for path in _files()}
    assert [path for path, text in told.items() if not text or RELATIVE.match(text)] == []


def test_a_test_that_the_code_names_is_there():
    """A law that names the test that holds it is held by none once that was moved."""
    named = {place for path in _files() for place in re.findall(r"\btests/[\w/.]*\w", _text(path))}
    assert sorted(place for place in named if not (ROOT / place).exists()) == []


def _words_of_the_glossary():
    for line in (ROOT / "docs/glossary.md").read_text().splitlines():
        yield from re.findall(r"\*\*(.+?)\*\*", line.split("|")[1]) if "|" in line else ()


def test_every_word_of_the_glossary_is_used_in_the_code():
    """A word that nobody uses explains nothing."""
    code = " ".join(_text(path).lower() for path in _files())
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
    "connectors/sql/reading/readers.py": "a thread's own place",
    "connectors/sql/changing/refusals.py": "an error of a driver",
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
        _home(path)
        for room in ROOMS
        for path in _files(PACKAGE / room)
        for node in ast.walk(_tree(path))
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


def test_entries_of_a_docstring_stand_close():
    """There is one layout of `Args:`: no blank line between its entries."""
    apart = [
        f"{_home(path)}: {section}"
        for path in _files()
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for section in _SECTION.findall(f"{ast.get_docstring(node) or ''}\n")
        if _APART.search(section)
    ]
    assert apart == []


_SECTION = re.compile(r"^(?:Args|Attributes|Raises):\n((?:(?: {4}.*)?\n)+)", re.MULTILINE)
_APART = re.compile(r"\n\n+ {4}\*{0,2}[\w.]+:(?: |$)", re.MULTILINE)
