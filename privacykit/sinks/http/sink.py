"""
Events to an HTTP backend, whatever its kind: packed, posted, the answer read. Does network I/O.

Laws of this file:

1. One call is one attempt: what must not leave is asked for before each, by whoever calls.
2. Only the configured URL is ever called: no redirect, no proxy of the environment, no cookie.
3. What may be the fault of one event is sent in ever smaller batches until that one stands alone.
4. A backend that refuses *us* keeps its events waiting; only events it refuses are rejected.
5. Every message carries our own name as user agent and nothing of a visitor's request: most
   backends fill in what is left out from the request that brings it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from hashlib import sha256
from http import HTTPStatus
from ssl import SSLContext
from typing import Any

import msgspec

from privacykit.collect.events.format import moment, tables_of
from privacykit.collect.ports import (
    Batches,
    OutboxRow,
    Reachable,
    SendOutcome,
    Sink,
    Unclear,
    Unsure,
)
from privacykit.errors import KeyMaterialError, SinkError
from privacykit.sinks.http.answers import STRANGER, Answer, AnswerReading
from privacykit.sinks.http.client import client_of
from privacykit.sinks.http.kind import Attempt, HTTPKind
from privacykit.sinks.mapping.rules import mapped
from privacykit.sinks.unanswered import answered, no_answer
from privacykit.webhook import AnswerKind

_SUCCESS = 2
"""What a status of success begins with."""
_EMPTY: Mapping[str, Any] = {}
_encode = msgspec.json.Encoder().encode


class Packed(msgspec.Struct):
    """
    The part of a batch that fits into one message.

    Attributes:
        ids: The events in it.
        events: The same as JSON of the backend's.
        rejected: What will never fit, and why.
        untried: What comes next time.
        first: The first of them as it came, where a message holds one.
    """

    ids: list[str] = []
    events: list[bytes] = []
    rejected: list[tuple[str, str]] = []
    untried: list[str] = []
    first: Mapping[str, Any] = {}


class HTTPSink(Sink, Batches, Reachable):
    """
    Posts batches to a backend of *kind*.

    Args:
        name: The sink's name.
        kind: How it is spoken to.
        url: Where to.
        settings: The keys of its table; credentials as callables.
        clock: Returns Unix seconds.
        trusted: Whose certificates are believed, if not those that everybody believes.

    Attributes:
        batch: How many events it wants at a time, at present.
        sent: Ids of what the message that was posted last held.

    Raises:
        MissingExtraError: The extra ``http`` is not installed.
    """

    def __init__(
        self,
        name: str,
        kind: HTTPKind,
        *,
        url: str,
        settings: Mapping[str, Any],
        clock: Callable[[], float],
        trusted: SSLContext | None = None,
    ) -> None:
        self._client = client_of(
            f"a sink of type '{kind.name}'", timeout=settings["timeout"], trusted=trusted
        )
        self.name = name
        self._most = self.batch = min(
            settings.get("batch") or kind.limits.events, kind.limits.events
        )
        self.sent: Collection[str] = ()
        self._kind = kind
        self._url = url
        self._settings = settings
        self._clock = clock
        self._map = kind.mapping.bind(settings) if kind.mapping else None
        self._beside = mapped(kind.shape.fields, settings)
        self._carried = mapped(kind.mapping.headers if kind.mapping else (), settings)
        self._query = mapped(kind.query, settings)
        self._proofs = mapped(kind.headers, settings)

    async def send(self, batch: Sequence[OutboxRow]) -> SendOutcome:
        """
        Post *batch* once, or as much of it as fits into one message.

        The message's id follows from the events in it, so that the same batch sent again is the
        same message.

        Raises:
            SinkError: The backend did not answer, asked to wait, or refuses us.
        """
        self.sent = ()
        now = self._clock()
        packed = self._pack(batch, now)
        if not packed.ids:
            return SendOutcome(rejected=tuple(packed.rejected))
        try:
            body = self._kind.shape.join(packed.events, self._beside(_EMPTY, now))
            attempt = Attempt(_message_id(packed.ids), now, body, self._settings)
            self.sent = packed.ids
            answer = await self._post(attempt, packed)
        except KeyMaterialError as error:
            raise SinkError(f"PK165 {error}", refuses=True) from None
        except self._client.failures as error:
            told = no_answer(error)
            raise SinkError(told, unclear=not isinstance(error, self._client.untouched)) from None
        return self._judge(packed, self._read(answer), answer.status)

    def _read(self, answer: Answer) -> AnswerReading:
        # What nobody of this kind answers comes from somebody else, whatever its status: a proxy, a
        # login page, a wrong URL. Nothing says that the events are anywhere.
        try:
            said = self._kind.read(answer)
        except Exception:  # noqa: BLE001 - a form that no backend of this kind has
            return STRANGER
        if said.kind is AnswerKind.TAKEN and answer.status // 100 == _SUCCESS:
            return said if self._kind.acknowledges(answer) else STRANGER
        return said

    def _pack(self, batch: Sequence[OutboxRow], now: float) -> Packed:
        limits, packed, size = self._kind.limits, Packed(), 0
        for row in batch:
            id_ = row.envelope.id
            if packed.untried:
                packed.untried.append(id_)
                continue
            try:
                read, event = self._made(row, now)
            except (msgspec.MsgspecError, ValueError):
                packed.rejected.append((id_, "unreadable"))
                continue
            if isinstance(event, str):
                packed.rejected.append((id_, event))
            elif len(event) > min(limits.event_bytes, limits.bytes):
                packed.rejected.append((id_, "too_large"))
            elif size + len(event) > limits.bytes or len(packed.ids) >= self._most:
                packed.untried.append(id_)
                self.batch = max(1, len(packed.ids))
            else:
                packed.ids.append(id_)
                packed.events.append(event)
                packed.first = read if self._kind.shape.single else _EMPTY
                size += len(event) + 1
        return packed

    def _made(self, row: OutboxRow, now: float) -> tuple[Mapping[str, Any], bytes | str]:
        # Beside the event what is sent of it; a text is why nothing is.
        mapping, age = self._kind.mapping, self._kind.limits.age
        if mapping is None or self._map is None:
            return _EMPTY, row.body
        event = tables_of(row.body)
        if age is not None and now - moment(event["time"]).timestamp() > age:
            return event, "too_old"
        made = self._map(event, now)
        lacking = mapping.lacking(made)
        return event, f"no_{lacking}" if lacking else _encode(made)

    def _headers(self, attempt: Attempt, event: Mapping[str, Any] | None = None) -> dict[str, str]:
        return {
            "content-type": self._kind.shape.content_type,
            **self._proofs(_EMPTY, attempt.at),
            **(self._carried(event, attempt.at) if event else {}),
            **self._kind.sign(attempt),
        }

    async def _post(self, attempt: Attempt, packed: Packed) -> Answer:
        headers, most = self._headers(attempt, packed.first), self._kind.limits.answer_bytes
        query = {**self._query(_EMPTY, attempt.at), **self._kind.ask(attempt)} or None
        status, said, read = await self._client.exchange(
            "POST", self._url, most=most, params=query, headers=headers, content=attempt.body
        )
        return Answer(status, said, read, packed.ids, self._clock())

    async def answers(self) -> None:
        """
        Ask for the head of the endpoint, with our credential; any answer but a refusal will do.

        Raises:
            SinkError: It does not answer, is down, or does not believe our credential.
        """
        try:
            headers = self._headers(Attempt("msg_check", self._clock(), b"", self._settings))
            response = await self._client.opened().head(self._url, headers=headers)
        except KeyMaterialError as error:
            raise SinkError(f"PK165 {error}") from None
        except self._client.failures as error:
            raise SinkError(no_answer(error)) from None
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            raise SinkError(f"PK167 the endpoint refuses us ({response.status_code})")
        down = response.is_server_error and response.status_code != HTTPStatus.NOT_IMPLEMENTED
        if response.is_redirect or down:
            raise SinkError(answered(response.status_code))

    def _judge(self, packed: Packed, said: AnswerReading, status: int) -> SendOutcome:
        ids = packed.ids
        if said.kind is AnswerKind.REFUSES_US:
            told = (
                f"PK421 no answer of a backend of type '{self._kind.name}' ({status})"
                if said is STRANGER
                else f"PK167 the endpoint refuses us ({status})"
            )
            raise SinkError(told, retry_after=said.wait, refuses=True)
        if said.kind is AnswerKind.AGAIN:
            raise SinkError(answered(status), retry_after=said.wait, unclear=said.unclear)
        if said.kind is AnswerKind.REFUSED and len(ids) > 1:
            self.batch = len(ids) // 2
            untried = (*ids, *packed.untried)
            return SendOutcome(rejected=tuple(packed.rejected), untried=untried)
        if said.kind is AnswerKind.REFUSED:
            rejected = (*packed.rejected, (ids[0], said.reason))
            return SendOutcome(rejected=rejected, untried=tuple(packed.untried))
        if not packed.untried:
            self.batch = min(self._most, self.batch * 2)
        # What comes again at once needs that others do not: else it would for ever.
        settled = len(said.untaken) < len(ids)
        again = [*said.retry, *(() if settled else said.untaken)]
        return SendOutcome(
            retry=tuple(ids[at] for at in again),
            rejected=(*packed.rejected, *((ids[at], why) for at, why in said.rejected.items())),
            dropped=tuple((ids[at], why) for at, why in said.dropped.items()),
            untried=(*(ids[at] for at in said.untaken if settled), *packed.untried),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


class UnsureHTTPSink(HTTPSink, Unsure):
    """
    The same to a backend that cannot tell that an event came again.

    Attributes:
        unclear: What the operator wants of events that perhaps arrived.
    """

    @property
    def unclear(self) -> Unclear:  # type: ignore[override]
        """What the operator wants of events that perhaps arrived."""
        return "leave" if self._settings["unclear"] == "leave" else "repeat"


def _message_id(ids: Sequence[str]) -> str:
    return f"msg_{sha256(chr(10).join(ids).encode()).hexdigest()[:32]}"
