"""A real HTTP endpoint that checks what it gets as its makers would."""

import hmac
import threading
import time
from base64 import b64decode, b64encode

import msgspec
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from privacykit.testing.samples import NOW

REQUIRED = {"specversion", "id", "source", "type"}


class ReceivingEndpoint:
    """
    Receives CloudEvents batches.

    Attributes:
        key: What messages are to be signed with; ``None`` wants none signed.
        answers: Statuses, or statuses and headers, to give before it takes anything.
        refuses: Ids that make it answer 422 to a whole batch.
        events: What it took, by id.
        messages: The ids of messages, in order.
        faults: What was wrong with messages.
    """

    key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    def __init__(self):
        self.answers = []
        self.refuses = set()
        self.events = {}
        self.messages = []
        self.faults = []
        self.requests = []
        app = Starlette(routes=[Route("/events", self.receive, methods=["POST"])])
        config = uvicorn.Config(app, port=0, log_level="critical", lifespan="off")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run)

    async def receive(self, request):
        """Check one message as a receiver would."""
        body = await request.body()
        self.requests.append(request)
        self.messages.append(request.headers.get("webhook-id"))
        if self.answers:
            answer = self.answers.pop(0)
            status, headers = answer if isinstance(answer, tuple) else (answer, {})
            return Response(status_code=status, headers=headers)
        if not self.signed(request.headers, body):
            self.faults.append("signature")
            return Response(status_code=401)
        if request.headers["content-type"] != ("application/cloudevents-batch+json; charset=UTF-8"):
            self.faults.append("content type")
        batch = msgspec.json.decode(body)
        if any(event["id"] in self.refuses for event in batch):
            return Response(status_code=422)
        for event in batch:
            if not event.keys() >= REQUIRED or event["specversion"] != "1.0":
                self.faults.append("event")
            self.events[event["id"]] = event
        return Response(status_code=202)

    def signed(self, headers, body):
        """Tell whether the signature is right, and no older or newer than five minutes."""
        if self.key is None:
            return not any(name.startswith(("webhook-", "authorization")) for name in headers)
        message, at = headers["webhook-id"], headers["webhook-timestamp"]
        key = b64decode(self.key.removeprefix("whsec_"))
        wanted = hmac.digest(key, f"{message}.{at}.".encode() + body, "sha256")
        given = headers["webhook-signature"].split()
        fresh = abs(int(at) - NOW) < 300
        return fresh and f"v1,{b64encode(wanted).decode()}" in given

    @property
    def url(self):
        """Where it listens."""
        port = self.server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}/events"


@pytest.fixture
def endpoint():
    """A running endpoint; a fault it found fails the test."""
    receiving = ReceivingEndpoint()
    receiving.thread.start()
    while not receiving.server.started:
        time.sleep(0.005)
    yield receiving
    receiving.server.should_exit = True
    receiving.thread.join()
    assert receiving.faults == []
