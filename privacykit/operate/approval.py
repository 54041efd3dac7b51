"""
Approved requests, and the time in which a person may change their mind about an erasure. Does I/O.

While an erasure waits its person is restricted: nothing is collected about them and nothing
pending leaves. The order goes with the erasure, or with its being taken back.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import msgspec

from privacykit.collect.plans.purpose_terms import add_months
from privacykit.collect.suppressed import CLOSING
from privacykit.errors import InputError, StoreError
from privacykit.govern.erasure.event_keys import EventKey
from privacykit.govern.erasure.ports.connector import Subject
from privacykit.govern.identity.find_person import find_person
from privacykit.govern.identity.types import lasts
from privacykit.govern.records import RequestStatus, RequestType, SubjectRequest
from privacykit.govern.requests.lifecycle import waiting_time
from privacykit.operate.context import OperatorContext
from privacykit.operate.own.events import OwnEvents

UNDONE = (RequestStatus.CANCELLED, RequestStatus.REJECTED)
"""How a request ends that was approved and is not run."""


class Approval:
    """
    Says yes to requests, and takes them back.

    Args:
        context: The stores.
        actor: Key id of the operator.
    """

    def __init__(self, context: OperatorContext, actor: str) -> None:
        self._context = context
        self._actor = actor

    def approve(
        self, request: SubjectRequest, plan_id: str | None = None
    ) -> tuple[SubjectRequest, str | None]:
        """
        Say yes; an erasure that has to wait begins to.

        Args:
            request: What is approved.
            plan_id: The plan it was made for, if there is one.

        Returns:
            The request as it stands then, and the token that takes it back, which is kept
            nowhere; ``None`` where nothing waits.

        Raises:
            InputError: It is past that, the proof is too weak, or the operator said yes before;
                or it was asked for another person by the form and nothing proves that they may.
            StoreError: A store of ours failed, or one does not answer who the person is.
        """
        self._check_for_another(request.subject_request_id)
        until = self._closes_at(request, self._context.clock())
        if until is None:
            after = self._say_yes(request, plan_id, None)
            if plan_id is None and not any(lasts(it.type) for it in request.subject_identities):
                with suppress(StoreError, InputError):  # a run will meet it again
                    self._keep(request, self._subject(request))
            return after, None
        # First the orders: whoever dies in between has restricted a person, and is to say yes anew.
        subject = self._subject(request)
        own = self._events(request, subject)
        own.begin_closing(self._context.clock())
        try:
            after = self._say_yes(request, plan_id, until)
        except (InputError, StoreError):
            self._reopen(own)
            raise
        if after.status is not RequestStatus.ACCEPTED:
            self._reopen(own)
            return after, None
        self._keep(request, subject)
        return after, self._context.desk.offer_cancelling(after, os.urandom(32))

    def cancel(self, request_id: str) -> SubjectRequest:
        """
        Take a request back: what finds the person is erased, and collection goes on.

        Raises:
            InputError: There is no such request, or it has been started.
            StoreError: A store of ours failed; do it again.
        """
        context, now = self._context, self._context.clock()
        before = context.desk.found(request_id).request
        request = context.desk.cancel(request_id, now=now, actor=self._actor)
        self._ended(before)
        context.desk.close(request_id, actor=self._actor)
        context.notices.forget(request_id)
        return request

    def reject(self, request_id: str, ground: str) -> SubjectRequest:
        """
        Say no; what an approval of it stopped goes on.

        Raises:
            InputError: There is no such request, it is past that, or *ground* is none.
            StoreError: A store of ours failed; `privacykit request send` mends what is left.
        """
        context = self._context
        before = context.desk.found(request_id).request
        request = context.desk.reject(request_id, ground, now=context.clock(), actor=self._actor)
        self._ended(before)
        return request

    def sweep(self) -> None:
        """
        Lift the orders of erasures that wait no more: what a crash left.

        Raises:
            StoreError: A store of ours failed.
        """
        if not self._context.consents.ordered(CLOSING):
            return
        needed = self._needed()
        for ended in self._context.requests.lingering(UNDONE):
            if ended.request.closes_at is not None:
                self._own(ended.request).end_closing(needed)

    def cancel_by(self, token: str) -> SubjectRequest:
        """
        Take back the erasure that *token* was made for.

        Raises:
            InputError: It is unknown, used or too old, or the erasure has begun.
        """
        return self.cancel(self._context.desk.cancelled_by(token, now=self._context.clock()))

    def _check_for_another(self, request_id: str) -> None:
        """
        Refuse what a stranger asked for somebody by the form, whatever its type needs of oneself.

        Raises:
            InputError: Nobody noted a proof.
        """
        proof = self._context.desk.found(request_id).request.assurance
        if proof is not None and proof.level != "none":
            return
        for way in self._context.channels.of(request_id):
            if way.channel == "form" and way.details.get("relation") != "self":
                raise InputError(
                    "somebody asked this for another person, so it needs a proof that they may: "
                    "privacykit request prove ID --method agent_authorisation"
                )

    def _closes_at(self, request: SubjectRequest, now: float) -> float | None:
        grace = self._context.settings.requests.grace
        if grace is None or request.subject_request_type is not RequestType.ERASURE:
            return None
        start = datetime.fromtimestamp(now, UTC)
        day = add_months(start.date(), grace.months) + timedelta(days=grace.days)
        until = datetime.combine(day, start.timetz()).timestamp()
        return waiting_time(request, now, until)

    def _say_yes(
        self, request: SubjectRequest, plan_id: str | None, until: float | None
    ) -> SubjectRequest:
        return self._context.desk.approve(
            request.subject_request_id,
            now=self._context.clock(),
            actor=self._actor,
            plan_id=plan_id,
            closes_at=until,
        )

    def _own(self, request: SubjectRequest) -> OwnEvents:
        """Return the person's events, by what was given and by whom the yes was to."""
        body = self._context.requests.subject(request.subject_request_id)
        kept = msgspec.msgpack.decode(body, type=Subject) if body else None
        return self._events(request, kept or self._subject(request))

    def _events(self, request: SubjectRequest, subject: Subject) -> OwnEvents:
        known = dict.fromkeys((*request.subject_identities, *subject.identities))
        return OwnEvents(self._context, known)

    def _subject(self, request: SubjectRequest) -> Subject:
        return find_person(self._context.means, request.subject_identities).subject

    def _keep(self, request: SubjectRequest, subject: Subject) -> None:
        """Keep whom the yes was to: a number may be given to somebody else before the run."""
        body = msgspec.msgpack.encode(subject)
        self._context.requests.save_subject(request.subject_request_id, body)

    def _ended(self, request: SubjectRequest) -> None:
        if request.closes_at is not None:
            self._reopen(self._own(request))

    def _reopen(self, own: OwnEvents) -> None:
        """Lift the orders of one erasure, but for those that another one, which waits, needs."""
        own.end_closing(self._needed())

    def _needed(self) -> set[EventKey]:
        waiting = self._context.requests.filed((RequestStatus.ACCEPTED,))
        others = (it.request for it in waiting if it.request.closes_at is not None)
        return {trace for other in others for trace in self._own(other).traces}
