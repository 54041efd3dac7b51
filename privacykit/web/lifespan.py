"""
The life of a server: our threads start when the application is up and end when it is done.

An application that returns from its lifespan without a word is given one of ours, so that a wrong
configuration still stops the start and what was accepted is still committed at the end. One that
raises (as Django does) says the same to servers, or that it failed: that is theirs to judge, and
its first request starts us.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from privacykit.errors import ConfigurationError
from privacykit.web.threads import always_in_thread

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

DRAIN_SECONDS = 5.0


class LifespanEngine(Protocol):
    """What has a life."""

    @property
    def refusal(self) -> ConfigurationError | None:
        """Why it will never start: the configuration is wrong. ``None`` where it may."""
        ...

    def start(self) -> None:
        """Start the threads."""
        ...

    def stop(self, deadline: float) -> None:
        """Drain and stop, within *deadline* seconds."""
        ...

    def failed(self, part: str, error: Exception) -> None:
        """Count a failure of ours."""
        ...


class Lifespan:
    """One life of *engine* under a server; messages of the application pass through."""

    def __init__(self, engine: LifespanEngine, receive: Receive, send: Send) -> None:
        self._engine = engine
        self._receive = receive
        self._send = send
        self._refused = False
        self.begun = False

    async def receive(self) -> Message:
        """Hand the server's message to the application."""
        self.begun = True
        return await self._receive()

    async def send(self, message: Message) -> None:
        """
        Hand the application's message to the server, after our part in it.

        Raises:
            ConfigurationError: We refuse to start; the server was told why.
        """
        self.begun = True
        if self._refused:
            return  # the server was told already; what the application says of it is noise
        if message["type"] == "lifespan.startup.complete":
            await self._start()
        if message["type"] in {"lifespan.shutdown.complete", "lifespan.shutdown.failed"}:
            await always_in_thread(self._engine.stop, DRAIN_SECONDS)
        await self._send(message)

    async def _start(self) -> None:
        try:
            await always_in_thread(self._engine.start)
        except ConfigurationError as error:
            self._refused = True
            await self._send({"type": "lifespan.startup.failed", "message": str(error)})
            raise
        except Exception as error:  # noqa: BLE001 - P9: the application outlives us
            self._engine.failed("start", error)

    async def run(self) -> None:
        """
        Be the lifespan of an application that has none.

        Raises:
            ConfigurationError: We refuse to start; the server was told why.
        """
        await self.receive()
        await self.send({"type": "lifespan.startup.complete"})
        await self.receive()
        await self.send({"type": "lifespan.shutdown.complete"})


async def serve_lifespan(
    app: Callable[[Any, Receive, Send], Awaitable[None]],
    scope: MutableMapping[str, Any],
    receive: Receive,
    send: Send,
    engine: LifespanEngine,
) -> None:
    """
    Serve the lifespan of *app* and of *engine*.

    Raises:
        ConfigurationError: We refuse to start; the server was told why.
    """
    if engine.refusal is not None:
        # Before the application's own start, which would be for nothing.
        await receive()
        await send({"type": "lifespan.startup.failed", "message": str(engine.refusal)})
        raise engine.refusal
    life = Lifespan(engine, receive, send)
    await app(scope, life.receive, life.send)
    if not life.begun:
        await life.run()
