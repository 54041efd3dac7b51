"""
The desk of the data page: own stores read, packed and erased; requests of signed-in people filed.

Does I/O; synchronous, for threads. Only what is of our own stores is answered at once: what else
is about a person is found by the data map, and an operator looks at that first.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from privacykit.errors import BackendError, DataMapError, InputError
from privacykit.export import Order, write_package
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.event_keys import CONSENT_RECORD, CUSTOMER_ID, called_by
from privacykit.govern.erasure.planning.plan import PlanScope
from privacykit.govern.erasure.ports.connector import Subject
from privacykit.govern.records import Identity, RequestType
from privacykit.govern.requests.lifecycle import OPEN
from privacykit.operate.data_desk.context import DeskContext
from privacykit.operate.data_desk.held import counted
from privacykit.operate.data_desk.holdings import Holdings
from privacykit.operate.intake import RequestIntake
from privacykit.operate.own.datamap import CANNOT_BE_TIED, own_map
from privacykit.policy.place import UNKNOWN
from privacykit.settings.model import Settings
from privacykit.stores.records.operations.lacking import counting
from privacykit.web.data_page.ports import DataHolder, HeldData, Right

ACTOR = "data-page"
"""The operator in whose name the page acts, in the audit log."""
PROOF = "logged_in"
MOST_PACKED = 20_000
"""Events that a package on the page holds at most; the operator's commands have no such limit."""
_PACKED_BYTES = 64 << 20


class OperatorDataDesk:
    """
    Answers holders out of the stores that a configuration names, opened when first asked.

    Args:
        config: Path of the configuration file, or settings already loaded.
        clock: Unix seconds.
    """

    def __init__(self, config: str | Settings, clock: Callable[[], float]) -> None:
        self._context = DeskContext(config, clock)
        self._site_totals: dict[str, tuple[float, int]] = {}

    def standing(self, holder: DataHolder) -> DataHolder:
        """
        Return *holder* without consents that were withdrawn, are gone, or are another site's.

        Raises:
            StoreError: A store does not answer.
        """
        consents = Holdings(self._context, holder).consents
        return msgspec.structs.replace(holder, records=tuple(it.record for it in consents))

    def takes_requests(self) -> bool:
        """Tell whether there is a data map, and it is known what the application's id names."""
        try:
            self._named_by()
        except InputError:
            return False
        return True

    def held(self, holder: DataHolder) -> HeldData:
        """
        Return what is held.

        Raises:
            StoreError: A store does not answer.
        """
        return counted(Holdings(self._context, holder), self._site_totals)

    def package(self, holder: DataHolder) -> bytes:
        """
        Return the package.

        Raises:
            StoreError: A store does not answer.
            BackendError: It is more than is given at once.
        """
        context, own = self._context, Holdings(self._context, holder)
        if own.is_more_than(MOST_PACKED):
            raise BackendError("PK156 a package is larger than the data page gives out")
        given = tuple(Identity(CONSENT_RECORD, record.record) for record in own.consents)
        if holder.user_id is not None:
            given = (*given, Identity(CUSTOMER_ID, holder.user_id))
        scope = PlanScope(Subject(given), given, RequestType.ACCESS.value)
        means = GovernContext(
            own_map(context.settings), {}, context.plans, context.clock, os.urandom
        )
        order = Order(
            scope,
            os.urandom(16).hex(),
            notes=(CANNOT_BE_TIED,),
            controller=context.controller,
        )
        with tempfile.TemporaryDirectory(prefix="privacykit-") as folder:
            target = Path(folder) / "data.zip"
            made = write_package(means, order, target, (own.reader(),))
            if made.manifest.incomplete:
                raise BackendError("a store failed while a package was written")
            if target.stat().st_size > _PACKED_BYTES:
                raise BackendError("PK156 a package is larger than the data page gives out")
            return target.read_bytes()

    def erase(self, holder: DataHolder) -> int:
        """
        Erase the events of the holder's consents; a hold keeps what it holds.

        Returns:
            How many events are gone, each counted once.

        Raises:
            StoreError: A store does not answer; do it again.
        """
        context, own = self._context, Holdings(self._context, holder)
        events = own.events_by_consent()
        if not events.traces:
            return 0
        actor = context.audit.operator(ACTOR)
        with counting(context.engine, context.audit, actor, events.traces):
            events.stop((), context.clock())
        before = events.ids()
        rows = sum(result.rows_changed for result in events.forget())
        context.audit.append(actor, "data_page.erased", detail={"rows": rows})
        context.seal()
        return len(before - events.ids())

    def file(self, holder: DataHolder, right: Right) -> float | None:
        """
        File a request, for an operator to approve and run.

        Raises:
            InputError: Nobody is signed in, or it is not known what the application's id names.
            StoreError: It is not filed.
        """
        if holder.user_id is None:
            raise InputError("nobody is signed in")
        context = self._context
        person = Identity(self._named_by(), holder.user_id)
        place = None if holder.place == UNKNOWN else holder.place
        wanted, actor = RequestType(right), context.audit.operator(ACTOR)
        for filed in context.requests.filed(OPEN):
            known = filed.request
            if known.subject_request_type is wanted and known.subject_identities == (person,):
                return known.due_at  # a form that is sent twice asks once
        intake = RequestIntake(context, actor, proof=PROOF, place=place)
        request = intake.file(wanted, (person,))
        context.seal()
        return request.due_at

    def _named_by(self) -> str:
        """
        Return the identity type of the application's user ids.

        Raises:
            InputError: There is no map, or neither it nor the configuration says which it is.
        """
        said = self._context.settings.events.identified_by
        try:
            numbers = called_by(said, self._context.datamap)
        except DataMapError:
            raise InputError("requests need a data map") from None
        named = numbers if said else numbers - {CUSTOMER_ID} or numbers
        if len(named) == 1:
            return next(iter(named))
        raise InputError("say in [events] identified_by which number identify() is given")
