"""
The endpoints of protocols: HTTP requests of parties handed on, and answered as each words it.

What a party sends is bounded in size and rate before anything of it is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from privacykit.collect.privacy import NoPrivacy
from privacykit.errors import BackendError
from privacykit.recipients.protocols.book import ProtocolAnswer, ProtocolCall, json_answer
from privacykit.web.preferences.context import Methods, RoutesContext
from privacykit.web.preferences.endpoints.desk import Desk
from privacykit.web.preferences.form import MAX_BODY_BYTES
from privacykit.web.preferences.http import PageRequest, PageResponse, page_response
from privacykit.web.preferences.limits import Rate, WriteLimits

EVERYBODY, NETWORK = Rate(600, 10), Rate(120, 2)
"""Calls of one process, and of one network."""
RETRY_SECONDS = "30"
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class ServedProtocol(msgspec.Struct, frozen=True):
    """
    A protocol that is served.

    Attributes:
        base: Where, below the prefix of our pages; empty is the root of the site.
        paths: Whole paths below *base*; one that ends in ``/*`` is all below.
        answer: Answers one call.
    """

    base: str
    paths: tuple[str, ...]
    answer: Callable[[ProtocolCall], ProtocolAnswer]
    at_root: bool = False


class ProtocolLimits:
    """How much parties may call, known or not."""

    def __init__(self) -> None:
        self.calls = WriteLimits(EVERYBODY, NETWORK)


def protocol_routes(
    context: RoutesContext, protocols: Sequence[ServedProtocol], limits: ProtocolLimits
) -> Mapping[str, Methods]:
    """Return the routes of *protocols* at the site of *context*."""
    routes: dict[str, Methods] = {}
    for protocol in protocols:
        start = "" if protocol.at_root else f"{context.prefix}{protocol.base}"
        serve = ProtocolEndpoint(context, protocol, start, limits).serve
        for path in protocol.paths:
            routes[f"{start}{path}"] = {"GET": serve, "POST": serve, "DELETE": serve}
    return routes


class ProtocolEndpoint(Desk):
    """
    The endpoint of one protocol at one site.

    Args:
        context: The site.
        protocol: Answers.
        start: How its paths begin.
        limits: How much may be called.
    """

    def __init__(
        self, context: RoutesContext, protocol: ServedProtocol, start: str, limits: ProtocolLimits
    ) -> None:
        super().__init__(context)
        self._protocol = protocol
        self._start = start
        self._limits = limits

    def serve(self, request: PageRequest) -> PageResponse:
        """Answer one call; whatever fails of ours asks to come again."""
        answer = self._answered(request)
        headers = {**HEADERS, **answer.headers}
        return page_response(answer.body, answer.media_type, headers, answer.status)

    def _answered(self, request: PageRequest) -> ProtocolAnswer:
        privacy, body = request.privacy, request.body
        address = None if isinstance(privacy, NoPrivacy) else privacy.packed
        if request.busy or not self._limits.calls.allow(address, self.context.clock()):
            return _later(429, "too many calls")
        if body is None or len(body) > MAX_BODY_BYTES:
            return json_answer(
                _error("400" if body is None else "413"), 400 if body is None else 413
            )
        try:
            return self._protocol.answer(self._call(request, body))
        except BackendError as error:
            self.context.failed(error)
            return _later(503, "a store does not answer")
        except Exception as error:  # noqa: BLE001 - P9: ours must not fail
            self.context.failed(error)
            return _later(503, "it failed")

    def _call(self, request: PageRequest, body: bytes) -> ProtocolCall:
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in request.headers.items()
        }
        path = request.local_path.removeprefix(self._start)
        return ProtocolCall(request.method, path, headers, body, request.path)


def _later(status: int, why: str) -> ProtocolAnswer:
    return json_answer(_error(str(status), why), status, {"Retry-After": RETRY_SECONDS})


def _error(code: str, message: str = "the body cannot be read") -> dict[str, object]:
    """Return what DRP and OpenDSR each read of an error, without anything of a person."""
    return {
        "code": code,
        "message": message,
        "error": {"code": int(code), "message": message, "errors": []},
    }
