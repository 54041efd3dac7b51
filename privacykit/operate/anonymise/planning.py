"""The making of an anonymisation plan: what the map asks for, counted, and tried on a few rows."""

from __future__ import annotations

import glob
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from msgspec.structs import replace

from privacykit.errors import DataMapError, InputError, Problem
from privacykit.govern.anonymise.derive import StoredField, stored_fields, wrong_key
from privacykit.govern.anonymise.model import AnonymisePlan, AnonymiseStep, LogFile
from privacykit.govern.anonymise.rewriter import Rewriter, Rewrites, TreatValue
from privacykit.govern.datamap.schema import Table
from privacykit.logs.addresses import LOGGED_IPV4_BITS, LOGGED_IPV6_BITS, weaken_logged
from privacykit.operate.anonymise.treatments import StoredTreatments
from privacykit.operate.context import OperatorContext
from privacykit.pseudonym.addresses.ip import IPMethod, Truncate, no_finer

LOOKED_AT = 1_000
"""Rows that an estimate rests on."""
WRITING = 2.0
"""How much longer a row takes that is also written, as measured on the three databases."""
_WARM = "Mozilla/5.0 (X11; Linux x86_64)"
READING_AGAIN = 0.7
"""Of a row's reading, what the check at the end takes."""


@dataclass(frozen=True, slots=True)
class PlannedCollection:
    """
    What the map says of one collection.

    Attributes:
        dataset: The dataset.
        collection: The collection.
        fields: Every field that speaks of a person or is asked for, treated or not.
        wrong_key: Why the map's key does not find a row again; empty where it does.
    """

    dataset: str
    collection: str
    fields: tuple[StoredField, ...]
    wrong_key: str = ""

    @property
    def step(self) -> AnonymiseStep:
        """The step without counts."""
        treated = {f.field: f.treatment for f in self.fields if f.treatment is not None}
        return AnonymiseStep(self.dataset, self.collection, treated)


class AnonymisePlanning:
    """
    Derives, counts and tries what an anonymisation does.

    Args:
        context: The stores.
        addresses: How the configuration weakens addresses.
    """

    def __init__(self, context: OperatorContext, addresses: IPMethod) -> None:
        self._context = context
        self._addresses = addresses
        self._rewriters: dict[str, Rewriter] = {}

    @cached_property
    def treatments(self) -> StoredTreatments:
        """What values become, by the configuration of now."""
        settings = self._context.settings
        address = weaken_logged(self._addresses)
        keep = frozenset(settings.text.query_keep)
        return StoredTreatments(address, keep, self._context.keys.current("subject").value)

    def policy(self) -> tuple[str, ...]:
        """Return what the treatments go by, in words that change when they do."""
        settings = self._context.settings
        coarse = no_finer(self._addresses, LOGGED_IPV4_BITS, LOGGED_IPV6_BITS)
        bits = f"{coarse.ipv4_bits}/{coarse.ipv6_bits}" if isinstance(coarse, Truncate) else ""
        kept = ", ".join(sorted(settings.text.query_keep)) or "none"
        key = self._context.keys.current("subject").id
        return f"addresses: {coarse.name} {bits}".strip(), f"parameters: {kept}", f"ids: key {key}"

    def collections(self, datasets: Sequence[str] = ()) -> tuple[PlannedCollection, ...]:
        """
        Return what the map says of each collection of *datasets*, or of all.

        Raises:
            InputError: The map has no such dataset.
            DataMapError: PK350, the map asks for what cannot be done.
        """
        known = self._context.datamap.datasets
        if not set(datasets) <= known.keys():
            raise InputError("the data map has no such dataset")
        found = [p for name in known if not datasets or name in datasets for p in self._of(name)]
        wrong = [
            self._problem(planned, field)
            for planned in found
            for field in planned.fields
            if field.wrong
        ]
        wrong += [self._of_key(planned) for planned in found if planned.wrong_key]
        if wrong:
            raise DataMapError(*wrong)
        return tuple(found)

    def plan(self, datasets: Sequence[str], logs: Sequence[str], actor: str) -> AnonymisePlan:
        """
        Count and try what is to be done; nothing is written.

        Args:
            datasets: Which; none is all.
            logs: Globs of log files.
            actor: Key id of the operator.

        Raises:
            InputError: No dataset or no file is called so, or there is nothing to treat.
            DataMapError: PK222, the map names what is not there; PK350, it asks for what cannot be
                done.
            StoreError: A store does not answer, or is no store that can be treated.
        """
        planned = [p.step for p in self.collections(datasets)] if datasets or not logs else []
        there = datasets or (() if logs else self._context.datamap.datasets)
        if gone := [problem for name in there for problem in self._gone(name)]:
            raise DataMapError(*gone)
        steps = tuple(self._counted(step) for step in planned if step.fields)
        files = tuple(log_files(self._context.paths.folder, logs))
        if not steps and not files:
            raise InputError("nothing to anonymise: no field of the data map has a treatment")
        now, name = self._context.clock(), secrets.token_hex(8)
        return AnonymisePlan(name, now, actor, self.policy(), steps, files)

    def rewriter(self, dataset: str) -> Rewriter:
        """
        Return what changes rows of *dataset*.

        Raises:
            InputError: Its connector cannot.
        """
        if dataset not in self._rewriters:
            connector = self._context.connectors[dataset]
            if not isinstance(connector, Rewrites):
                raise InputError(f"the connector of {dataset} cannot change rows in place (PK351)")
            self._rewriters[dataset] = connector.rewriter()
        return self._rewriters[dataset]

    def functions(self, step: AnonymiseStep) -> Mapping[str, TreatValue]:
        """Return the treatment of each field of *step*."""
        table = self._tables(step.dataset)[step.collection]
        found = {}
        for name, treatment in step.fields.items():
            column = table.column(name)
            assert column is not None, "derived from the columns there are"
            found[name] = self.treatments.of(treatment, column)
        return found

    def _of(self, dataset: str) -> Iterator[PlannedCollection]:
        tables = self._tables(dataset)
        for name, collection in self._context.datamap.of(dataset).items():
            if name in tables:
                fields = tuple(stored_fields(collection, tables[name]))
                treats = any(field.treatment for field in fields)
                why = wrong_key(collection, tables[name]) if treats else ""
                yield PlannedCollection(dataset, name, fields, why)

    def _gone(self, dataset: str) -> Iterator[Problem]:
        for name in sorted(self._context.datamap.of(dataset).keys() - self._tables(dataset).keys()):
            key, file = f"collections.{dataset}.{name}", self._context.settings.datamap.file
            advice = "the table was dropped or renamed: so must its place in the map"
            yield Problem("PK222", file, key, "is mapped and not there", advice)

    def _tables(self, dataset: str) -> Mapping[str, Table]:
        return {table.name: table for table in self._context.connectors[dataset].schema()}

    def _counted(self, step: AnonymiseStep) -> AnonymiseStep:
        holds, now = self._context.holds.standing(), self._context.clock()
        rewriter, fields = self.rewriter(step.dataset), self.functions(step)
        there = rewriter.stored(step.collection, holds, now)
        for treat in fields.values():
            treat(_WARM)  # what is loaded once would count for every row
        began = time.monotonic()
        tried = rewriter.batch(
            step.collection, fields, holds, now, after=None, limit=LOOKED_AT, write=False
        )
        each = (time.monotonic() - began) / max(tried.rows, 1)
        written = tried.changed / max(tried.rows, 1)
        return replace(
            step,
            rows=there.rows,
            held=there.held,
            looked_at=tried.rows,
            changing=tried.changed,
            seconds=there.rows * each * (1 + READING_AGAIN + WRITING * written),
        )

    def _of_key(self, planned: PlannedCollection) -> Problem:
        key = f"collections.{planned.dataset}.{planned.collection}.key"
        advice = "name its primary key, or columns with a unique constraint that are never empty"
        file = self._context.settings.datamap.file
        return Problem("PK350", file, key, planned.wrong_key, advice)

    def _problem(self, planned: PlannedCollection, field: StoredField) -> Problem:
        key = f"collections.{planned.dataset}.{planned.collection}.fields.{field.field}.anonymise"
        file = self._context.settings.datamap.file
        return Problem("PK350", file, key, field.why, "take it out, or choose another treatment")


def log_files(folder: Path, globs: Sequence[str]) -> Iterator[LogFile]:
    """
    Yield the files that *globs* name, each once, in order.

    Raises:
        InputError: One names no file.
    """
    found: dict[str, int] = {}
    for pattern in globs:
        names = sorted(glob.glob(str(folder / pattern)))  # noqa: PTH207 - patterns may be absolute
        files = [Path(name) for name in names if Path(name).is_file()]
        if not files:
            raise InputError("--log names no file that is there")
        found |= {str(file): file.stat().st_size for file in files}
    for path, size in found.items():
        yield LogFile(path, size)
