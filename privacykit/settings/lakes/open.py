"""Open a lake of the data map: its place first, then its tables. Does I/O."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from privacykit.errors import DataMapError, MissingExtraError, Problem
from privacykit.govern.datamap import DataMap, Dataset
from privacykit.govern.erasure.ports.connector import Connector
from privacykit.settings.lakes.clickhouse import open_clickhouse
from privacykit.settings.lakes.options import (
    LakeOptions,
    bucket_of,
    lake_options,
    secret,
    secrets_of,
)
from privacykit.settings.lakes.spark import open_spark
from privacykit.settings.paths import Paths

if TYPE_CHECKING:
    from privacykit.connectors.lakehouse.parquet.places import FilePlace
    from privacykit.connectors.lakehouse.tables import LakeTables

LAKES = frozenset({"parquet", "delta", "iceberg", "duckdb", "lance", "clickhouse", "spark"})
"""The connectors of lakes."""


def open_lake(datamap: DataMap, name: str, paths: Paths, file: str) -> Connector:
    """
    Open the lake that is the dataset *name*.

    Args:
        datamap: The data map.
        name: The dataset.
        paths: Finds what the map names.
        file: The data map's name, for messages.

    Raises:
        DataMapError: PK218, neither a path nor a URL is there; PK384, PK401 or PK441, an option is
            wrong; PK402, a table of ClickHouse cannot be changed.
        MissingExtraError: Its extra is not installed.
        StoreError: It cannot be reached.
    """
    from privacykit.connectors.lakehouse.connector import LakeConnector

    dataset = datamap.datasets[name]
    if dataset.kind == "clickhouse":
        return LakeConnector(datamap, name, open_clickhouse(datamap, name, paths, file))
    if dataset.kind == "spark":
        return LakeConnector(datamap, name, open_spark(datamap, name, paths, file))
    return LakeConnector(datamap, name, _tables(dataset, name, paths, file))


def _tables(dataset: Dataset, name: str, paths: Paths, file: str) -> LakeTables:
    if dataset.kind == "duckdb":
        return _duckdb(dataset, name, paths, file)
    options = lake_options(dataset, name, file)
    if dataset.kind in {"delta", "lance"}:
        return _located(dataset, name, options, paths, file)
    if dataset.kind == "iceberg":
        return _iceberg(dataset, name, options, paths, file)
    from privacykit.connectors.lakehouse.parquet.tables import ParquetTables

    return ParquetTables(_place(dataset, name, options, paths, file))


def _located(
    dataset: Dataset, name: str, options: LakeOptions, paths: Paths, file: str
) -> LakeTables:
    """Return the tables of a format whose library reaches the place by itself."""
    from privacykit.connectors.lakehouse.delta.tables import DeltaTables
    from privacykit.connectors.lakehouse.lance.tables import LanceTables

    format_ = DeltaTables if dataset.kind == "delta" else LanceTables
    place = _place(dataset, name, options, paths, file)
    if dataset.path is not None:
        return format_(place, f"{paths.file(dataset.path)}/", {})
    bucket, prefix = bucket_of(_url(dataset, paths), name, file)
    uri = f"s3://{bucket}/{prefix}/" if prefix else f"s3://{bucket}/"
    return format_(place, uri, _storage(options, paths))


def _duckdb(dataset: Dataset, name: str, paths: Paths, file: str) -> LakeTables:
    """
    Return the tables of a DuckDB file.

    Raises:
        DataMapError: PK218, no file is named; PK384, there are options.
        MissingExtraError: The extra ``duckdb`` is not installed.
        StoreError: PK389, the file is not there.
    """
    from privacykit.connectors.lakehouse.duckdb.file import DuckDBFile
    from privacykit.connectors.lakehouse.duckdb.tables import DuckDBTables
    from privacykit.sinks.storage.turns import folder_turn

    if dataset.path is None:
        key, hint = f"datasets.{name}.path", "write path; a DuckDB file is of this machine"
        raise DataMapError(Problem("PK218", file, key, "the DuckDB file is missing", hint))
    if dataset.options:
        key = f"datasets.{name}.options"
        raise DataMapError(Problem("PK384", file, key, "a DuckDB file has no options"))
    return DuckDBTables(DuckDBFile(paths.file(dataset.path), folder_turn))


def _iceberg(
    dataset: Dataset, name: str, options: LakeOptions, paths: Paths, file: str
) -> LakeTables:
    """
    Return the tables of an Iceberg catalogue.

    Raises:
        DataMapError: PK384, there is no catalogue, or it does not open.
        MissingExtraError: The extra ``iceberg`` is not installed.
    """
    try:
        from pyiceberg.catalog import load_catalog
    except ImportError:
        raise MissingExtraError("iceberg", "a dataset of Iceberg tables") from None
    from privacykit.connectors.lakehouse.iceberg.tables import IcebergTables

    place = _place(dataset, name, options, paths, file)
    if dataset.path is not None:
        root, storage = f"file://{paths.file(dataset.path).resolve()}/", dict[str, str]()
    else:
        bucket, prefix = bucket_of(_url(dataset, paths), name, file)
        root, storage = (
            f"s3://{bucket}/{prefix}/".replace("//", "/").replace(":/", "://"),
            {
                "s3.access-key-id": options.user or "",
                "s3.secret-access-key": secret(options.key, paths),
                "s3.session-token": secret(options.token, paths),
                "s3.region": options.region,
                "s3.endpoint": options.endpoint or "",
            },
        )
    given = {"warehouse": root, **{k: v for k, v in storage.items() if v}}
    given |= secrets_of(options.catalogue, paths)
    try:
        catalogue = load_catalog(given.pop("name", "default"), **given)
    except Exception as error:  # noqa: BLE001 - a catalogue's client raises what it likes
        key, hint = f"datasets.{name}.options.catalogue", "its uri, and type where that is needed"
        words = f"the catalogue does not open ({type(error).__name__})"
        raise DataMapError(Problem("PK384", file, key, words, hint)) from None
    return IcebergTables(catalogue, options.namespace, place, root)


def _place(dataset: Dataset, name: str, options: LakeOptions, paths: Paths, file: str) -> FilePlace:
    """
    Return the folder or bucket of a lake.

    Raises:
        DataMapError: PK218, neither is named; PK384, the URL is none of a bucket.
    """
    from privacykit.connectors.lakehouse.parquet.places import BucketPlace, FolderPlace

    if dataset.path is not None:
        return FolderPlace(paths.file(dataset.path))
    url = _url(dataset, paths)
    if not url:
        key, hint = f"datasets.{name}.path", "write path, or url = 's3://bucket/prefix'"
        raise DataMapError(Problem("PK218", file, key, "the place of the lake is missing", hint))
    from privacykit.settings.lakes.bucket import BlockingObjects
    from privacykit.sinks.storage.s3 import S3Objects, S3Place
    from privacykit.sinks.storage.s3_signing import S3Credentials

    bucket, prefix = bucket_of(url, name, file)
    if not options.user or not secret(options.key, paths):
        key, hint = f"datasets.{name}.options", "user, and key = { env = 'NAME' }"
        raise DataMapError(Problem("PK384", file, key, "a bucket needs credentials", hint))
    user = options.user

    def credentials() -> S3Credentials:
        return S3Credentials(user, secret(options.key, paths), secret(options.token, paths))

    objects = S3Objects(
        S3Place.of(bucket, prefix, options.region, options.endpoint),
        credentials,
        clock=time.time,
        timeout=options.timeout,
    )
    return BucketPlace(BlockingObjects(objects))


def _url(dataset: Dataset, paths: Paths) -> str:
    return secret(dataset.url, paths)


def _storage(options: LakeOptions, paths: Paths) -> dict[str, str]:
    """Return the same place and credentials in the words of `deltalake` and `lance`."""
    found = {
        "AWS_ACCESS_KEY_ID": options.user or "",
        "AWS_SECRET_ACCESS_KEY": secret(options.key, paths),
        "AWS_SESSION_TOKEN": secret(options.token, paths),
        "AWS_REGION": options.region,
        "AWS_ENDPOINT_URL": options.endpoint or "",
        "AWS_ALLOW_HTTP": "true" if (options.endpoint or "").startswith("http:") else "",
        "timeout": f"{options.timeout:.0f}s",
    }
    return {key: value for key, value in found.items() if value}
