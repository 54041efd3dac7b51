"""
OpenDSR 2.0 as a processor: discovery, requests, their state, their cancelling. Pure.

Decided where the text is silent or wrong, and said in ``docs/how-to/requests-by-protocol.md``: a
caller shows a bearer token (§4.3 leaves it open); ``processor_signature`` signs the raw body of the
request, and the request's id where there was none; an equal second request is answered as the
first, another one under the same id is refused.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from privacykit.errors import InputError
from privacykit.recipients.protocols.book import (
    ChannelOrder,
    FiledOrder,
    ProtocolAnswer,
    ProtocolCall,
    RequestBook,
    digest_of_document,
)
from privacykit.recipients.protocols.opendsr.messages import (
    MAJORS,
    OpenDsrFault,
    OpenDsrRequest,
    fault_answer,
    read_request,
)
from privacykit.recipients.protocols.opendsr.signature import (
    DOMAIN_HEADER,
    OLD_DOMAIN_HEADER,
    OLD_SIGNATURE_HEADER,
    SIGNATURE_HEADER,
)
from privacykit.recipients.protocols.opendsr.states import (
    FORMATS,
    STATES,
    TYPES,
    is_request_id,
    moment,
    status_document,
)

CHANNEL = "opendsr"
API_VERSION = "2.0"
CERTIFICATE = "/certificate.pem"
OLD_NAMES = ("opengdpr_requests", "opendsr_requests")
"""What the route was called before (§10.1)."""
_PEM = "application/x-pem-file"


class OpenDsrController(msgspec.Struct, frozen=True):
    """
    A controller that may send us requests.

    Attributes:
        id: Its name.
        token: Reads what it shows us; ``None`` where there is none.
        callback_hosts: Where its callbacks may go.
        proof: What its sending a request proves.
        place: Whose law sets the deadline.
    """

    id: str
    token: Callable[[], str | None]
    callback_hosts: frozenset[str]
    proof: str
    place: str | None


class OpenDsrSetup(msgspec.Struct, frozen=True):
    """
    What the processor is told.

    Attributes:
        domain: Ours.
        base: The address of the routes, without the version.
        controllers: Who may call.
        identities: OpenDSR's identity types to those of the data map.
        certificate: PEM.
        old_names: Whether the names of OpenGDPR are served too.
    """

    domain: str
    base: str
    controllers: tuple[OpenDsrController, ...]
    identities: Mapping[str, str]
    certificate: bytes
    old_names: bool


class OpenDsrProcessor:
    """
    Answers controllers.

    Args:
        setup: What it is told.
        signed: Returns the signature of a body, base64.
        book: Where requests are filed.
        clock: Unix seconds.
    """

    def __init__(
        self,
        setup: OpenDsrSetup,
        signed: Callable[[bytes], str],
        book: RequestBook,
        clock: Callable[[], float],
    ) -> None:
        self._setup = setup
        self._signed = signed
        self._book = book
        self._clock = clock

    def answer(self, call: ProtocolCall) -> ProtocolAnswer:
        """
        Answer one call.

        Raises:
            BackendError: A store failed: nothing was filed.
        """
        if call.path == CERTIFICATE and call.method == "GET":
            return ProtocolAnswer(200, self._setup.certificate, _PEM)
        _, version, route, number, *more = [*call.path.split("/"), "", "", ""]
        old, named = route == OLD_NAMES[0], route == "requests"
        if version in MAJORS and route == "discovery" and call.method == "GET":
            return self._sealed(self._discovery(), 200, old=old)
        named = named or (self._setup.old_names and route in OLD_NAMES)
        if version not in MAJORS or not named or any(more):
            return _fault("not_found", "there is no such route", 404)
        controller = self._controller(call.bearer)
        if controller is None:
            words = "a bearer token that we gave you is needed"
            headers = {"WWW-Authenticate": "Bearer"}
            return fault_answer([OpenDsrFault("token", words)], 401, headers)
        return self._of_controller(call, number, controller, old=old)

    def _of_controller(
        self, call: ProtocolCall, number: str, controller: OpenDsrController, *, old: bool
    ) -> ProtocolAnswer:
        if call.method == "POST" and not number:
            return self._receive(call.body, controller, old=old)
        if call.method == "POST":
            return _fault("method", "this route takes no such method", 405)
        if not is_request_id(number):
            return _fault("subject_request_id", "not a UUID of version 4 in lower case", 400)
        answer = self._status if call.method == "GET" else self._cancel
        return answer(number, controller, old=old)

    def callback(self, filed: FiledOrder, url: str) -> tuple[bytes, dict[str, str]]:
        """Return the body and the headers that tell *url* how *filed* stands (§7.5)."""
        document = self._standing(filed) | {"status_callback_url": url}
        answer = self._sealed(document, 200, old=bool(filed.details.get("old")))
        return answer.body, {"content-type": answer.media_type, **answer.headers}

    def _discovery(self) -> dict[str, Any]:
        kinds = self._setup.identities
        return {
            "api_version": API_VERSION,
            "supported_identities": [
                {"identity_type": kind, "identity_format": written}
                for kind in kinds
                for written in FORMATS
            ],
            "supported_subject_request_types": list(TYPES),
            "processor_certificate": f"{self._setup.base}{CERTIFICATE}",
        }

    def _receive(self, body: bytes, controller: OpenDsrController, *, old: bool) -> ProtocolAnswer:
        read = read_request(body, self._setup.identities, controller.callback_hosts, self._clock())
        if isinstance(read, list):
            return fault_answer(read)
        order = self._order(read, body, controller, old=old)
        try:
            filed = self._book.file(order)
        except InputError:
            return _fault("subject_identities", "the identities name nobody", 400)
        if filed.digest != order.digest:
            words = "another request has this id already"
            return _fault("subject_request_id", words, 400)
        document = {
            "controller_id": controller.id,
            "expected_completion_time": moment(filed.request.extended_to or filed.request.due_at),
            "received_time": moment(filed.request.received_at),
            "encoded_request": b64encode(body).decode(),
            "subject_request_id": read.number,
            "processor_signature": self._signed(body),
        }
        return self._sealed(document, 201, old=old)

    def _order(
        self, read: OpenDsrRequest, body: bytes, controller: OpenDsrController, *, old: bool
    ) -> ChannelOrder:
        return ChannelOrder(
            channel="opendsr",
            party=controller.id,
            number=read.number,
            digest=digest_of_document(body),
            wanted=read.wanted,
            identities=read.identities,
            proof=controller.proof,
            place=controller.place,
            details={
                "number": read.number,
                "regulation": read.regulation,
                "callbacks": read.callbacks,
                "old": old,
            },
            told="pending",
        )

    def _status(self, number: str, controller: OpenDsrController, *, old: bool) -> ProtocolAnswer:
        filed = self._book.find("opendsr", controller.id, number)
        if filed is None:
            return _fault("not_found", "there is no such request", 404)
        return self._sealed(self._standing(filed), 200, old=old)

    def _cancel(self, number: str, controller: OpenDsrController, *, old: bool) -> ProtocolAnswer:
        filed = self._book.find("opendsr", controller.id, number)
        if filed is None:
            return _fault("not_found", "there is no such request", 404)
        state = STATES[filed.request.status]
        if state == "pending":
            try:
                self._book.cancel(filed)
            except InputError:
                state = "in_progress"
        if state not in {"pending", "cancelled"}:
            words = "only a request that is pending can be cancelled"
            return _fault("request_status", words, 400)
        document = {
            "controller_id": controller.id,
            "subject_request_id": number,
            "received_time": moment(self._clock()),
            "processor_signature": self._signed(number.encode()),
        }
        return self._sealed(document, 202, old=old)

    def _standing(self, filed: FiledOrder) -> dict[str, Any]:
        number = str(filed.details.get("number", ""))
        return status_document(filed.request, number, filed.party, self._setup.domain)

    def _sealed(self, document: object, status: int, *, old: bool) -> ProtocolAnswer:
        body = msgspec.json.encode(document)
        names = (DOMAIN_HEADER, SIGNATURE_HEADER)
        if old:
            names = (OLD_DOMAIN_HEADER, OLD_SIGNATURE_HEADER)
        headers = dict(zip(names, (self._setup.domain, self._signed(body)), strict=True))
        return ProtocolAnswer(status, body, headers=headers)

    def _controller(self, token: str) -> OpenDsrController | None:
        """Return whose *token* is; every one is compared, so that time tells nothing."""
        found = None
        for controller in self._setup.controllers:
            known = controller.token() or ""
            if hmac.compare_digest(known.encode(), token.encode()) and known:
                found = controller
        return found


def _fault(reason: str, message: str, status: int) -> ProtocolAnswer:
    return fault_answer([OpenDsrFault(reason, message)], status)
