"""
The SQL connector: one dataset in one database, joined by its declared foreign keys. Does I/O.

Set-based: a batch is one statement, however many rows it has. Every destructive statement repeats
the ownership predicates, so that a row which changed hands since the plan is skipped by the
database itself, not by a look beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal

from msgspec.structs import replace
from sqlalchemy import Column as SqlColumn
from sqlalchemy import Engine, func, select, text

from privacykit.connectors.sql import derived
from privacykit.connectors.sql.catalogue.reflect import NAME, reflect
from privacykit.connectors.sql.changing import apply as batches
from privacykit.connectors.sql.changing import probe
from privacykit.connectors.sql.changing.physical_erase import reachable_effect, settle_store
from privacykit.connectors.sql.changing.purge import SqlPurger
from privacykit.connectors.sql.changing.trial import PlanTrial, defer_keys
from privacykit.connectors.sql.convert import SAMPLED, ColumnConverter, shape_among
from privacykit.connectors.sql.database import check_there, guarded, open_database, writing
from privacykit.connectors.sql.ownership.whose import Whose
from privacykit.connectors.sql.reading import export, finding, identities, search
from privacykit.connectors.sql.reading.readers import Readers
from privacykit.connectors.sql.statement_cache import shape_of
from privacykit.connectors.sql.stored.rewrite import RewritesTables
from privacykit.errors import StoreError
from privacykit.govern.datamap import DataMap
from privacykit.govern.datamap.schema import Table
from privacykit.govern.erasure.ownership import Ownership, build_ownership
from privacykit.govern.erasure.planning.steps import describe_step
from privacykit.govern.erasure.ports import capability
from privacykit.govern.erasure.ports.capability import ListsIdentities, ReadsTogether, Samples
from privacykit.govern.erasure.ports.connector import (
    TAKEN,
    Connector,
    Context,
    PersonRow,
    Selection,
    Subject,
)
from privacykit.govern.erasure.ports.work import Applied, Hit, Settled, Target, Work
from privacykit.govern.erasure.treatment import OWN, treat
from privacykit.govern.planned import PlanStep
from privacykit.govern.records import Action, Effect, Hold, Identity
from privacykit.govern.retention.purger import Purger, Retains
from privacykit.govern.words import ErasureStrategy

MOST_SHAPES = 16


class SqlConnector(RewritesTables, Connector, ReadsTogether, ListsIdentities, Samples, Retains):
    """
    A dataset in a SQL database.

    Attributes:
        dataset: Its name in the data map.
        cost_model: Always ``point``: indexes find the rows, and the check names missing ones.
    """

    cost_model: Literal["point", "scan"] = "point"

    def __init__(self, datamap: DataMap, dataset: str, engine: Engine) -> None:
        self.dataset = dataset
        self._datamap = datamap
        self._engine = engine
        self._readers = Readers(engine)
        self._settings = datamap.datasets[dataset]
        self._reflected = reflect(engine, self._settings.only, _schemas(datamap, dataset))
        self._tables = self._reflected.tables
        self.ownership: Ownership = build_ownership(datamap, dataset, self._reflected.described)
        self._fitting = ColumnConverter(self._sample)
        derived.teach(self.ownership, self._tables, self._fitting, engine.dialect.name)
        self._purgers: list[SqlPurger] = []
        self._shapes: dict[tuple[bytes, bool], Whose] = {}
        self._last: dict[bool, tuple[Selection, tuple[Hold, ...], Whose]] = {}

    @classmethod
    def open(cls, datamap: DataMap, dataset: str, url: str) -> SqlConnector:
        """
        Connect and read the schema.

        Raises:
            StoreError: The database is not there, cannot be reached or read.
        """
        check_there(url)
        engine = open_database(url)
        try:
            with guarded("reading the schema", engine):
                return cls(datamap, dataset, engine)
        except BaseException:
            engine.dispose()
            raise

    def schema(self) -> tuple[Table, ...]:
        """Return every table that is really there, foreign keys of the map included."""
        return tuple(self.ownership.tables.values())

    def order(self) -> tuple[str, ...]:
        """Return the mapped collections, those that point at others first."""
        return self.ownership.order

    def resolve(self, identities: Sequence[Identity], most: int) -> Sequence[PersonRow]:
        """
        Find the rows that *are* somebody whom one of *identities* names, and what they hold.

        Raises:
            StoreError: The database refused.
        """
        context = Context(Subject(tuple(identities)), 0.0)
        with self._readers.reading("finding the person") as connection:
            return finding.resolve(connection, self._whose(context), context, most)

    def strangers(self, subject: Subject) -> int:
        """
        Count root rows of *subject* that are no more what they were when the person was found.

        Raises:
            StoreError: The database refused.
        """
        context = Context(subject, 0.0)
        with self._readers.reading("looking at the person's rows again") as connection:
            return finding.changed(connection, self._whose(context), context)

    def find(self, collection: str, context: Context) -> Iterator[Target]:
        """
        Name every row of *collection* that is the selection's, in key order, once.

        Raises:
            StoreError: The database refused, or the rows have no key.
        """
        self._need_key(collection)
        whose = self._whose(context)
        with self._readers.reading(f"finding rows of {collection}") as connection:
            for key, kind, whole in finding.classified(connection, whose, collection, context):
                action = Action.KEEP if whole else self._action(collection, kind, context)
                yield Target(key, action, None if kind == OWN else kind)

    def _action(self, collection: str, kind: str, context: Context) -> Action:
        if not isinstance(context.selection, Subject) and kind == OWN:
            deletes = context.selection.then is ErasureStrategy.DELETE
            return Action.DELETE if deletes else Action.CHANGE
        return treat(self.ownership, collection, kind)[0]

    def step(self, collection: str, action: Action, justification: str | None) -> PlanStep:
        """Describe what *action* does to *collection*; its counts are filled in by the flow."""
        reach = reachable_effect(self._engine.dialect.name, self._settings.effect)
        return describe_step(
            self.ownership,
            collection,
            action,
            justification,
            reach=reach,
            cost_model=self.cost_model,
        )

    def size(self, collection: str) -> int:
        """
        Return how many rows *collection* has; PostgreSQL and MariaDB estimate large tables.

        Raises:
            StoreError: The database refused.
        """
        table = self._tables[collection]
        with self._readers.reading(f"counting {collection}") as connection:
            if self._engine.dialect.name == "postgresql":
                query = text(
                    "select reltuples::bigint from pg_class where oid = to_regclass(:name)"
                )
                name = self._engine.dialect.identifier_preparer.format_table(table)
                estimate = connection.execute(query, {"name": name}).scalar()
                if estimate is not None and estimate > 0:
                    return int(estimate)
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

    def apply(self, work: Sequence[Work], context: Context) -> Sequence[Applied]:
        """
        Do *work* in one transaction, in the order given.

        Raises:
            StoreError: The database refused, or a row is somebody else's now, and nothing was done.
        """
        for item in work:
            self._need_key(item.step.collection)
        whose = self._whose(context, changing=True)
        with writing(self._engine, "changing rows") as connection:
            if finding.strangers(connection, whose, context):
                raise StoreError(TAKEN)
            defer_keys(connection, whose)
            return [batches.apply(connection, whose, item, context) for item in work]

    def try_out(self, work: Sequence[Work], context: Context, *, whole: bool) -> capability.Tried:
        """Do *work* in one transaction that is rolled back; see :mod:`.trial` for what remains."""
        trial = PlanTrial(self._engine, self._whose(context, changing=True), self._reflected.unsafe)
        return trial.run(work, context, whole=whole)

    def rows(self, collection: str, context: Context) -> Iterator[Mapping[str, Any]]:
        """
        Yield the person's rows for export, other people's data redacted, in constant memory.

        Raises:
            StoreError: The database refused.
        """
        with self._readers.reading(f"exporting {collection}") as connection:
            whose = self._whose(context)
            yield from export.rows(connection, self._readers, whose, collection, context)

    def search(self, values: Sequence[str], context: Context) -> Iterator[Hit]:
        """
        Look for *values* in every column that can hold them, of every table, mapped or not.

        Raises:
            StoreError: The database refused.
        """
        with self._readers.reading("searching every column") as connection:
            unread = self._reflected.unread
            yield from search.hits(connection, self._whose(context), values, context, unread)

    def settle(self, collections: Sequence[str], asked: Effect, markers: Sequence[str]) -> Settled:
        """
        Take the step that reaches *asked*, look for *markers* in the bytes, say what is so.

        Raises:
            StoreError: The database refused.
        """
        tables = [self._tables[name] for name in collections if name in self._tables]
        settled = settle_store(self._engine, tables, asked, markers)
        return replace(settled, remains=(*settled.remains, *self._reflected.not_searched()))

    def inspection(self) -> capability.Inspection:
        """
        Return what the check should know besides the tables: copies, schemas, what is refused.

        Raises:
            StoreError: The database refused to be asked.
        """
        what = "asking what may be written"
        with guarded(what, self._engine), self._engine.connect() as connection:
            refused = [*probe.refused(connection, self.ownership, self._tables)]
        refused += derived.unfit(self.ownership, self._tables, self._fitting)
        return capability.Inspection(
            self._reflected.beside, tuple(sorted(self._reflected.copies)), tuple(refused)
        )

    def sample(self, collection: str, column: str, number: int) -> list[Any]:
        """
        Return up to *number* values of a column, for the detectors of ``datamap scan`` only.

        Raises:
            StoreError: The database refused.
        """
        place = self._tables[collection].c[column]
        query = select(place).where(place.is_not(None)).limit(number)
        with self._readers.reading(f"sampling {collection}") as connection:
            return list(connection.execute(query).scalars())

    def iter_identities(self) -> Iterator[tuple[str, Identity]]:
        """
        Yield every raw identity value that stands in a mapped column, with its collection.

        Raises:
            StoreError: The database refused.
        """
        with self._readers.reading("reading identity columns") as connection:
            yield from identities.known(connection, self.ownership, self._tables)

    def hashed_columns(self) -> list[str]:
        """Return the identity columns that hold hashes, which :meth:`iter_identities` leaves."""
        return capability.hashed_columns(self.ownership)

    def purger(self, *, key: bytes = b"", salt: bytes = b"") -> Purger:
        """Return what retention works with; *key* is that of *hmac*, *salt* that of *hash*."""
        parts = (self._engine, self._datamap, self.ownership, self._tables, self._fitting)
        made = SqlPurger(*parts, key=key, salt=salt)
        self._purgers.append(made)
        return made

    def session(self) -> AbstractContextManager[None]:
        """Read everything that this thread reads inside in one transaction, on one connection."""
        return self._readers.session()

    def close(self) -> None:
        """Close every connection."""
        for purger in self._purgers:
            purger.close()
        self._engine.dispose()

    def _whose(self, context: Context, *, changing: bool = False) -> Whose:
        """
        Return the predicates for selections of this shape, with the statements made of them.

        Args:
            context: The selection.
            changing: Whether the statements change rows: MariaDB takes no common table expressions
                before an UPDATE or DELETE, only inside its subqueries.
        """
        inline = changing and self._engine.dialect.name not in {"sqlite", "postgresql"}
        # A plan, an export and all batches of an erasure ask for one person again and again.
        last = self._last.get(inline)  # once: another thread may ask for somebody else meanwhile
        if last and last[0] is context.selection and last[1] == context.holds:
            return last[2]
        shape = shape_of(context), inline
        if shape not in self._shapes:
            if len(self._shapes) >= MOST_SHAPES:
                self._shapes.clear()
            self._shapes[shape] = Whose(
                self._datamap, self.ownership, self._tables, self._fitting, context, inline=inline
            )
        whose = self._shapes[shape]
        self._last[inline] = (context.selection, context.holds, whose)
        return whose

    def _sample(self, column: SqlColumn[Any]) -> Any:  # noqa: ANN401 - a column's value
        return shape_among(self.sample(column.table.info[NAME], column.name, SAMPLED))

    def _need_key(self, collection: str) -> None:
        if collection not in self._tables:
            raise StoreError(f"{self.dataset}.{collection} is mapped and does not exist (PK222)")
        if not self.ownership.key(collection):
            raise StoreError(f"{self.dataset}.{collection} has no key to find a row again (PK225)")


def _schemas(datamap: DataMap, dataset: str) -> frozenset[str]:
    """Return the schemas that the map names: those before the dot of a collection."""
    names = (*datamap.of(dataset), *datamap.datasets[dataset].excluded)
    return frozenset(name.rpartition(".")[0] for name in names if "." in name)
