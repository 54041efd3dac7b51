"""
The tables of a folder of Lance datasets: rows by their addresses, one commit for all that change.

Does I/O through `lance`. A dataset is a folder with versions in it; LanceDB calls it `NAME.lance`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Any

from privacykit.connectors.lakehouse.lance.change import ADDRESS, commit_edits, fragment_of
from privacykit.connectors.lakehouse.lance.files import FAILURES, is_plain, rows_in
from privacykit.connectors.lakehouse.lance.free import free_dataset
from privacykit.connectors.lakehouse.located import LocatedTables
from privacykit.connectors.lakehouse.parquet.places import FilePlace
from privacykit.connectors.lakehouse.rows.columns import mask_of
from privacykit.connectors.lakehouse.rows.predicate import sql_condition
from privacykit.connectors.lakehouse.rows.sought import Wanted
from privacykit.connectors.lakehouse.tables import (
    Edited,
    Freed,
    Outlook,
    Scanned,
    StoredFile,
    taken,
)
from privacykit.errors import MissingExtraError, StoreError

SUFFIX = ".lance"
VERSIONS = "_versions/"
ROWS = 20_000
"""Rows in memory at once."""

STEPS = (
    "the files that held them written anew",
    "every index built anew",
    "older versions removed",
)
KEPT = "rows are marked as gone; their files, indexes and older versions keep them"


class LanceTables(LocatedTables):
    """
    The Lance datasets of a folder or bucket, by their folders' names.

    Args:
        place: As :class:`.LocatedTables` has them, all three.
        uri: Likewise.
        storage: Likewise.

    Raises:
        MissingExtraError: The extra ``lance`` is not installed.
    """

    def __init__(self, place: FilePlace, uri: str, storage: Mapping[str, str]) -> None:
        try:
            import lance  # noqa: F401
        except ImportError:
            raise MissingExtraError("lance", "a dataset of Lance tables") from None
        super().__init__(place, uri, storage)
        self._rebuilt: set[str] = set()
        self._named: dict[str, str] = {}

    def names(self) -> Sequence[str]:
        """
        Return the folders that hold versions of a dataset, without the suffix that LanceDB gives.

        Raises:
            StoreError: The place cannot be listed, or two datasets would have one name.
        """
        heads = (file.name.partition("/") for file in self._place.files())
        folders = sorted({head for head, _, rest in heads if rest.startswith(VERSIONS)})
        named = {folder.removesuffix(SUFFIX): folder for folder in folders}
        if len(named) < len(folders):
            raise StoreError("two Lance datasets differ in nothing but the suffix of their folder")
        self._named = named
        return sorted(named)

    def _folder(self, name: str) -> str:
        """Return the folder of a dataset; the place is listed for one that was not seen yet."""
        if name not in self._named:
            self.names()
        return self._named.get(name, name)

    def _dataset(self, name: str) -> Any:  # noqa: ANN401 - of lance
        """
        Return a dataset as it is now.

        Raises:
            StoreError: It cannot be read.
        """
        import lance

        try:
            uri = f"{self._uri}{self._folder(name)}"
            return lance.dataset(uri, storage_options=self._storage or None)
        except FAILURES as error:
            raise StoreError(_words("opening", name, error)) from None

    def schema(self, name: str) -> Any:  # noqa: ANN401 - of Arrow
        """
        Return the columns of a table.

        Raises:
            StoreError: It cannot be read.
        """
        return self._dataset(name).schema

    def count(self, name: str) -> int:
        """
        Return the rows of a table.

        Raises:
            StoreError: It cannot be read.
        """
        try:
            return int(self._dataset(name).count_rows())
        except FAILURES as error:
            raise StoreError(_words("counting", name, error)) from None

    def scan(self, name: str, wanted: Wanted) -> Iterator[Scanned]:
        """
        Yield the rows that *wanted* may fit; an index of the table is asked where one helps.

        Raises:
            StoreError: The table cannot be read.
        """
        if wanted == ():
            return
        dataset = self._dataset(name)
        condition = sql_condition(wanted, dataset.schema, "`") or None
        try:
            scanner = dataset.scanner(filter=condition, with_row_address=True, batch_size=ROWS)
            for read in scanner.to_batches():
                batch = read.drop_columns([ADDRESS])
                found = Scanned("", "", read.column(ADDRESS).to_pylist(), batch)
                yield from taken(found, mask_of(batch, wanted))
        except FAILURES as error:
            raise StoreError(_words("reading", name, error)) from None

    def change(self, name: str, edits: Sequence[Edited]) -> None:
        """
        Do *edits* in one commit; it names rows by number, and no value.

        Raises:
            StoreError: A row changed meanwhile, or the table cannot be written.
        """
        dataset = self._dataset(name)
        try:
            commit_edits(dataset, edits, self._storage)
        except FAILURES as error:
            raise StoreError(_words("changing", name, error)) from None

    def outlook(self, name: str, wanted: Wanted, now: float) -> Outlook:
        """
        Say which files hold rows that *wanted* fits.

        Raises:
            StoreError: The table cannot be read.
        """
        del now
        found = self.scan(name, wanted)
        hit = {fragment_of(address) for scanned in found for address in scanned.positions}
        if not hit:
            return Outlook()
        dataset = self._dataset(name)
        files = {at.fragment_id: at.metadata.files for at in dataset.get_fragments()}
        live = {file.path for kept in files.values() for file in kept}
        data = f"{self._folder(name)}/data/"
        stored = [it.name for it in self._place.files() if it.name.startswith(data)]
        return Outlook(
            len(hit),
            len(files),
            sum(file.file_size_bytes or 0 for at in hit for file in files.get(at, ())),
            sum(path.removeprefix(data) not in live for path in stored),
            STEPS,
            inf,
            KEPT,
        )

    def free(self, names: Sequence[str]) -> Freed:
        """
        Write files that rows went from anew, then every index, and remove the older versions.

        Raises:
            StoreError: A table cannot be written.
        """
        freed = Freed()
        for name in names:
            try:
                built = free_dataset(self._dataset(name), name, freed)
            except FAILURES as error:
                raise StoreError(_words("freeing", name, error)) from None
            self._rebuilt |= built
        return freed

    def stored(self) -> Iterator[StoredFile]:
        """
        Yield every file, decoded; an index that was built anew has only rows that are there.

        Raises:
            StoreError: A file cannot be read.
        """
        for file in self._place.files():
            rows, searchable = rows_in(f"{self._uri}{file.name}", file.name, self._storage)
            index = file.name.partition("/_indices/")[2].partition("/")[0]
            with self._place.opened(file.name) as (stream, _):
                size, known = max(file.size, 0), searchable or index in self._rebuilt
                plain = rows != () or is_plain(file.name) or index in self._rebuilt
                yield StoredFile(file.name, size, stream, rows, known, plain)


def _words(doing: str, name: str, error: Exception) -> str:
    return f"{doing} the Lance table {name}: {type(error).__name__}"
