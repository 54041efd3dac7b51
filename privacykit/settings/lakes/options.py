"""The keys of a lake in the data map, and how they are checked. Reads no file."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pydantic

from privacykit.errors import DataMapError, Problem
from privacykit.govern.datamap import Dataset
from privacykit.govern.datamap.parts import Strict
from privacykit.settings.paths import Paths
from privacykit.settings.values import Credential
from privacykit.webhook import is_private

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


class LakeOptions(Strict):
    """
    What ``[datasets.NAME.options]`` of a lake may say.

    Attributes:
        endpoint: The server of a bucket, if it is not that of AWS.
        region: Where the bucket is.
        user: The id of an access key.
        key: Its secret half: ``{ env = "X" }`` or ``{ file = "…" }``.
        token: What goes with keys that last for hours only.
        timeout: Seconds for each call.
        catalogue: Iceberg: the catalogue's properties, ``uri`` among them, and its ``name``.
        namespace: Iceberg: where the tables are.
    """

    endpoint: str | None = None
    region: str = pydantic.Field(default="us-east-1", pattern=r"^[a-z0-9-]{1,40}$")
    user: str | None = None
    key: str | dict[str, str] | None = None
    token: str | dict[str, str] | None = None
    timeout: float = pydantic.Field(default=60.0, gt=0, le=3600)
    catalogue: dict[str, str | dict[str, str]] = pydantic.Field(default_factory=dict)
    namespace: str = "default"


def lake_options(dataset: Dataset, name: str, file: str) -> LakeOptions:
    """
    Return the options of a dataset.

    Raises:
        DataMapError: PK384, a key is unknown or wrong.
    """
    try:
        options = LakeOptions.model_validate(dataset.options)
    except pydantic.ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(("datasets", name, "options", *map(str, first["loc"])))
        words = "no such option" if first["type"] == "extra_forbidden" else "cannot be read"
        hint = "the reference of the data map lists the options of lakes"
        raise DataMapError(Problem("PK384", file, key, words, hint)) from None
    if options.endpoint is not None and not is_private(options.endpoint):
        raise DataMapError(
            Problem(
                "PK384",
                file,
                f"datasets.{name}.options.endpoint",
                "not an https URL without a user in it",
                "data must not travel in the clear; credentials belong in 'user' and 'key'",
            )
        )
    return options


def bucket_of(url: str, name: str, file: str) -> tuple[str, str]:
    """
    Return bucket and prefix of ``s3://bucket/prefix``.

    Raises:
        DataMapError: PK384, it is no such URL.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    plain = parts.scheme == "s3" and not parts.query and not parts.fragment
    if not plain or not _BUCKET.fullmatch(parts.netloc):
        key, hint = f"datasets.{name}.url", "write it as s3://bucket/prefix"
        raise DataMapError(Problem("PK384", file, key, "not the URL of a bucket", hint))
    return parts.netloc, parts.path.strip("/")


def secret(value: str | dict[str, str] | None, paths: Paths) -> str:
    """Return a credential; empty where there is none."""
    return (Credential.parse(value, paths.folder).reveal() or "") if value is not None else ""


def secrets_of(values: dict[str, Any], paths: Paths) -> dict[str, str]:
    """Return properties with their credentials revealed."""
    return {name: secret(value, paths) for name, value in values.items()}
