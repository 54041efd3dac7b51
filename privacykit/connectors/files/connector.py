"""
The files connector: a directory of JSON lines, CSV and Parquet files. Does I/O.

Priced by the scan: whatever is asked, everything is read. A run therefore gets all its targets at
once, and rewrites each file that holds one of them once: beside the old one, then renamed over it.

A file that changed while it was rewritten is left as it is and the run says so; rotate a file that
is still written to before it is worked on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from privacykit.connectors.bytesearch import count_in_files
from privacykit.connectors.files.formats import read_rows
from privacykit.connectors.files.inspect import columns_of
from privacykit.connectors.files.owned_rows import FileWhose
from privacykit.connectors.files.record import (
    Record,
    RowKeys,
    digest,
    held_identities,
    leaves,
    value_at,
)
from privacykit.connectors.files.replace import check_rewritable, rewrite_file
from privacykit.connectors.files.rewriter import RewritesFiles
from privacykit.connectors.files.treat import (
    Treatment,
    WorkCount,
    action_of,
    redacted,
    why_it_stands,
)
from privacykit.connectors.files.tree import every_file, files_below
from privacykit.errors import StoreError, naming
from privacykit.govern.datamap import DataMap
from privacykit.govern.datamap.schema import Table
from privacykit.govern.erasure.export_fields import Mine
from privacykit.govern.erasure.ownership import Ownership, build_ownership
from privacykit.govern.erasure.planning.steps import describe_step
from privacykit.govern.erasure.ports import capability
from privacykit.govern.erasure.ports.connector import Connector, Context, PersonRow, Subject
from privacykit.govern.erasure.ports.work import Applied, Hit, Settled, Target, Work
from privacykit.govern.erasure.treatment import OWN
from privacykit.govern.identity.equality import text_of
from privacykit.govern.planned import PlanStep
from privacykit.govern.records import Action, Effect, Identity
from privacykit.private_files import remove_abandoned

COPIES = "backups and blocks freed by the file system are not searched"
COMPRESSED = "compressed files are searched row by row, not byte by byte"


class FilesConnector(RewritesFiles, Connector, capability.ListsIdentities, capability.Samples):
    """
    A dataset in files.

    A collection is the file of its name (``orders.jsonl``), every file that begins with its name
    and a dot, dash or underscore, or everything in the directory of its name.
    """

    cost_model: Literal["point", "scan"] = "scan"

    def __init__(self, datamap: DataMap, dataset: str, folder: Path) -> None:
        self.dataset = dataset
        self._datamap = datamap
        self._folder = folder
        if not folder.is_dir():
            raise StoreError(f"the directory of {dataset} is not there")
        remove_abandoned(folder)
        mapped = datamap.of(dataset)
        tables = [
            Table(name, columns_of(self._rows(name)), by_content=True)
            for name in sorted({*self._names(), *mapped})
            if name not in mapped or self._files(name)
        ]
        self.ownership: Ownership = build_ownership(datamap, dataset, tables)

    def schema(self) -> tuple[Table, ...]:
        """Return what the files hold, the map's references as foreign keys."""
        return tuple(self.ownership.tables.values())

    def order(self) -> tuple[str, ...]:
        """Return the mapped collections, those that point at others first."""
        return self.ownership.order

    def resolve(self, identities: Sequence[Identity], most: int) -> Sequence[PersonRow]:
        """
        Find the rows that *are* somebody whom one of *identities* names, and what they hold.

        Raises:
            StoreError: A file cannot be read.
        """
        whose = self._whose(Context(Subject(tuple(identities)), 0.0))
        people: list[PersonRow] = []
        for name in self.order():
            if self.ownership.collections[name].subject:
                people += islice(self._people(whose, name), most)
        return people

    def _people(self, whose: FileWhose, name: str) -> Iterator[PersonRow]:
        seen: set[tuple[str, str]] = set()
        for file in self._files(name):
            place = file.relative_to(self._folder).as_posix()
            for record in self._read(file):
                if not whose.identified(name, record.values):
                    continue
                key = place, digest(record)
                if key not in seen:
                    seen.add(key)
                    holds = held_identities(self.ownership, name, record.values)
                    yield PersonRow(f"{self.dataset}.{name}", key, tuple(holds))

    def iter_identities(self) -> Iterator[tuple[str, Identity]]:
        """
        Yield every raw identity value that stands in a mapped column, with its collection.

        Raises:
            StoreError: A file cannot be read.
        """
        for name in self.order():
            fields = self.ownership.identity_fields(name)
            raw = {c: f.identity for c, f in fields.items() if f.identity and f.format == "raw"}
            for record in self._rows(name):
                for column, kind in raw.items():
                    value = text_of(value_at(record.values, column))
                    if value is not None:
                        yield name, Identity(kind, value)

    def hashed_columns(self) -> list[str]:
        """Return the identity columns that hold hashes, which :meth:`iter_identities` leaves."""
        return capability.hashed_columns(self.ownership)

    def strangers(self, subject: Subject) -> int:
        """Return 0: rows here are known by what stands in them, not by an id used again."""
        del subject
        return 0

    def find(self, collection: str, context: Context) -> Iterator[Target]:
        """
        Name every row of *collection* that is the selection's.

        Raises:
            StoreError: A file cannot be read.
        """
        whose = self._whose(context)
        for file in self._files(collection):
            keys, place = RowKeys(), file.relative_to(self._folder).as_posix()
            for record in self._read(file):
                kind = whose.kind(collection, record.values)
                if kind is not None:
                    check_rewritable(collection, file.stat())
                    action = action_of(
                        self.ownership, whose, collection, record.values, kind, context
                    )
                    key = keys.next(place, digest(record))
                    yield Target(key, action, None if kind == OWN else kind)

    def step(self, collection: str, action: Action, justification: str | None) -> PlanStep:
        """Describe what *action* does to *collection*; its counts are filled in by the flow."""
        asked = self._datamap.datasets[self.dataset].effect
        reach = Effect.ERASED if asked is Effect.ERASED else Effect.LOGICAL
        return describe_step(
            self.ownership,
            collection,
            action,
            justification,
            reach=reach,
            cost_model=self.cost_model,
        )

    def size(self, collection: str) -> int:
        """Return how many rows *collection* has."""
        return sum(1 for _ in self._rows(collection))

    def apply(self, work: Sequence[Work], context: Context) -> Sequence[Applied]:
        """
        Do *work*: each file is rewritten once; done again, nothing is left to do.

        Raises:
            StoreError: A file changed meanwhile or cannot be written; files before it are done.
        """
        treatment = Treatment(self.ownership, self._whose(context), context)
        by_file: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, item in enumerate(work):
            for place in dict.fromkeys(key[0] for key in item.keys):
                by_file[str(place), item.step.collection].append(number)
        counted = WorkCount(work)
        for (place, name), numbers in by_file.items():
            targets = {
                key[1]: (number, work[number].step)
                for number in numbers
                for key in work[number].keys
                if key[0] == place
            }
            self._rewrite(place, name, targets, treatment, counted)
        return counted.applied()

    def _rewrite(
        self,
        place: str,
        name: str,
        targets: Mapping[str, tuple[int, PlanStep]],
        treatment: Treatment,
        counted: WorkCount,
    ) -> None:
        """
        Rewrite one file, and count what becomes of each target that is met.

        Raises:
            StoreError: It cannot be read or written.
        """
        file = self._folder / place
        changes = False
        if not file.exists():
            return

        def decide(record: Record) -> dict[str, Any] | bool:
            nonlocal changes
            known = digest(record)
            if known not in targets:
                return True
            number, step = targets[known]
            decided = treatment.decide(name, step, record.values)
            counted.note(number, place, known, treated=decided is not True)
            changes = changes or decided is not True
            return decided

        rewrite_file(name, file, decide, lambda: changes)

    def rows(self, collection: str, context: Context) -> Iterator[Mapping[str, Any]]:
        """
        Yield the person's rows for export, other people's data redacted.

        Raises:
            StoreError: A file cannot be read.
        """
        whose, mine = self._whose(context), Mine(context.selection)
        for record in self._rows(collection):
            kind = whose.kind(collection, record.values)
            if kind is not None:
                shown = redacted(self.ownership, whose, collection, record.values, context, mine)
                if shown:
                    yield shown

    def search(self, values: Sequence[str], context: Context) -> Iterator[Hit]:
        """
        Look for *values* in every row of every file of the directory, mapped or not.

        Raises:
            StoreError: A file cannot be read.
        """
        whose = self._whose(context)
        wanted = [value.lower() for value in values if value]
        for name in [*self._names()]:
            counts: dict[tuple[str, str | None], int] = defaultdict(int)
            for record in self._rows(name):
                for path, text in _texts(record).items():
                    if any(value in text for value in wanted):
                        found = path, text
                        why = why_it_stands(
                            self.ownership, whose, name, record.values, found, wanted
                        )
                        counts[path, why] += 1
            for (path, why), number in counts.items():
                yield Hit(name, path, number, why)

    def settle(self, collections: Sequence[str], asked: Effect, markers: Sequence[str]) -> Settled:
        """Search the bytes of every file for *markers*; rewriting has freed the old ones."""
        del collections
        if asked is not Effect.ERASED:
            return Settled(Effect.LOGICAL, remains=(COPIES,))
        files = [file for file in every_file(self._folder) if file.is_file()]
        size, hits = count_in_files(files, [marker.encode() for marker in markers])
        packed = any(file.suffix.lower() in {".gz", ".parquet"} for file in files)
        notes = (COPIES, COMPRESSED) if packed else (COPIES,)
        return Settled(Effect.LOGICAL if hits else Effect.ERASED, size, hits, notes)

    def sample(self, collection: str, column: str, number: int) -> list[Any]:
        """Return up to *number* values of a field, for the detectors of ``datamap scan`` only."""
        found: list[Any] = []
        for record in self._rows(collection):
            value = value_at(record.values, column)
            if value is not None:
                found.append(value)
            if len(found) >= number:
                break
        return found

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def _whose(self, context: Context) -> FileWhose:
        return FileWhose(self._datamap, self.ownership, self._rows, context)

    def _names(self) -> list[str]:
        """Return the collections that the directory's files look like."""
        mapped = self._datamap.of(self.dataset)
        names: dict[str, None] = {}
        for file in files_below(self._folder):
            inside = file.relative_to(self._folder).parts
            name = inside[0] if len(inside) > 1 else file.name.split(".")[0]
            near = [m for m in mapped if len(inside) == 1 and _belongs(file.name, m)]
            names[max(near, key=len) if near else name] = None
        return list(names)

    def _files(self, name: str) -> list[Path]:
        """Return the files of a collection, in order."""
        mapped = self._datamap.of(self.dataset)
        found = []
        for file in files_below(self._folder):
            inside = file.relative_to(self._folder).parts
            if len(inside) > 1:
                if inside[0] == name:
                    found.append(file)
                continue
            near = [m for m in {*mapped, name} if _belongs(file.name, m)]
            if near and max(near, key=len) == name:
                found.append(file)
        return found

    def _rows(self, name: str) -> Iterator[Record]:
        with naming(f"{self.dataset}.{name}"):
            for file in self._files(name):
                yield from self._read(file)

    def _read(self, file: Path) -> Iterator[Record]:
        try:
            yield from read_rows(file)
        except (OSError, EOFError) as error:
            raise StoreError(f"reading a file: {type(error).__name__}") from None


def _belongs(file: str, name: str) -> bool:
    rest = file.removeprefix(name)
    return rest != file and rest[:1] in {".", "-", "_"}


def _texts(record: Record) -> dict[str, str]:
    if not record.values:
        return {"(line)": record.raw.decode("utf-8", "replace").lower()}
    return {path: str(value).lower() for path, value in leaves(record.values).items()}
