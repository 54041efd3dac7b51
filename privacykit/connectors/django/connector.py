"""
The SQL connector over a database of Django's, deleting through the ORM where wanted. Does I/O.

What it finds, plans, changes, exports and searches it does as :mod:`privacykit.connectors.sql`
does. Rows of a collection with ``via = "orm"`` are deleted by Django, in a transaction of their
own: it costs a statement or more a row, and what its handlers do is the application's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Engine

from privacykit.connectors.django.purger import OrmPurger
from privacykit.connectors.django.start import ALIAS, start, url_of
from privacykit.connectors.sql import SqlConnector
from privacykit.connectors.sql.changing.apply import may_go
from privacykit.connectors.sql.changing.batch import RowBatch
from privacykit.connectors.sql.database import reading
from privacykit.connectors.sql.reading import finding
from privacykit.errors import DataMapError, Problem, StoreError
from privacykit.govern.datamap import DataMap
from privacykit.govern.erasure.ports.connector import TAKEN, Context
from privacykit.govern.erasure.ports.work import Applied, Work
from privacykit.govern.erasure.treatment import OWN
from privacykit.govern.records import Action
from privacykit.govern.retention.any_connector import ConnectorPurger
from privacykit.govern.retention.purger import Purger


class DjangoConnector(SqlConnector):
    """A dataset in a database of a Django project's settings."""

    def __init__(self, datamap: DataMap, dataset: str, engine: Engine) -> None:
        super().__init__(datamap, dataset, engine)
        self._alias = str(datamap.datasets[dataset].options.get("alias", ALIAS))
        self._models = dict(self._by_table(datamap, dataset))

    @classmethod
    def of_settings(cls, datamap: DataMap, dataset: str) -> DjangoConnector:
        """
        Connect to the database that the dataset's options name: ``settings`` and ``alias``.

        Raises:
            ConfigurationError: PK218, Django cannot be started, or has no such database; PK215, a
                collection with ``via = "orm"`` is no table of a model's.
            StoreError: The database cannot be reached.
        """
        options = datamap.datasets[dataset].options
        start(str(options.get("settings", "")))
        found = cls.open(datamap, dataset, url_of(str(options.get("alias", ALIAS))))
        assert isinstance(found, cls)
        return found

    def apply(self, work: Sequence[Work], context: Context) -> Sequence[Applied]:
        """
        Do *work* in the order given; deletions through the ORM each in a transaction of their own.

        Raises:
            StoreError: The database or a handler refused, or a row is somebody else's now: nothing
                of that part was done, and what went before it will be found gone.
        """
        done: list[Applied] = []
        for by_orm, part in groupby(work, self._by_orm):
            if by_orm:
                done += [self._delete(item, context) for item in part]
            else:
                done += super().apply(list(part), context)
        return done

    def purger(self, *, key: bytes = b"", salt: bytes = b"") -> Purger:
        """Return what retention works with; rows that the ORM deletes are searched one by one."""
        by_rows = ConnectorPurger(self)
        return OrmPurger(super().purger(key=key, salt=salt), by_rows, frozenset(self._models))

    def _by_orm(self, item: Work) -> bool:
        return item.step.action is Action.DELETE and item.step.collection in self._models

    def _delete(self, item: Work, context: Context) -> Applied:
        from privacykit.connectors.django.deletion import delete_rows, locked, through_orm

        name = item.step.collection
        model = self._models[name]
        self._need_key(name)
        read = model._meta.pk.to_python
        with through_orm(model, self._alias):
            rows = locked(model, self._alias, [read(key[0]) for key in item.keys])
            allowed = {read(key) for key in self._allowed(item, context)}
            done = delete_rows(rows, allowed, self._alias, len(item.keys))
        return Applied(done.changed, done.gone, done.skipped, done.let_go)

    def _allowed(self, item: Work, context: Context) -> Iterator[Any]:
        """
        Yield the keys of the rows that may still go, as the database has them now.

        Raises:
            StoreError: A row that was the person's is somebody else's.
        """
        whose = self._whose(context)
        kind = item.step.justification or OWN
        with reading(self._engine, "looking at rows again") as connection:
            if finding.strangers(connection, whose, context):
                raise StoreError(TAKEN)
            batch = RowBatch(connection, whose, context, item.step.collection, kind, item.keys)
            for row in may_go(batch):
                yield row[0]

    def _by_table(self, datamap: DataMap, dataset: str) -> Iterator[tuple[str, Any]]:
        """
        Yield the collections that the ORM deletes from, with their models.

        Raises:
            DataMapError: PK215, one of them is no table of a model's.
        """
        from django.apps import apps

        models = {
            model._meta.db_table: model
            for model in apps.get_models(include_auto_created=True)
            if not model._meta.proxy
        }
        for name, collection in datamap.of(dataset).items():
            if collection.via != "orm":
                continue
            model = models.get(name)
            if model is None or self.ownership.key(name) != (model._meta.pk.column,):
                message = "no table of a model of Django's with that key"
                hint = 'leave via = "orm" out: it is deleted by SQL then'
                key = f"collections.{dataset}.{name}.via"
                raise DataMapError(Problem("PK215", "datamap.toml", key, message, hint))
            yield name, model
