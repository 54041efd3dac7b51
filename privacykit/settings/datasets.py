"""Open the stores that a data map names, each by its connector."""

from __future__ import annotations

from importlib.metadata import entry_points

from privacykit.errors import DataMapError, Problem, naming
from privacykit.govern.datamap import DataMap, Dataset
from privacykit.govern.erasure.ports.connector import Connector
from privacykit.settings.lakes import LAKES, open_lake
from privacykit.settings.paths import Paths
from privacykit.settings.values import Credential

GROUP = "privacykit.connectors"
"""Entry points of connectors for anything else: called with data map, dataset and folder."""


def open_connector(datamap: DataMap, name: str, paths: Paths, file: str) -> Connector:
    """
    Open the store of the dataset *name*.

    Args:
        datamap: The data map.
        name: The dataset.
        paths: Finds what the map names.
        file: The data map's name, for messages.

    Raises:
        DataMapError: Its URL is missing or cannot be read, or nothing connects to it.
        ConfigurationError: PK218, Django has no such database, or cannot be started.
        StoreError: It cannot be reached; the dataset is named.
    """
    with naming(name):
        return _opened(datamap, name, paths, file)


def _opened(datamap: DataMap, name: str, paths: Paths, file: str) -> Connector:
    dataset = datamap.datasets[name]
    if dataset.kind == "sql":
        from privacykit.connectors.sql import SqlConnector

        return SqlConnector.open(datamap, name, paths.url(_url(dataset, name, file, paths)))
    if dataset.kind == "django":
        from privacykit.connectors.django.connector import DjangoConnector

        return DjangoConnector.of_settings(datamap, name)
    if dataset.kind == "files":
        from privacykit.connectors.files import FilesConnector

        if dataset.path is None:
            key = f"datasets.{name}.path"
            raise DataMapError(Problem("PK218", file, key, "the directory is missing"))
        return FilesConnector(datamap, name, paths.file(dataset.path))
    if dataset.kind in LAKES:
        return open_lake(datamap, name, paths, file)
    for found in entry_points(group=GROUP, name=dataset.kind):
        made: Connector = found.load()(datamap, name, paths.folder)
        return made
    hint = f"name one under the entry point {GROUP}"
    key = f"datasets.{name}.connector"
    raise DataMapError(Problem("PK218", file, key, "no such connector", hint))


def revealed(url: str | dict[str, str] | None, paths: Paths) -> str | None:
    """Return a URL that may stand in the environment or in a file; ``None`` when it does not."""
    return Credential.parse(url, paths.folder).reveal() if url is not None else None


def _url(dataset: Dataset, name: str, file: str, paths: Paths) -> str:
    url = revealed(dataset.url, paths)
    if not url:
        hint = 'write it, or { env = "NAME" } or { file = "PATH" }, and set that'
        key = f"datasets.{name}.url"
        raise DataMapError(Problem("PK218", file, key, "the store's URL is missing", hint))
    return url
