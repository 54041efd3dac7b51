"""Files, variables and credentials that a configuration names and nobody can read. Does I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel

from privacykit.errors import DataMapError, Problem
from privacykit.govern.datamap import DataMap, parse_datamap
from privacykit.settings.lakes.clickhouse import clickhouse_options
from privacykit.settings.lakes.spark import spark_options
from privacykit.settings.model import Settings
from privacykit.settings.paths import Paths
from privacykit.settings.values import Credential

_SCAN = "`privacykit datamap scan URL -o {}` proposes one"


def named_problems(settings: Settings, paths: Paths, file: str) -> Iterator[Problem]:
    """Yield what *settings*, read from *file*, and the data map name and nobody can read."""
    for key, credential in credentials_in(settings):
        yield from _missing(file, key, credential)
    database = settings.geo.database
    if database is not None and not paths.file(database).is_file():
        hint = "every place is unknown without it, and the strictest law of all holds"
        yield Problem("PK035", file, "geo.database", "there is no such file", hint)
    yield from _data_map(settings, paths, file)


def unheard(settings: Settings, paths: Paths, file: str) -> Iterator[Problem]:
    """Yield a warning where people are known by an id, and cannot ask on the data page."""
    if not settings.data_page.enabled or paths.file(settings.datamap.file).exists():
        return
    known = [f"purposes.{id_}" for id_, it in settings.purposes.items() if it.identified]
    if settings.events.identified_by or known:
        key = "events.identified_by" if settings.events.identified_by else f"{known[0]}.identified"
        message = "whoever is signed in cannot ask on the data page: there is no data map"
        hint = _SCAN.format(settings.datamap.file)
        yield Problem("PK076", file, key, message, hint)


def credentials_in(value: object, key: str = "") -> Iterator[tuple[str, Credential]]:
    """Yield every credential in *value*, in whichever table, with its key."""
    if isinstance(value, Credential):
        yield key, value
    elif isinstance(value, BaseModel | Mapping):
        for name, each in (value if isinstance(value, Mapping) else vars(value)).items():
            yield from credentials_in(each, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from credentials_in(each, f"{key}.{number}")


def _missing(file: str, key: str, credential: Credential) -> Iterator[Problem]:
    if credential.missing is not None:
        hint = "set it, or put it there, where the server runs"
        yield Problem("PK034", file, key, credential.missing or "it is empty", hint)


def _data_map(settings: Settings, paths: Paths, file: str) -> Iterator[Problem]:
    name = settings.datamap.file
    path = paths.file(name)
    hint = _SCAN.format(name)
    if path.exists():
        yield from _mapped(path, name, paths)
    elif "file" in settings.datamap.model_fields_set:
        yield Problem("PK035", file, "datamap.file", "there is no such file", hint)
    elif not settings.collects:
        message = "there is no data map yet, so that requests would find nothing of anybody"
        hint += "; to serve a site, add [[site]] and [purposes.NAME]"
        yield Problem("PK038", file, "datamap.file", message, hint)


def _mapped(path: Path, name: str, paths: Paths) -> Iterator[Problem]:
    try:
        found = parse_datamap(path.read_text(encoding="utf-8"), name)
    except (OSError, UnicodeDecodeError):
        yield Problem("PK210", name, "", "the data map cannot be read", _SCAN.format(name))
    except DataMapError as error:
        yield from error.problems
    else:
        for key, url in _urls(found):
            for problem in _missing(name, key, Credential.parse(url, paths.folder)):
                yield replace(problem, id="PK218")
        yield from _servers(found, name, paths)
        yield from _sessions(found, name, paths)


def _servers(found: DataMap, file: str, paths: Paths) -> Iterator[Problem]:
    """Yield what is wrong with datasets of ClickHouse, as far as no connection has to tell."""
    for name, dataset in found.datasets.items():
        url = Credential.parse(dataset.url, paths.folder) if dataset.url is not None else None
        if dataset.kind == "clickhouse" and (url is None or url.missing is None):
            try:
                _, options = clickhouse_options(found, name, paths, file)
            except DataMapError as error:
                yield from error.problems
            else:
                given = options.password
                if given is not None:
                    key = f"datasets.{name}.options.password"
                    yield from _missing(file, key, Credential.parse(given, paths.folder))


def _sessions(found: DataMap, file: str, paths: Paths) -> Iterator[Problem]:
    """Yield what is wrong with datasets in Spark, as far as no session has to tell."""
    for name, dataset in found.datasets.items():
        if dataset.kind == "spark":
            try:
                options = spark_options(found, name, paths, file)
            except DataMapError as error:
                yield from error.problems
            else:
                if options.token is not None:
                    key = f"datasets.{name}.options.token"
                    yield from _missing(file, key, Credential.parse(options.token, paths.folder))


def _urls(found: DataMap) -> Iterator[tuple[str, str | dict[str, str]]]:
    for table in ("datasets", "recipients"):
        for name, each in vars(found)[table].items():
            if each.url is not None:
                yield f"{table}.{name}.url", each.url
