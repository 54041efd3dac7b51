"""Recipients are told of requests (GDPR Art. 19); receipts say what they answered. Does I/O."""

from __future__ import annotations

import secrets
from collections.abc import Container, Iterable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from privacykit.errors import InputError
from privacykit.govern.erasure.event_keys import EventKey
from privacykit.govern.records import Identity, Receipt, RequestStatus, SubjectRequest
from privacykit.govern.requests.lifecycle import is_erased
from privacykit.govern.requests.notify import (
    RecipientAnswer,
    RecipientNotice,
    message,
    named,
    tried,
)
from privacykit.govern.requests.receipt import signed
from privacykit.operate.backends.acknowledged import settled, waits_for_sinks
from privacykit.operate.backends.deletions import PREFIX, BackendDeletions
from privacykit.operate.context import OperatorContext
from privacykit.operate.records.erased import forget_person, forget_what_runs_left
from privacykit.recipients.webhook import Webhooks
from privacykit.settings.datasets import revealed
from privacykit.webhook import sign

if TYPE_CHECKING:
    from privacykit.operate.protocols.clients.forwarding import ProtocolForwarding


class RecipientService:
    """
    Tells recipients, and keeps the receipts of requests.

    Args:
        context: The stores.
        actor: Key id of the operator.
        hooks: What sends to recipients; a new one by default.

    Attributes:
        left_behind: What our own ``[records]`` hold yet of a person whose erasure is fulfilled, and
            until when; empty where nothing was found, or nobody looked.
    """

    left_behind = ""

    def __init__(self, context: OperatorContext, actor: str, hooks: Webhooks | None = None) -> None:
        self._context = context
        self._actor = actor
        self._hooks = hooks

    def send_due(self) -> tuple[RecipientNotice, ...]:
        """
        Try the notices that are due, and renew the receipts of those that were answered.

        Returns:
            The notices tried, as they stand now.
        """
        context = self._context
        self._catch_up()
        done: list[RecipientNotice] = []
        taken: list[RecipientNotice] = []
        # One at a time: an attempt may take most of the time for which it is ours.
        while batch := context.notices.take(context.clock(), limit=1):
            taken += batch
            for notice in batch:
                after = tried(notice, self._send(notice), context.clock())
                context.notices.note(after, actor=self._actor)
                done.append(after)
        for request_id in {e.request_id for e in done if e.status != "pending"}:
            self._over(request_id, [it for it in taken if it.request_id == request_id])
        return tuple(done)

    def _catch_up(self) -> None:
        """End the erasures whose last sink has answered, or that were done, when their run died."""
        forget_what_runs_left(self._context, self._actor)
        for filed in self._context.requests.filed((RequestStatus.PARTIALLY_FULFILLED,)):
            if waits_for_sinks(filed.request):
                request_id = filed.request.subject_request_id
                if person := settled(self._context, request_id, self._actor):
                    self.renew_receipt(request_id)
                    self._forget_person(request_id, person)

    def _over(self, request_id: str, notices: Sequence[RecipientNotice]) -> None:
        """Renew the receipt of a request when *notices* are over, as they stood before."""
        person = settled(self._context, request_id, self._actor)
        self.renew_receipt(request_id)
        told = [it for notice in notices for it in _named_in(notice)]
        self._forget_person(request_id, [*person, *told])

    def answered(self, request_id: str, recipient: str, reference: str) -> RecipientNotice:
        """
        Note by hand that *recipient* acknowledged.

        Raises:
            InputError: There is no such notice, or it was answered before.
        """
        found = self._open_with(request_id, recipient, {"pending", "failed", "unable"})
        after = tried(found, RecipientAnswer("acknowledged", reference), self._context.clock())
        self._context.notices.note(after, actor=self._actor)
        self._over(request_id, [found])
        return after

    def retry(self, request_id: str, recipient: str) -> RecipientNotice:
        """
        Let *recipient*, which failed, be told again, at once and as often as at first.

        Raises:
            InputError: It has not failed, or what it was to be told is not kept.
        """
        found, now = self._open_with(request_id, recipient, {"failed"}), self._context.clock()
        if not found.body:
            raise InputError("what it was to be told is not kept any more")
        body = found.body
        if recipient.startswith(PREFIX):
            body = BackendDeletions(self._context).renewed(body)
        after = msgspec.structs.replace(
            found, body=body, status="pending", tries=0, next_at=now, at=now
        )
        self._context.notices.note(after, actor=self._actor, again=True)
        self.renew_receipt(request_id)
        return after

    def give_up(self, request_id: str, recipient: str, why: str) -> RecipientNotice:
        """
        Ask *recipient* no more: what it was to be told is erased, and it did not acknowledge.

        Raises:
            InputError: There is no such notice, or it was answered before.
        """
        found = self._open_with(request_id, recipient, {"pending", "failed", "unable"})
        after = tried(found, RecipientAnswer("unable", why, left=b""), self._context.clock())
        self._context.notices.note(after, actor=self._actor)
        self._over(request_id, [found])
        return after

    def _open_with(
        self, request_id: str, recipient: str, statuses: Container[str]
    ) -> RecipientNotice:
        for found in self._context.notices.of(request_id):
            if found.recipient == recipient and found.status in statuses:
                return found
        raise InputError("nothing is open with this recipient for this request")

    def _forget_person(self, request_id: str, person: Sequence[Identity]) -> None:
        """Leave nothing of *person* in our records where the request erased them wholly."""
        filed = self._context.requests.load(request_id)
        if filed and is_erased(filed.request):
            left = forget_person(self._context, request_id, person)
            # Where nobody was named, nobody was looked for: what was found before still stands.
            self.left_behind = left if person else self.left_behind

    def renew_receipt(self, request_id: str) -> None:
        """
        Sign the receipt again with what recipients answered since.

        Their answers to a person who is erased come late: the details of these entries go as well.
        """
        document = self._context.requests.receipt(request_id)
        if document is None:
            return
        receipt = msgspec.json.decode(document, type=Receipt)
        filed = self._context.requests.load(request_id)
        if filed and is_erased(filed.request):
            self._context.audit.erase_details(request_id)
            receipt = msgspec.structs.replace(receipt, status=filed.request.status)
        self._sign(receipt)

    def _write_notices(self, request: SubjectRequest, touched: Iterable[str]) -> None:
        datamap = self._context.datamap
        names: set[str] = set()
        for place in touched:
            dataset, dot, collection = place.partition(".")
            if dot:
                names |= set(datamap.recipients_of(dataset, collection))
            else:
                names.add(place)
        now = self._context.clock()
        at = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
        body = message(request, at)
        self._context.notices.add(
            [
                RecipientNotice(
                    secrets.token_hex(16),
                    request.subject_request_id,
                    name,
                    body,
                    "pending",
                    0,
                    now if datamap.recipients[name].url else None,
                    now,
                )
                for name in sorted(names)
            ]
        )

    def _write_deletions(self, request: SubjectRequest, keys: Sequence[EventKey]) -> None:
        orders = BackendDeletions(self._context).notices(request, keys)
        self._context.notices.add(list(orders), actor=self._actor)

    def _send(self, notice: RecipientNotice) -> RecipientAnswer:
        context = self._context
        if notice.recipient.startswith(PREFIX):
            return BackendDeletions(context).send(notice)
        recipient = context.datamap.recipients.get(notice.recipient)
        url = revealed(recipient.url, context.paths) if recipient else None
        if not url:
            return RecipientAnswer("failed", "no url in the data map")
        if recipient and recipient.protocol != "webhook":
            return self._forwarding.send(recipient, url, notice)
        at = int(context.clock())
        headers = sign(notice.notice_id, at, notice.body, private=context.signer)
        if self._hooks is None:
            self._hooks = Webhooks(context.clock)
        return self._hooks.send(url, headers, notice.body)

    @cached_property
    def _forwarding(self) -> ProtocolForwarding:
        from privacykit.operate.protocols.clients.forwarding import ProtocolForwarding

        return ProtocolForwarding(self._context)

    def _sign(self, receipt: Receipt) -> Receipt:
        context = self._context
        told = context.notices.propagations(receipt.subject_request_id)
        whole = msgspec.structs.replace(receipt, propagations=told, checkpoint=context.seal())
        context.requests.save_receipt(receipt.subject_request_id, signed(whole, context.signer))
        return whole


def _named_in(notice: RecipientNotice) -> tuple[Identity, ...]:
    """Return whom *notice* names; an order to a sink names nobody."""
    return () if notice.recipient.startswith(PREFIX) else named(notice.body)
