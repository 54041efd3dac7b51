"""The kind of sink `objects`: its keys, and how they are checked. Looks at the folder."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta

from privacykit.errors import ConfigurationError
from privacykit.sinks.config import SinkConfig, options, problem, refuse
from privacykit.sinks.event_deleter import DELETION, deleting
from privacykit.sinks.http.config import trusted_by
from privacykit.sinks.http.kind import HTTPOptions
from privacykit.sinks.kind import SinkKind
from privacykit.sinks.mapping.revealed import revealed
from privacykit.sinks.storage.object_forms import FORMS
from privacykit.sinks.storage.object_store import LocalObjects, ObjectStore
from privacykit.sinks.storage.objects import ObjectsSink
from privacykit.sinks.storage.s3 import S3Objects, S3Place
from privacykit.sinks.storage.s3_signing import S3Credentials
from privacykit.webhook import is_private

BATCH = 5000
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9/_.=-]*")
_REGION = re.compile(r"[a-z0-9-]{1,40}")


class ObjectOptions(HTTPOptions, kw_only=True):
    """Keys of a sink of objects."""

    format: Annotated[
        Literal["parquet", "jsonl"],
        Meta(description="Parquet files, or JSON lines packed by gzip (`.jsonl.gz`)"),
    ] = "parquet"
    folder: (
        Annotated[
            str, Meta(description="a folder of this machine, in place of `url`; it must exist")
        ]
        | None
    ) = None
    endpoint: (
        Annotated[
            str, Meta(description="the server, if it is not that of AWS; the bucket is in the path")
        ]
        | None
    ) = None
    region: Annotated[str, Meta(description="where the bucket is")] = "us-east-1"
    user: (
        Annotated[str, Meta(description="the id of an access key; `key` is its secret half")] | None
    ) = None
    batch: Annotated[int, Meta(ge=1, le=50_000, description="events in one object, at most")] = (
        BATCH
    )
    gather: Annotated[
        float,
        Meta(
            ge=0, le=3600, description="seconds to wait for more after an object that was not full"
        ),
    ] = 60.0


def from_config(config: SinkConfig) -> ObjectsSink:
    """
    Build the sink.

    Raises:
        ConfigurationError: Not exactly one of URL and folder is there, or a key is wrong.
        MissingExtraError: Parquet or HTTP is wanted, and its extra is not installed.
    """
    wanted = options(config, ObjectOptions)
    if (wanted.folder is None) is (config.url is None):
        hint = "a bucket, url = 's3://bucket/prefix', or a folder of this machine"
        raise ConfigurationError(
            problem(config, "PK163", "url", "either a URL or a folder is needed", hint)
        )
    store = _folder(config, wanted) if config.url is None else _bucket(config, wanted)
    return ObjectsSink(
        config.name,
        store,
        FORMS[wanted.format](),
        batch=wanted.batch,
        gather=wanted.gather,
        clock=config.clock,
    )


def _folder(config: SinkConfig, wanted: ObjectOptions) -> ObjectStore:
    refuse(config, "token", "key")
    folder = config.base / (wanted.folder or "")
    if not folder.is_dir():
        raise ConfigurationError(
            problem(config, "PK171", "folder", "the folder does not exist", "create it")
        )
    return LocalObjects(folder)


def _bucket(config: SinkConfig, wanted: ObjectOptions) -> ObjectStore:
    bucket, prefix = _place_of(config)
    if not _REGION.fullmatch(wanted.region):
        raise ConfigurationError(
            problem(config, "PK183", "region", "no name of a region", "like 'eu-central-1'")
        )
    if wanted.endpoint is not None and not is_private(wanted.endpoint):
        hint = "events must not travel in the clear; credentials belong in 'user' and 'key'"
        raise ConfigurationError(
            problem(config, "PK164", "endpoint", "not an https URL without a user in it", hint)
        )
    user, key, token = wanted.user, config.key, config.token
    if user is None or key is None:
        missing = "user" if user is None else "key"
        hint = "the id of an access key in 'user', its secret in 'key'"
        raise ConfigurationError(
            problem(config, "PK163", missing, "a bucket needs credentials", hint)
        )

    def credentials() -> S3Credentials:
        return S3Credentials(user, revealed(key), revealed(token) if token is not None else "")

    return S3Objects(
        S3Place.of(bucket, prefix, wanted.region, wanted.endpoint),
        credentials,
        clock=config.clock,
        timeout=wanted.timeout,
        trusted=trusted_by(config, wanted.ca_file),
    )


def _place_of(config: SinkConfig) -> tuple[str, str]:
    try:
        parts = urlsplit(config.url or "")
    except ValueError:
        parts = urlsplit("")
    plain = parts.scheme == "s3" and not parts.query and not parts.fragment
    if not plain or not _BUCKET.fullmatch(parts.netloc) or not _PREFIX.fullmatch(parts.path):
        hint = "write it as s3://bucket/prefix; what the server is, 'endpoint' says"
        raise ConfigurationError(problem(config, "PK183", "url", "not the URL of a bucket", hint))
    return parts.netloc, parts.path


KIND = SinkKind(
    "objects",
    "Parquet files or JSON lines, in a bucket of S3 (or what speaks as it does) or in a folder.",
    from_config,
    extra="objects",
    packages=("httpx2", "pyarrow"),
    options=ObjectOptions,
    deduplicates="its id: the objects of its day that may hold it are looked through, and one of "
    "the same events has the same name and is created once (`If-None-Match`)",
    erasure="`privacykit subject erase` writes the objects anew that hold events of the person, "
    "under their names. Where the bucket keeps versions, the old ones stay until its own rules "
    "remove them. What has expired goes the same way, every hour.",
    deleter=deleting(from_config),
    deletion=DELETION,
    facts=(
        ("name of an object", "`event_date=YYYY-MM-DD/part-FIRST-LAST-ENDS-END-BATCH.parquet`"),
        ("day", "of `time`, in UTC"),
        ("packed by", "Zstandard inside Parquet, gzip around JSON lines"),
        ("statistics in Parquet", "of `time`, `name`, `purpose`, `site` and `expires_at` only"),
    ),
)
