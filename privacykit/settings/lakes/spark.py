"""
A session of Spark for a dataset: one of this machine, one behind Spark Connect, or the user's own.

Does I/O: a first session of this machine starts Java, which ends with the process.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pydantic

from privacykit.errors import DataMapError, MissingExtraError, Problem, StoreError
from privacykit.govern.datamap import DataMap
from privacykit.govern.datamap.parts import Strict
from privacykit.settings.lakes.options import secret, secrets_of
from privacykit.settings.paths import Paths

if TYPE_CHECKING:
    from privacykit.connectors.lakehouse.tables import LakeTables

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

STARTED: Mapping[str, str] = {
    "spark.ui.enabled": "false",  # its pages would show plans to whoever reaches this machine
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",  # it logs values that do not fit a type
    # What it spills; and what is sent to Java goes by a socket, not by a file.
    "spark.io.encryption.enabled": "true",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}
"""How a session of this machine is started, if the options do not say otherwise."""

SETTINGS: Mapping[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "true",
    # A file that is left out would be rows that nobody finds.
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.parquet.binaryAsString": "false",
    "spark.sql.parquet.datetimeRebaseModeInRead": "EXCEPTION",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.writeLegacyFormat": "false",
}
"""What our session reads and writes by, whatever its server is set to."""


class SparkOptions(Strict):
    """
    What ``[datasets.NAME.options]`` of a folder in Spark may say.

    Attributes:
        master: Where a session of this process runs.
        remote: The server of Spark Connect instead, ``sc://host:port/;use_ssl=true``.
        token: What it wants to see: ``{ env = "X" }`` or ``{ file = "…" }``.
        session: A function of yours that returns a session instead, ``module:function``.
        properties: Settings that a session of this process is started with.
        spark_path: Where Spark has the folder, if not where we do.
        namespace: Tables of the session's catalogue instead of a folder: ``catalogue.schema``.
    """

    master: str = "local[*]"
    remote: str | None = None
    token: str | dict[str, str] | None = None
    session: str | None = None
    properties: dict[str, str | dict[str, str]] = pydantic.Field(default_factory=dict)
    spark_path: str | None = None
    namespace: str | None = pydantic.Field(default=None, pattern=r"^\w+(\.\w+)+$")


def open_spark(datamap: DataMap, name: str, paths: Paths, file: str) -> LakeTables:
    """
    Open the tables of the dataset *name*.

    Args:
        datamap: The data map.
        name: The dataset.
        paths: Finds what the map names.
        file: The data map's name, for messages.

    Raises:
        DataMapError: PK218, there is no path; PK441, an option is wrong.
        MissingExtraError: The extra ``spark`` is not installed.
        StoreError: PK380, the folder is not there; PK443, no session can be had.
    """
    from privacykit.connectors.lakehouse.parquet.places import FolderPlace
    from privacykit.connectors.lakehouse.spark.catalogue import SparkCatalogueTables
    from privacykit.connectors.lakehouse.spark.frames import SparkFrames
    from privacykit.connectors.lakehouse.spark.tables import SparkTables
    from privacykit.sinks.storage.turns import folder_turn

    dataset = datamap.datasets[name]
    options = spark_options(datamap, name, paths, file)
    if options.namespace is not None:
        frames = SparkFrames(session_of(options, name, paths, file))
        return SparkCatalogueTables(frames, options.namespace.split("."))
    if dataset.path is None:
        key = f"datasets.{name}.path"
        hint = "write path, which Spark's machines must have too, or options.namespace"
        raise DataMapError(Problem("PK218", file, key, "the folder is missing", hint))
    folder = paths.file(dataset.path).resolve()
    place = FolderPlace(folder)
    frames = SparkFrames(session_of(options, name, paths, file))
    return SparkTables(frames, place, folder, options.spark_path or str(folder), folder_turn)


def spark_options(datamap: DataMap, name: str, paths: Paths, file: str) -> SparkOptions:
    """
    Return the options of a dataset, checked without a session.

    Raises:
        DataMapError: PK441, one is wrong.
    """
    dataset, key = datamap.datasets[name], f"datasets.{name}.options"
    try:
        options = SparkOptions.model_validate(dataset.options)
    except pydantic.ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        at = ".".join((key, *map(str, first["loc"])))
        words = "no such option" if first["type"] == "extra_forbidden" else "cannot be read"
        hint = "the reference of the data map lists the options of Spark"
        raise DataMapError(Problem("PK441", file, at, words, hint)) from None
    if options.remote is not None and options.session is not None:
        hint = "a session comes from a server or from a function of yours: leave one out"
        raise DataMapError(Problem("PK441", file, f"{key}.session", "two sessions", hint))
    remote = secret(options.remote, paths)
    if remote and not _is_private(remote):
        words = "not sc://host:port/;use_ssl=true, without a token in it"
        hint = "data must not travel in the clear; a credential belongs in 'token'"
        raise DataMapError(Problem("PK441", file, f"{key}.remote", words, hint))
    return options


def _is_private(url: str) -> bool:
    """Say whether nobody on the way can read what is sent to *url*, nor find a credential in it."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    given = parts.path.lstrip("/").split(";")
    if parts.scheme != "sc" or not parts.hostname or "@" in parts.netloc:
        return False
    if any(it.startswith(("token=", "user_id=")) for it in given):
        return False
    return "use_ssl=true" in given or parts.hostname in _LOOPBACK


def session_of(options: SparkOptions, name: str, paths: Paths, file: str) -> Any:  # noqa: ANN401
    """
    Return a session that nobody else has, set as ours has to be.

    Raises:
        DataMapError: PK441, the function of ``session`` is none.
        MissingExtraError: The extra ``spark`` is not installed.
        StoreError: PK443, it cannot be had.
    """
    try:
        with warnings.catch_warnings():
            # It says that it was not tried with this pandas, which we do not use.
            warnings.simplefilter("ignore")
            import pyarrow as pa  # noqa: F401 - what rows are sent in
            from pyspark.sql import SparkSession
    except ImportError:
        raise MissingExtraError("spark", "a dataset in Spark") from None
    # PySpark logs the text of an error beside raising it, and that quotes values.
    for logger in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        logging.getLogger(logger).setLevel(logging.CRITICAL + 1)
    hook = _hook(options.session, name, file) if options.session is not None else None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = hook() if hook else _built(SparkSession.builder, options, paths).getOrCreate()
            session = made.newSession()
            for key, value in SETTINGS.items():
                session.conf.set(key, value)
    except Exception as error:  # noqa: BLE001 - Java, a server's client and a user's function
        words = f"no session of Spark can be had: {type(error).__name__} (PK443)"
        raise StoreError(words) from None
    return session


def _built(builder: Any, options: SparkOptions, paths: Paths) -> Any:  # noqa: ANN401 - of pyspark
    remote = secret(options.remote, paths)
    if remote:
        token = secret(options.token, paths)
        separator = "" if remote.endswith(";") else ";" if "/;" in remote else "/;"
        return builder.remote(f"{remote}{separator}token={token}" if token else remote)
    builder = builder.master(options.master).appName("privacykit")
    for key, value in {**STARTED, **secrets_of(options.properties, paths)}.items():
        builder = builder.config(key, value)
    return builder


def _hook(named: str, name: str, file: str) -> Any:  # noqa: ANN401 - a function
    """
    Return the function ``module:function``.

    Raises:
        DataMapError: PK441, there is none.
    """
    module, _, function = named.partition(":")
    try:
        found = vars(import_module(module)).get(function)
    except Exception:  # noqa: BLE001 - whatever the user's module does
        found = None
    if not callable(found):
        key, hint = f"datasets.{name}.options.session", "write module:function"
        raise DataMapError(Problem("PK441", file, key, "there is no such function", hint))
    return found
