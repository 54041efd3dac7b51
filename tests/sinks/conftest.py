"""A real HTTP endpoint that checks what it gets as its makers would."""

import pytest

from privacykit.sinks import SinkConfig, build
from privacykit.testing.samples import NOW
from privacykit.testing.stubs.webhook import WebhookStub


@pytest.fixture
def endpoint():
    """A running endpoint; a fault it found fails the test."""
    with WebhookStub(lambda: NOW) as stub:
        yield stub
    assert stub.faults == []


def http_sink(url, *, key=None, token=None, **options):
    """Return a sink of type `http`."""
    config = SinkConfig(
        "http",
        "http",
        lambda: NOW,
        url=url,
        key=None if key is None else lambda: key,
        token=token,
        options=options,
    )
    return build(config)


@pytest.fixture
def make(endpoint):
    """Makes sinks of type `http` for the endpoint."""

    def made(url=None, **more):
        return http_sink(url or f"{endpoint.url}/events", key=endpoint.key, **more)

    return made
