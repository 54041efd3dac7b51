"""Stream a person's rows into a package, one pass over each store. Does I/O."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import msgspec

from privacykit.connectors.age import AgeWriter
from privacykit.connectors.package.manifest import (
    FORMAT,
    Contents,
    File,
    Manifest,
    Part,
    category_words,
    describe_part,
)
from privacykit.connectors.package.pages import MOST_ROWS, collection_page, index_page
from privacykit.connectors.package.spool import Spool
from privacykit.errors import StoreError
from privacykit.govern.connector import REDACTED, Connector, Context, session
from privacykit.govern.means import Means
from privacykit.govern.planning import Bundle, context_of

LINES = 200
"""Lines compressed at once."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_encoder = msgspec.json.Encoder(enc_hook=str)


@dataclass(frozen=True, slots=True)
class Order:
    """
    Whose package, for what.

    Attributes:
        bundle: Whose rows; its kind is ``access`` or ``portability``.
        request_id: The request served.
        recipients: ``age1…`` keys to encrypt to.
        passphrase: Or one passphrase.
        notes: What cannot be in it, and why.
    """

    bundle: Bundle
    request_id: str
    recipients: tuple[str, ...] = ()
    passphrase: str | None = None
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Order {self.request_id}>"


@dataclass(frozen=True, slots=True)
class Package:
    """
    What was written.

    Attributes:
        manifest: What it says about itself.
        sha256: Of the file as it lies on disk.
    """

    manifest: Manifest
    sha256: str


def write_package(means: Means, order: Order, target: Path) -> Package:
    """
    Write the package of one person to *target*.

    Args:
        means: The stores.

        order: Whose package, for what, to whom.

        target: The file; readable by its owner only, there only when it is whole.

    Returns:
        What was written. Stores that failed are named in its manifest under *incomplete*.

    Raises:
        InputError: A recipient or passphrase cannot be used.
        OSError: The file cannot be written.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        with open(part, "wb", opener=_private) as file:
            written = _write(means, order, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except BaseException:
        with suppress(FileNotFoundError):
            part.unlink()
        raise
    with target.open("rb") as file:
        return Package(written, hashlib.file_digest(file, "sha256").hexdigest())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _write(means: Means, order: Order, file: BinaryIO) -> Manifest:
    sealed = None
    if order.recipients or order.passphrase is not None:
        sealed = AgeWriter(file, recipients=order.recipients, passphrase=order.passphrase)
    stream = cast("IO[bytes]", _Forward(sealed or file))
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        found = _parts(means, order, archive)
        manifest = _manifest(means, order, found)
        _put(archive, "index.html", [index_page(manifest).encode()])
        _put(archive, "manifest.json", [msgspec.json.format(msgspec.json.encode(manifest))])
    if sealed:
        sealed.close()
    return manifest


class _Forward(io.RawIOBase):
    """A stream that cannot seek: the archive then writes sizes behind each file."""

    def __init__(self, target: BinaryIO | AgeWriter) -> None:
        self._target = target

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer
        return self._target.write(bytes(data))


def _manifest(means: Means, order: Order, parts: Sequence[Part]) -> Manifest:
    moment = datetime.fromtimestamp(means.clock(), UTC).isoformat(timespec="seconds")
    unserved = [
        f"{name}: not reached" for name in means.datamap.datasets if name not in means.connectors
    ]
    failed = [f"{part.dataset}.{part.collection}: {part.error}" for part in parts if part.error]
    return Manifest(
        FORMAT,
        moment,
        order.request_id,
        order.bundle.kind,
        tuple(sorted({identity.type for identity in order.bundle.given})),
        category_words(tuple(parts)),
        tuple(parts),
        tuple(unserved + failed),
        notes=order.notes,
    )


def _parts(means: Means, order: Order, archive: zipfile.ZipFile) -> list[Part]:
    parts: list[Part] = []
    for connector in means.connectors.values():
        with session(connector):
            parts += _parts_of(means, order, archive, connector)
    return parts


def _parts_of(
    means: Means, order: Order, archive: zipfile.ZipFile, connector: Connector
) -> Iterator[Part]:
    context = context_of(means, order.bundle, b"")
    tables = {table.name: table for table in connector.schema()}
    for name in connector.order():
        found = _Collection(archive, connector, name, means.watch)
        error = found.stream(context)
        if not found.rows and not error:
            continue
        contents = Contents(
            tuple(found.fields), found.rows, found.redacted, tuple(found.files), error
        )
        table = tables.get(name)
        yield describe_part(means.datamap, connector.dataset, name, table, contents)


class _Collection:
    """One collection on its way into the archive: one pass, three files."""

    def __init__(
        self,
        archive: zipfile.ZipFile,
        connector: Connector,
        name: str,
        watch: Callable[[str, int], None],
    ) -> None:
        self._watch = watch
        self._archive = archive
        self._connector = connector
        self._name = name
        self._folder = f"data/{_safe(connector.dataset)}/{_safe(name)}"
        self._shown: list[Mapping[str, Any]] = []
        self.rows = self.redacted = 0
        self.fields: list[str] = []
        self.files: list[File] = []

    def stream(self, context: Context) -> str | None:
        """Write the collection's files; return the error if its store failed half-way."""
        rows = self._connector.rows(self._name, context)
        try:
            first = next(rows, None)
        except StoreError as error:
            return str(error)
        if first is None:
            return None
        self.fields = list(first)
        table = Spool()
        failures: list[str] = []
        lines = self._lines(first, rows, table, failures)
        self.files.append(_put(self._archive, f"{self._folder}.jsonl", lines))
        self.files.append(_put(self._archive, f"{self._folder}.csv", table.blocks()))
        page = collection_page(self._name, self.fields, self._shown, self.rows).encode()
        self.files.append(_put(self._archive, f"{self._folder}.html", [page]))
        return failures[0] if failures else None

    def _lines(
        self,
        first: Mapping[str, Any],
        rest: Iterator[Mapping[str, Any]],
        table: Spool,
        failures: list[str],
    ) -> Iterator[bytes]:
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\r\n")
        writer.writerow(self.fields)
        lines: list[bytes] = []
        row: Mapping[str, Any] | None = first
        while row is not None:
            self.rows += 1
            self._watch(f"{self._connector.dataset}.{self._name}", 1)
            self.redacted += REDACTED in row.values()
            if len(self._shown) < MOST_ROWS:
                self._shown.append(row)
            writer.writerow([_csv(value) for value in row.values()])
            if buffer.tell() > 1 << 16:
                table.write(buffer.getvalue().encode())
                buffer.seek(0)
                buffer.truncate()
            lines.append(_encoder.encode(row))
            if len(lines) >= LINES:
                yield _ended(lines)
                lines.clear()
            try:
                row = next(rest, None)
            except StoreError as error:
                failures.append(str(error))
                row = None
        yield _ended(lines)
        table.write(buffer.getvalue().encode())


def _ended(lines: Sequence[bytes]) -> bytes:
    return b"\n".join((*lines, b""))


def _csv(value: Any) -> Any:  # noqa: ANN401 - a column's value
    """Return *value* for a table; text that a spreadsheet would run is made plain text."""
    if isinstance(value, str):
        return "'" + value if value.startswith(_FORMULA) else value
    if value is None or isinstance(value, int | float):
        return value
    text = _encoder.encode(value).decode()
    return text.strip('"') if text.startswith('"') else text


def _put(archive: zipfile.ZipFile, path: str, blocks: Any) -> File:  # noqa: ANN401 - iterable
    digest, size = hashlib.sha256(), 0
    info = zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    with archive.open(info, "w", force_zip64=True) as entry:
        for block in blocks:
            digest.update(block)
            size += len(block)
            entry.write(block)
    return File(path, size, digest.hexdigest())


def _safe(name: str) -> str:
    """Return *name* as a file name of every system."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name) or "_"
