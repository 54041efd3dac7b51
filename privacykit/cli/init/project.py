"""The project in a folder: framework, application, cookies. Reads files, and runs none."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from privacykit.cli.init.frameworks import Framework, framework_of
from privacykit.cli.init.sources import SourceFindings, read_source

MOST_FILES = 2_000
MOST_BYTES = 1_000_000
_SKIPPED = frozenset({
    "__pycache__", "build", "dist", "docs", "env", "migrations", "node_modules", "site-packages",
    "test", "tests", "venv",
})  # fmt: skip
_FIRST = ("asgi", "main", "app", "application", "server", "wsgi")
"""Modules that hold the application where several make one."""
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


@dataclass(frozen=True, slots=True)
class ServedName:
    """
    The application, as a server is told of it.

    Attributes:
        module: Where it is made.
        name: What it is called there.
        factory: Whether that is a function that returns it.
        folder: Where the module is looked for, as seen from the project.
    """

    module: str
    name: str
    factory: bool = False
    folder: str = "."

    def __str__(self) -> str:
        return f"{self.module}:{self.name}"

    @property
    def file(self) -> str:
        """The file of the module, as seen from the project."""
        path = Path(self.folder, *self.module.split("."))
        return f"{path}.py"


@dataclass(slots=True)
class Project:
    """
    What was found.

    Attributes:
        name: The project's own name; its folder's where it has none.
        framework: The web framework, if any of those we know.
        app: The application, if it could be told.
        cookies: Names of cookies that the code sets to the place where, ``file:line``.
        whole: Whether every file was read: there may be too many.
    """

    name: str
    framework: Framework | None = None
    app: ServedName | None = None
    cookies: dict[str, str] = field(default_factory=dict)
    whole: bool = True


def look_at(folder: Path) -> Project:
    """
    Look at the project in *folder*.

    Nothing is imported; a file that cannot be read says nothing.
    """
    metadata = _metadata(folder)
    project = Project(_name(folder, metadata))
    read: dict[Path, SourceFindings] = {}
    for path in _sources(folder):
        if len(read) == MOST_FILES:
            project.whole = False
            break
        found = _read(path)
        if found is not None:
            read[path.relative_to(folder)] = found
    imported = {name for found in read.values() for name in found.imports}
    framework = framework_of(imported, {*_required(folder, metadata)})
    project.framework = framework
    if framework is not None:
        project.app = _app(folder, framework, read)
        sessions = any(found.sessions for found in read.values())
        own = (*framework.cookies, *((framework.session,) if sessions else ()))
        project.cookies = {name: framework.name for name in own if name}
    for path, found in read.items():
        for name, line in found.cookies.items():
            project.cookies.setdefault(name, f"{path.as_posix()}:{line}")
    return project


def _sources(folder: Path) -> Iterator[Path]:
    """Give the project's Python files: none of environments, tests and hidden folders."""
    for at, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _SKIPPED
            and not Path(at, name, "pyvenv.cfg").exists()
        )
        yield from (Path(at, name) for name in sorted(files) if name.endswith(".py"))


def _read(path: Path) -> SourceFindings | None:
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return None
        return read_source(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return None


def _metadata(folder: Path) -> dict[str, object]:
    with suppress(OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    return {}


def _name(folder: Path, metadata: dict[str, object]) -> str:
    table = metadata.get("project")
    name = table.get("name") if isinstance(table, dict) else None
    return name if isinstance(name, str) else folder.absolute().name


def _required(folder: Path, metadata: dict[str, object]) -> Iterator[str]:
    """Give the distributions that are required: every text of pyproject that reads like one."""
    lines = list(_texts(metadata))
    for path in sorted(folder.glob("*requirements*.txt")):
        with suppress(OSError, UnicodeDecodeError):
            lines += path.read_text(encoding="utf-8").splitlines()
    for line in lines:
        if found := _REQUIREMENT.match(line):
            yield found[1].lower().replace("_", "-")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in {"description", "name", "keywords", "classifiers", "authors"}:
                yield str(key)
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def _app(folder: Path, framework: Framework, read: dict[Path, SourceFindings]) -> ServedName | None:
    """Return the application: one that is made at the top of a module before a factory."""
    found: list[tuple[int, ServedName]] = []
    for path, source in read.items():
        for names, factory in ((source.made, False), (source.factories, True)):
            for name, calls in names.items():
                if any(_is_maker(made, framework) for made in calls):
                    rank = _rank(path) + factory * (len(_FIRST) + 1)
                    found.append((rank, _served(folder, path, name, factory=factory)))
    return min(found, key=lambda one: one[0])[1] if found else None


def _is_maker(made: str, framework: Framework) -> bool:
    return any(made == maker or made.endswith(f".{maker}") for maker in framework.makers)


def _rank(path: Path) -> int:
    return _FIRST.index(path.stem) if path.stem in _FIRST else len(_FIRST)


def _served(folder: Path, path: Path, name: str, *, factory: bool) -> ServedName:
    """Name an application as seen from ``src``, or from where Django's ``manage.py`` stands."""
    roots = [root for root in path.parents if (folder / root / "manage.py").exists()]
    root = roots[0] if roots else Path("src" if path.parts[0] == "src" else ".")
    parts = path.relative_to(root).with_suffix("").parts
    module = ".".join(part for part in parts if part != "__init__")
    return ServedName(module or "__init__", name, factory, root.as_posix())
