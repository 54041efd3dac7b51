"""Holdings of our own stores about one holder: what finds them, and what reads them. Does I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Any

from privacykit.collect.ports import ConsentRecord
from privacykit.govern.erasure.event_keys import CONSENT_RECORD, EventKey, traces
from privacykit.govern.erasure.ports.connector import Context, Subject
from privacykit.govern.records import Identity
from privacykit.operate.context import OperatorContext
from privacykit.operate.own.datamap import OUTBOX, own_map
from privacykit.operate.own.events import OwnEvents
from privacykit.operate.own.export import OwnStores
from privacykit.pseudonym.subject import subject_reference
from privacykit.stores.events.event_tables import EVENTS
from privacykit.stores.events.held_events import OWN_DATASET
from privacykit.web.data_page.ports import DataHolder

Row = Mapping[str, Any]


class Holdings:
    """
    What our own stores hold about one holder at one site.

    Args:
        context: The stores.
        holder: Who asks.

    Attributes:
        context: The same.
        holder: The same.
    """

    def __init__(self, context: OperatorContext, holder: DataHolder) -> None:
        self.context = context
        self.holder = holder

    @cached_property
    def consents(self) -> tuple[ConsentRecord, ...]:
        """
        The holder's consents that stand, of this site.

        A withdrawn one finds nothing any more: its cookie may be a copy that somebody kept.
        """
        found = map(self.context.consents.get, self.holder.records)
        return tuple(
            it for it in found if it and it.site == self.holder.site and it.withdrawn_at is None
        )

    @cached_property
    def _keys(self) -> tuple[bytes, ...]:
        return tuple(key.value for key in self.context.keys.all("subject"))

    @cached_property
    def _by_consent(self) -> tuple[EventKey, ...]:
        people = [Identity(CONSENT_RECORD, it.record) for it in self.consents]
        return traces(self._keys, people, frozenset())

    @cached_property
    def _by_account(self) -> tuple[EventKey, ...]:
        user = self.holder.user_id
        if user is None:
            return ()
        return tuple(("subject", subject_reference(key, user)) for key in self._keys)

    def events_by_consent(self) -> OwnEvents:
        """Return what stops and erases the events that the consents find."""
        return _FoundEvents(self.context, self._by_consent)

    def reader(self) -> OwnStores:
        """Return what reads all of it, for a package."""
        found_by = (*self._by_consent, *self._by_account)
        collections = own_map(self.context.settings).of(OWN_DATASET)
        return OwnStores(self.context, found_by, collections, self.holder.site)

    def events(self) -> Iterator[tuple[Row, bool]]:
        """
        Yield each event, and whether it is on its way still; once, whatever its recipients.

        The outbox comes first, as in :meth:`OwnStores.order`: what is delivered meanwhile is not
        passed over.

        Raises:
            StoreError: A store does not answer.
        """
        reader, told = self.reader(), set[object]()
        context = Context(Subject(()), self.context.clock(), ())
        for collection, waiting in ((OUTBOX, True), (EVENTS, False)):
            for row in reader.rows(collection, context):
                if row["id"] not in told:
                    told.add(row["id"])
                    yield row, waiting

    def is_more_than(self, most: int) -> bool:
        """Tell whether there are more events than *most*."""
        return next(islice(self.events(), most, None), None) is not None


class _FoundEvents(OwnEvents):
    """Events found by keys, where no data map is needed to say what an identity is."""

    def __init__(self, context: OperatorContext, found_by: tuple[EventKey, ...]) -> None:
        self._context = context
        self.traces = found_by
