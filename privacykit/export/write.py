"""Stream a person's rows into a package, one pass over each store. Does I/O."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import msgspec

from privacykit.errors import StoreError
from privacykit.export.age import AgeWriter
from privacykit.export.json_lines import json_line
from privacykit.export.manifest import (
    FORMAT,
    NOBODY,
    Contents,
    Controller,
    File,
    Manifest,
    PackagePart,
    category_words,
    describe_part,
    searched,
)
from privacykit.export.names import file_name
from privacykit.export.others import OtherAddresses
from privacykit.export.pages import MOST_ROWS, collection_page, index_page
from privacykit.export.spool import Spool
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.planning.plan import PlanScope, context_of
from privacykit.govern.erasure.ports.capability import session
from privacykit.govern.erasure.ports.connector import REDACTED, Context, Reader
from privacykit.personal.cells import neutral
from privacykit.private_files import replacing

LINES = 200
"""Lines compressed at once."""


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
        controller: Who is responsible.
    """

    bundle: PlanScope
    request_id: str
    recipients: tuple[str, ...] = ()
    passphrase: str | None = None
    notes: tuple[str, ...] = ()
    controller: Controller = NOBODY

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


def write_package(
    means: GovernContext, order: Order, target: Path, ours: Sequence[Reader] = ()
) -> Package:
    """
    Write the package of one person to *target*.

    Args:
        means: The stores.
        order: Whose package, for what, to whom.
        target: The file; readable by its owner only, there only when it is whole.
        ours: What else is read and has no connector: our own stores.

    Returns:
        What was written. Stores that failed are named in its manifest under *incomplete*.

    Raises:
        InputError: A recipient or passphrase cannot be used.
        OSError: The file cannot be written.
    """
    with replacing(target) as file:
        written = _write(means, order, file, (*means.connectors.values(), *ours))
        file.seek(0)
        return Package(written, hashlib.file_digest(file, "sha256").hexdigest())


def _write(
    means: GovernContext, order: Order, file: BinaryIO, readers: Sequence[Reader]
) -> Manifest:
    sealed = None
    if order.recipients or order.passphrase is not None:
        sealed = AgeWriter(file, recipients=order.recipients, passphrase=order.passphrase)
    stream = cast("IO[bytes]", _Forward(sealed or file))
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        notes = list(order.notes)
        found = _parts(means, order, archive, readers, notes)
        served = {reader.dataset for reader in readers}
        unserved = [name for name in means.datamap.datasets if name not in served]
        manifest = _manifest(means, replace(order, notes=tuple(notes)), found, unserved)
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


def _manifest(
    means: GovernContext, order: Order, parts: Sequence[PackagePart], unserved: Sequence[str]
) -> Manifest:
    moment = datetime.fromtimestamp(means.clock(), UTC).isoformat(timespec="seconds")
    failed = [f"{part.dataset}.{part.collection}: {part.error}" for part in parts if part.error]
    learned = order.bundle.subject.identities
    return Manifest(
        FORMAT,
        moment,
        order.request_id,
        order.bundle.kind,
        tuple(map(searched, order.bundle.given)),
        tuple(sorted({known.type for known in (*order.bundle.given, *learned)})),
        category_words(tuple(parts)),
        tuple(parts),
        (*(f"{name}: not reached" for name in unserved), *failed),
        notes=order.notes,
        controller=order.controller,
    )


def _parts(
    means: GovernContext,
    order: Order,
    archive: zipfile.ZipFile,
    readers: Sequence[Reader],
    notes: list[str],
) -> list[PackagePart]:
    parts: list[PackagePart] = []
    for reader in readers:
        with session(reader):
            parts += _parts_of(means, order, archive, reader, notes)
    return parts


def _parts_of(
    means: GovernContext, order: Order, archive: zipfile.ZipFile, reader: Reader, notes: list[str]
) -> Iterator[PackagePart]:
    context = context_of(means, order.bundle, b"")
    tables = {table.name: table for table in reader.schema()}
    for name in reader.order():
        found = _Collection(archive, reader, name, means.watch, OtherAddresses(context.selection))
        error = found.stream(context)
        if not found.rows and not error:
            continue
        contents = Contents(
            tuple(found.fields), found.rows, found.redacted, tuple(found.files), error
        )
        table = tables.get(name)
        notes += found.others.told(f"{reader.dataset}.{name}")
        yield describe_part(means.datamap, reader.dataset, name, table, contents)


class _Collection:
    """One collection on its way into the archive: one pass, three files."""

    def __init__(
        self,
        archive: zipfile.ZipFile,
        reader: Reader,
        name: str,
        watch: Callable[[str, int], None],
        others: OtherAddresses,
    ) -> None:
        self._watch, self.others = watch, others
        self._archive = archive
        self._reader = reader
        self._name = name
        self._folder = f"data/{file_name(reader.dataset)}/{file_name(name)}"
        self._shown: list[Mapping[str, Any]] = []
        self.rows = self.redacted = 0
        self.fields: list[str] = []
        self.files: list[File] = []

    def stream(self, context: Context) -> str | None:
        """Write the collection's files; return the error if its store failed half-way."""
        rows = self._reader.rows(self._name, context)
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
        writer.writerow(map(neutral, self.fields))
        lines: list[bytes] = []
        row: Mapping[str, Any] | None = first
        while row is not None:
            self.rows += 1
            self._watch(f"{self._reader.dataset}.{self._name}", 1)
            self.redacted += REDACTED in row.values()
            if len(self._shown) < MOST_ROWS:
                self._shown.append(row)
            writer.writerow([_csv(value) for value in row.values()])
            if buffer.tell() > 1 << 16:
                table.write(buffer.getvalue().encode())
                buffer.seek(0)
                buffer.truncate()
            line = json_line(row)
            self.others.see(line)
            lines.append(line)
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
        return neutral(value)
    if value is None or isinstance(value, int | float):
        return value
    text = json_line(value).decode().strip('"')
    return text if isinstance(value, Decimal) else neutral(text)


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
