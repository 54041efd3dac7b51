"""A database of ClickHouse in the data map: its keys checked, then it is opened. Does I/O."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from ssl import SSLContext, create_default_context
from typing import TYPE_CHECKING

import pydantic

from privacykit.errors import DataMapError, MissingExtraError, Problem
from privacykit.govern.datamap import DataMap
from privacykit.govern.datamap.parts import Strict
from privacykit.settings.lakes.options import secret
from privacykit.settings.paths import Paths
from privacykit.webhook import is_private

if TYPE_CHECKING:
    from privacykit.connectors.lakehouse.tables import LakeTables

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


class ClickHouseOptions(Strict):
    """
    What ``[datasets.NAME.options]`` of a database of ClickHouse may say.

    Attributes:
        database: Its name.
        user: Who we are.
        password: The password: ``{ env = "X" }`` or ``{ file = "…" }``.
        ca_file: Certificates to believe instead of the public ones.
        timeout: Seconds for each call, and between two pieces of a long answer.
        wait: Seconds to wait until the server has removed old parts, at the level ``erased``.
    """

    database: str = "default"
    user: str = "default"
    password: str | dict[str, str] | None = None
    ca_file: str | None = None
    timeout: float = pydantic.Field(default=60.0, gt=0, le=3600)
    wait: float = pydantic.Field(default=900.0, ge=0, le=86_400)


def open_clickhouse(datamap: DataMap, name: str, paths: Paths, file: str) -> LakeTables:
    """
    Open the tables of the dataset *name*.

    Args:
        datamap: The data map.
        name: The dataset.
        paths: Finds what the map names.
        file: The data map's name, for messages.

    Raises:
        DataMapError: PK218, there is no URL; PK401, URL or options are wrong; PK402, a table of the
            map cannot be changed here.
        MissingExtraError: The extra ``clickhouse`` is not installed.
        StoreError: The server does not answer, or refuses us.
    """
    try:
        import pyarrow as pa  # noqa: F401 - what rows are read in
    except ImportError:
        raise MissingExtraError("clickhouse", "a dataset of ClickHouse") from None
    from privacykit.connectors.lakehouse.clickhouse.columns import RowHash
    from privacykit.connectors.lakehouse.clickhouse.parts import Waiting
    from privacykit.connectors.lakehouse.clickhouse.tables import ClickHouseTables
    from privacykit.settings.lakes.statements import BlockingClickHouse
    from privacykit.sinks.http.clickhouse_server import ClickHouseServer
    from privacykit.sinks.http.client import client_of

    url, options = clickhouse_options(datamap, name, paths, file)
    trusted = _trusted(options, name, paths, file)

    def headers() -> Mapping[str, str]:
        return {
            "x-clickhouse-user": options.user,
            "x-clickhouse-key": secret(options.password, paths),
            "x-clickhouse-database": options.database,
        }

    client = client_of("a dataset of ClickHouse", timeout=options.timeout, trusted=trusted)
    at = BlockingClickHouse(ClickHouseServer(client, url, headers), options.database)
    known = RowHash(secrets.randbits(64), secrets.randbits(64))
    waiting = Waiting(options.wait, time.monotonic, time.sleep)
    tables = ClickHouseTables(at, known, lambda: secrets.token_hex(8), waiting)
    try:
        tables.check(datamap.collections.get(name, {}), name, file)
    except BaseException:
        tables.close()
        raise
    return tables


def clickhouse_options(
    datamap: DataMap, name: str, paths: Paths, file: str
) -> tuple[str, ClickHouseOptions]:
    """
    Return URL and options of a dataset, checked without a connection.

    Raises:
        DataMapError: PK218, there is no URL; PK401, it or an option is wrong.
    """
    dataset, key = datamap.datasets[name], f"datasets.{name}"
    url = secret(dataset.url, paths)
    if not url:
        hint = "write url = 'https://…:8443'; path is for files"
        raise DataMapError(Problem("PK218", file, f"{key}.url", "the server is missing", hint))
    if not is_private(url):
        hint = "data must not travel in the clear; a credential belongs in 'password'"
        words = "not an https URL without a user in it"
        raise DataMapError(Problem("PK401", file, f"{key}.url", words, hint))
    try:
        options = ClickHouseOptions.model_validate(dataset.options)
    except pydantic.ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        at = ".".join((key, "options", *map(str, first["loc"])))
        words = "no such option" if first["type"] == "extra_forbidden" else "cannot be read"
        hint = "the reference of the data map lists the options of ClickHouse"
        raise DataMapError(Problem("PK401", file, at, words, hint)) from None
    if not _NAME.fullmatch(options.database):
        hint = "letters, digits and underscores"
        at = f"{key}.options.database"
        raise DataMapError(Problem("PK401", file, at, "no name of a database", hint))
    return url, options


def _trusted(options: ClickHouseOptions, name: str, paths: Paths, file: str) -> SSLContext | None:
    if options.ca_file is None:
        return None
    try:
        return create_default_context(cafile=paths.file(options.ca_file))
    except OSError:
        key, hint = f"datasets.{name}.options.ca_file", "give a file of PEM certificates"
        raise DataMapError(Problem("PK401", file, key, "cannot be read", hint)) from None
