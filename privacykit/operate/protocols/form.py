"""
The desk of the request form: links sealed, mails sent, confirmed requests filed. Does I/O.

Synchronous, for threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import msgspec

from privacykit.errors import InputError
from privacykit.govern.identity.usable import names_somebody
from privacykit.govern.records import Identity, RequestStatus, RequestType, SubjectRequest
from privacykit.govern.requests.identity_proof import proven
from privacykit.govern.requests.lifecycle import is_over, may_follow
from privacykit.operate.context import OperatorContext
from privacykit.operate.protocols.book import OperatorRequestBook
from privacykit.operate.protocols.mail import MailThread, sender_of
from privacykit.policy.place import UNKNOWN
from privacykit.recipients.protocols.book import ChannelOrder, FiledOrder
from privacykit.settings.requests.tables import FormTable
from privacykit.web.requests.link import NONCE_BYTES, opened, sealed
from privacykit.web.requests.ports import (
    RELATIONS,
    AskedRequest,
    ConfirmationMail,
    RequestProgress,
    RequestRelation,
    RequestView,
)

DAY_SECONDS = 86_400
MONTH_DAYS = 30
PERSON = "person"
"""The party of the form's channel: whoever has the token."""
PROOF = "email_link"
_S = RequestStatus
_PROGRESS: dict[RequestStatus, RequestProgress] = {
    _S.ACCEPTED: "working",
    _S.IN_PROGRESS: "working",
    _S.UNFULFILLED: "working",
    _S.FULFILLED: "done",
    _S.PARTIALLY_FULFILLED: "part",
    _S.REJECTED: "refused",
    _S.CANCELLED: "cancelled",
}


class FormDesk:
    """
    Answers the form out of the stores that a configuration names.

    Args:
        context: The stores; opened when they are needed.

    Raises:
        ConfigurationError: The hook that sends mail cannot be used.
    """

    def __init__(self, context: OperatorContext) -> None:
        table = context.settings.requests.form or FormTable.model_validate({})
        self._context = context
        self._table = table
        self.mails = MailThread(sender_of(table))
        self.rights: tuple[str, ...] = tuple(dict.fromkeys(table.rights))
        self.relations: tuple[RequestRelation, ...] = RELATIONS if table.agents else ("self",)
        self.days = table.valid.months * MONTH_DAYS + table.valid.days

    def origin(self, site: str) -> str:
        """Return scheme and host of *site*'s pages, from the configuration."""
        return origin_of(self._context, site)

    def names_somebody(self, asked: AskedRequest) -> bool:
        """Tell whether its address could be one person's."""
        return names_somebody(Identity(self._table.identity, asked.about))

    def seal(self, asked: AskedRequest) -> str:
        """Return *asked* as the text of a link."""
        return sealed(asked, self._keys()[0], os.urandom(NONCE_BYTES))

    def opened(self, text: str) -> AskedRequest | None:
        """Return what was sealed; ``None`` where it is none, too old, or no longer offered."""
        valid = float(self.days * DAY_SECONDS)
        asked = opened(text, self._keys(), self._context.clock(), valid)
        if asked is None or asked.right not in self.rights or asked.relation not in self.relations:
            return None
        return asked

    def send(self, mail: ConfirmationMail, failed: Callable[[Exception], object]) -> None:
        """Send *mail* soon."""
        self.mails.put(mail, failed)

    def file(self, asked: AskedRequest) -> RequestView:
        """
        File what was confirmed: proven by the link for oneself, unproven for somebody else.

        Somebody who asks again for themselves while the same is open is shown what is there;
        what somebody else asked for them, by the form or by a protocol, is not theirs.

        Raises:
            InputError: It names nobody.
            StoreError: A store does not answer: it is not filed.
        """
        return _view(self._book.file(self._order(asked)), self._context.clock())

    def look(self, token: str) -> RequestView | None:
        """
        Return how the request of *token* stands.

        Raises:
            StoreError: A store does not answer.
        """
        found = self._book.find("form", PERSON, token)
        return None if found is None else _view(found, self._context.clock())

    def cancel(self, token: str) -> RequestView:
        """
        Take it back.

        Raises:
            InputError: It is past that.
            StoreError: A store does not answer; do it again.
        """
        found = self._book.find("form", PERSON, token)
        if found is None:
            raise InputError("there is no such request")
        return _view(self._book.cancel(found), self._context.clock())

    @property
    def _book(self) -> OperatorRequestBook:
        return OperatorRequestBook(self._context)

    def _keys(self) -> Sequence[bytes]:
        return [key.value for key in self._context.keys.all("cookie")]

    def _order(self, asked: AskedRequest) -> ChannelOrder:
        own = asked.relation == "self"
        person = (Identity(self._table.identity, asked.about),)
        wanted = RequestType(asked.right)
        private = b"" if own else msgspec.json.encode({"contact": asked.email})
        return ChannelOrder(
            channel="form",
            party=PERSON,
            number=asked.token,
            digest="",
            wanted=wanted,
            identities=person,
            proof=PROOF if own else "",
            place=None if asked.place == UNKNOWN else asked.place,
            details={"relation": asked.relation},
            private=private,
            joins=own,
        )


def origin_of(context: OperatorContext, site: str) -> str:
    """Return scheme and host of the pages of *site*: the configured ones, never the request's."""
    settings = context.settings
    if settings.requests.url is not None:
        return settings.requests.url
    hosts = next((it.hosts for it in settings.site if it.id == site), settings.site[0].hosts)
    host = next(host for host in hosts if "*" not in host)
    return f"https://{host}"


def _view(filed: FiledOrder, now: float) -> RequestView:
    request = filed.request
    named = filed.details.get("relation")
    relation: RequestRelation = next((it for it in RELATIONS if it == named), "self")
    return RequestView(
        request.subject_request_type.value,
        relation,
        _progress(request, relation),
        request.extended_to or request.due_at,
        may_follow(request, _S.CANCELLED)
        and (request.closes_at is None or now < request.closes_at),
    )


def _progress(request: SubjectRequest, relation: RequestRelation) -> RequestProgress:
    if request.status is _S.UNFULFILLED and is_over(request):
        return "refused"  # nobody was found
    known = _PROGRESS.get(request.status)
    if known is not None:
        return known
    if relation != "self" and request.assurance is None:
        return "proof"
    return "open" if proven(request.subject_request_type, request.assurance) else "proof"
