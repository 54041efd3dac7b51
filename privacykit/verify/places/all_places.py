"""Every place that a configuration and its data map name. Opens none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from privacykit.errors import ConfigurationError, StoreError
from privacykit.govern.datamap import DataMap, Dataset
from privacykit.operate.context import OperatorContext
from privacykit.settings.datasets import open_connector, revealed
from privacykit.settings.named_stores import named_sinks, outbox_url
from privacykit.settings.types import SinkTable
from privacykit.stores.database.sqlite import StoreKind
from privacykit.stores.salts.open import NOT_SQL
from privacykit.verify.places.lakes import ConnectedTables
from privacykit.verify.places.mapped import MAPPED, MappedDatabase, MappedFiles
from privacykit.verify.places.own import OwnDatabase
from privacykit.verify.places.place import Chance, PlaceKind, StoredPlace, StoredRow
from privacykit.verify.places.sink_files import SINK, SinkDuckDB, SinkFiles


class UnreadPlace:
    """
    A place that cannot be read.

    Args:
        name: As results name it.
        kinds: What its rows would be.
        why: Why not.
    """

    def __init__(self, name: str, kinds: frozenset[PlaceKind], why: str) -> None:
        self.name = name
        self.kinds = kinds
        self._why = why

    def rows(self, chance: Chance) -> Iterator[StoredRow]:  # noqa: ARG002 - the protocol's shape
        """
        Yield nothing.

        Raises:
            StoreError: Always.
        """
        raise StoreError(self._why)
        yield  # type: ignore[unreachable]  # pragma: no cover - it makes this a generator


def own_databases(context: OperatorContext) -> Iterator[OwnDatabase]:
    """
    Yield our own databases, each once however many stores are in it.

    Raises:
        ConfigurationError: A URL is kept where there is none.
    """
    settings, seen = context.settings, set[str]()
    named: list[tuple[str, object, StoreKind]] = []
    if settings.collects and settings.events.url is not None:
        named.append(("event store", settings.events.url, "events"))
    if settings.collects:
        named.append(("outbox", outbox_url(settings), "events"))
    named.append(("records", settings.records.url, "records"))
    if settings.collects:
        named.append(("salts", settings.salts.url, "salts"))
    for name, given, kind in named:
        url = context.paths.url(given, f"{name}.url")  # type: ignore[arg-type]
        if url not in seen and not url.startswith(NOT_SQL):
            seen.add(url)
            yield OwnDatabase(name, url, kind)


def sink_places(context: OperatorContext) -> Iterator[StoredPlace]:
    """Yield the sinks that can be read back."""
    for i, name, table in named_sinks(context.settings):
        try:
            found = _sink(context, name, table, f"sinks.{i}")
        except ConfigurationError as error:
            yield UnreadPlace(f"sink {name}", SINK, str(error))
            continue
        if found is not None:
            yield found


def unreadable_sinks(context: OperatorContext) -> list[str]:
    """Return the names of sinks that nobody can read back from here."""
    return [
        name
        for _, name, table in named_sinks(context.settings)
        if table.type not in {"jsonl", "sql", "duckdb"}
        and not (table.type == "objects" and _option(table, "folder"))
    ]


def _sink(context: OperatorContext, name: str, table: SinkTable, where: str) -> StoredPlace | None:
    folder = context.paths.folder
    match table.type:
        case "sql" if table.url is not None:
            url = context.paths.url(table.url, f"{where}.url")
            return OwnDatabase(f"sink {name}", url, "events", sink=name)
        case "jsonl":
            own, stem = _files_of(context, name, table)
            return SinkFiles(
                *(name, own, stem, _others(context, name, own)), alone=folder.is_relative_to(own)
            )
        case "duckdb":
            return SinkDuckDB(name, folder / _option(table, "file"))
        case "objects" if _option(table, "folder"):
            own, stem = _files_of(context, name, table)
            return SinkFiles(name, own, stem, _others(context, name, own))
        case _:
            return None


def _files_of(context: OperatorContext, name: str, table: SinkTable) -> tuple[Path, str]:
    """Return the folder of a sink that writes files, and how their names begin."""
    folder = context.paths.folder / _option(table, "folder")
    return folder, f"{name}-" if table.type == "jsonl" else ""


def _others(context: OperatorContext, name: str, folder: Path) -> list[tuple[Path, str]]:
    """Return the folders and stems of the other sinks that write files into *folder* or below."""
    found = [
        _files_of(context, other, table)
        for _, other, table in named_sinks(context.settings)
        if other != name and _option(table, "folder")
    ]
    return [one for one in found if one[0].is_relative_to(folder) and one != (folder, "")]


def _option(table: SinkTable, name: str) -> str:
    found = (table.model_extra or {}).get(name)
    return found if isinstance(found, str) else ""


def mapped_places(context: OperatorContext, datamap: DataMap) -> Iterator[StoredPlace]:
    """Yield the datasets of *datamap*."""
    for name, dataset in datamap.datasets.items():
        try:
            yield _dataset(context, datamap, name, dataset)
        except ConfigurationError as error:
            yield UnreadPlace(name, MAPPED, str(error))


def _dataset(
    context: OperatorContext, datamap: DataMap, name: str, dataset: Dataset
) -> StoredPlace:
    if dataset.kind == "files" and dataset.path is not None:
        return MappedFiles(name, context.paths.file(dataset.path), datamap.of(name))
    names = (*datamap.of(name), *dataset.excluded)
    schemas = frozenset(one.rpartition(".")[0] for one in names if "." in one)
    if dataset.kind == "django":
        from privacykit.connectors.django.start import ALIAS, start, url_of

        start(str(dataset.options.get("settings", "")))
        url = url_of(str(dataset.options.get("alias", ALIAS)))
        return MappedDatabase(name, url, dataset.only, schemas)
    if dataset.kind != "sql":
        file = context.settings.datamap.file
        return ConnectedTables(name, lambda: open_connector(datamap, name, context.paths, file))
    url_text = revealed(dataset.url, context.paths)
    if not url_text:
        return UnreadPlace(name, MAPPED, "PK316 the store's URL is missing")
    return MappedDatabase(name, context.paths.url(url_text), dataset.only, schemas)


def datamap_of(context: OperatorContext) -> DataMap | None:
    """
    Return the data map; ``None`` where there is no such file.

    Raises:
        DataMapError: It is wrong.
    """
    if not context.paths.file(context.settings.datamap.file).exists():
        return None
    return context.datamap
