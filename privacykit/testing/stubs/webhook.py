"""
An endpoint that follows Standard Webhooks 1.0 and CloudEvents, and checks both. Listens on a port.

Sources: standard-webhooks/standard-webhooks ``spec``; cloudevents/spec ``json-format``, section 4.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable

from privacykit.collect.events.format import Event
from privacykit.testing.stubs.server import ServiceStub, StubAnswer, StubRequest

CONTENT_TYPE = "application/cloudevents-batch+json; charset=UTF-8"
TOLERANCE_SECONDS = 300


class WebhookStub(ServiceStub):
    """
    An endpoint.

    Args:
        clock: Returns Unix seconds: signatures are no older or newer than five minutes.

    Attributes:
        key: What messages are to be signed with; ``None`` wants none signed.
        messages: The ids of messages, in order.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self.key: str | None = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        self.messages: list[str] = []
        self._clock = clock

    def answer(self, request: StubRequest) -> StubAnswer:
        """Take a batch, once its signature is right."""
        if request.method == "HEAD":
            return StubAnswer(405)
        if request.path != "/events":
            return StubAnswer(404)
        self.messages.append(request.headers.get("webhook-id", ""))
        if not self._signed(request):
            self.fault("signature")
            return StubAnswer(401)
        if request.headers.get("content-type") != CONTENT_TYPE:
            self.fault("content type")
        batch = self.valid(request.json(), list[Event], "batch") or []
        if any(event.id in self.poison for event in batch):
            return StubAnswer(422)
        for event, one in zip(batch, request.json(), strict=True):
            self.take(event.id, one)
        return StubAnswer(202)

    def _signed(self, request: StubRequest) -> bool:
        headers = request.headers
        if self.key is None:
            return not any(name.startswith("webhook-") for name in headers)
        message, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "0")
        key = b64decode(self.key.removeprefix("whsec_"))
        wanted = hmac.digest(key, f"{message}.{at}.".encode() + request.raw, "sha256")
        fresh = abs(int(at) - self._clock()) < TOLERANCE_SECONDS
        given = headers.get("webhook-signature", "").split()
        return fresh and f"v1,{b64encode(wanted).decode()}" in given
