"""
A kind of HTTP backend as data: where, how proven, how much, in which form, how it answers. Pure.

A product is one such record and, where its answers tell more than their status, a function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from privacykit.collect.ports import Sink
from privacykit.errors import ConfigurationError
from privacykit.sinks.config import SinkConfig, options, problem, refuse
from privacykit.sinks.deletes import Deletes
from privacykit.sinks.http.answers import Acknowledgement, Reader, by_status, says_no_page
from privacykit.sinks.http.config import checked_url, settings_of, trusted_by
from privacykit.sinks.http.deletion import DeletionAPI
from privacykit.sinks.kind import NoOptions, SinkKind, UnclearChoice
from privacykit.sinks.mapping.rules import EventMapping, FieldRule
from privacykit.webhook import TIMEOUT_SECONDS

JSON_TYPE = "application/json"


class HTTPOptions(msgspec.Struct, kw_only=True):
    """Keys that every kind of HTTP backend knows."""

    batch: Annotated[int, Meta(ge=1, description="events in one message, at most")] | None = None
    timeout: Annotated[float, Meta(gt=0, description="seconds")] = TIMEOUT_SECONDS
    ca_file: (
        Annotated[str, Meta(description="certificates to believe instead of the public ones")]
        | None
    ) = None


class UnsureOptions(HTTPOptions, kw_only=True):
    """The same of backends that cannot tell that an event came again."""

    unclear: UnclearChoice = "repeat"


@dataclass(frozen=True, slots=True)
class MessageLimits:
    """
    How much a backend takes at once, by its own documentation.

    Attributes:
        events: In one message.
        bytes: Of one message's body.
        event_bytes: Of one event in it.
        answer_bytes: Of an answer that are read.
        age: Seconds; it takes no older event, or does not keep its time.
    """

    events: int = 100
    bytes: int = 1_000_000
    event_bytes: int = 1_000_000
    answer_bytes: int = 65_536
    age: float | None = None


@dataclass(frozen=True, slots=True)
class BatchShape:
    """
    The form of a message's body.

    Attributes:
        events: The field that holds the list of events; empty where the body is that list.
        fields: The fields beside it, made of settings and constants.
        single: Whether the body is one event, without a list.
        lines: Whether it is one event a line.
        content_type: The header of that name.
        wrap: Puts fields and list into a deeper form; it adds no value of an event.
    """

    events: str = ""
    fields: tuple[FieldRule, ...] = ()
    single: bool = False
    lines: bool = False
    content_type: str = JSON_TYPE
    wrap: Callable[[Mapping[str, Any], msgspec.Raw], Any] | None = None

    def join(self, events: Sequence[bytes], beside: Mapping[str, Any]) -> bytes:
        """Return the body that holds *events*, JSON each, and *beside*, what its fields made."""
        if self.single:
            return events[0]
        if self.lines:
            return b"\n".join(events) + b"\n"
        listed = b"[" + b",".join(events) + b"]"
        if self.wrap is not None:
            return msgspec.json.encode(self.wrap(beside, msgspec.Raw(listed)))
        if not self.events:
            return listed
        return msgspec.json.encode({**beside, self.events: msgspec.Raw(listed)})


@dataclass(frozen=True, slots=True)
class Attempt:
    """
    One attempt, for what signs it.

    Attributes:
        message: The same for the same events, however often they are sent.
        at: Unix seconds.
        body: What is posted.
        settings: The sink's settings.
    """

    message: str
    at: float
    body: bytes
    settings: Mapping[str, Any] = field(repr=False)


def no_signature(_attempt: Attempt) -> Mapping[str, str]:
    """Sign nothing."""
    return {}


def nothing_to_check(_config: SinkConfig, _options: HTTPOptions) -> None:
    """Check nothing more."""


@dataclass(frozen=True, slots=True)
class HTTPKind:
    """
    One kind of HTTP backend.

    Attributes:
        name: What ``type`` says.
        summary: Where events go, in one sentence.
        path: What is put behind the configured URL.
        url: Where it is, if the configuration does not say.
        headers: Headers, made of settings and constants; authentication among them.
        query: Parameters of the query, the same way.
        shape: The form of the body.
        limits: How much it takes at once.
        mapping: What becomes of an event; ``None`` sends the CloudEvents as they are.
        read: Reads an answer.
        acknowledges: Tells of an answer that *read* takes for success whether it is this backend's
            own: a proxy, a login page or a wrong URL say 200 too.
        uses: The common keys it has a use for, ``token`` or ``key``; others are refused.
        needs: Those of them that it cannot do without.
        options: The keys that only this kind knows.
        sign: Returns further headers of an attempt.
        ask: Returns further parameters of an attempt's query.
        sink: What makes its sinks, where they can do more than to send.
        check: Looks at the configuration once more.
        deduplicates: By what it knows an event that comes again; empty if it cannot. Then its
            options are :class:`UnsureOptions`.
        erasure: How what has arrived is erased, in a sentence.
        deletion: The interface by which it is, if there is one.
    """

    name: str
    summary: str
    path: str = ""
    url: str = ""
    headers: tuple[FieldRule, ...] = ()
    query: tuple[FieldRule, ...] = ()
    shape: BatchShape = BatchShape()
    limits: MessageLimits = MessageLimits()
    mapping: EventMapping | None = None
    read: Reader = by_status
    acknowledges: Acknowledgement = says_no_page
    uses: tuple[str, ...] = ("token",)
    needs: tuple[str, ...] = ()
    options: type[HTTPOptions] = HTTPOptions
    sign: Callable[[Attempt], Mapping[str, str]] = no_signature
    ask: Callable[[Attempt], Mapping[str, str]] = no_signature
    sink: Callable[..., Sink] | None = None
    check: Callable[[SinkConfig, Any], None] = nothing_to_check
    deduplicates: str = ""
    erasure: str = ""
    deletion: DeletionAPI | None = None

    def kind(self) -> SinkKind:
        """Return it as the kind of sink that it is."""
        return SinkKind(
            self.name,
            self.summary,
            self.build,
            extra="http",
            packages=("httpx2",),
            options=self.options,
            mapping=self.mapping,
            deduplicates=self.deduplicates,
            erasure=self.erasure,
            deleter=self.deleter if self.deletion else None,
            deletion=tuple(self.deletion.facts()) if self.deletion else (),
            deletion_options=self.deletion.options if self.deletion else NoOptions,
            facts=(
                ("posts to", f"`{self.url or 'url'}{self.path}`"),
                ("events in one message", f"at most {self.limits.events:,}"),
                ("bytes of one message", f"at most {self.limits.bytes:,}"),
                (
                    "bytes of one event",
                    f"at most {min(self.limits.event_bytes, self.limits.bytes):,}",
                ),
                *(
                    [("age of an event", f"at most {self.limits.age / 3600:g} hours")]
                    if self.limits.age
                    else []
                ),
                *((f"header `{one.to}`", one.source.words()) for one in self.headers),
                *((f"parameter `{one.to}`", one.source.words()) for one in self.query),
                *(
                    (f"field `{one.to}` of a batch", one.source.words())
                    for one in self.shape.fields
                ),
            ),
        )

    def build(self, config: SinkConfig) -> Sink:
        """
        Build the sink.

        Raises:
            ConfigurationError: The URL would carry events in the clear, or a key is wrong.
            MissingExtraError: The extra ``http`` is not installed.
        """
        from privacykit.sinks.http.sink import HTTPSink, UnsureHTTPSink

        wanted = options(config, self.options)
        refuse(config, *({"token", "key"} - set(self.uses)))
        for name in self.needs:
            if {"token": config.token, "key": config.key}[name] is None:
                raise ConfigurationError(
                    problem(config, "PK163", name, f"this kind of sink needs a {name}", "add it")
                )
        url = checked_url(config, config.url or self.url)
        self.check(config, wanted)
        settings = settings_of(config, wanted)
        sure = bool(self.deduplicates)
        made = self.sink or (HTTPSink if sure else UnsureHTTPSink)
        return made(
            config.name,
            self,
            url=url.rstrip("/") + self.path if self.path else url,
            settings=settings,
            clock=config.clock,
            trusted=trusted_by(config, wanted.ca_file),
        )

    def deleter(self, config: SinkConfig) -> Deletes | None:
        """
        Build what has people deleted; ``None`` where the table ``deletion`` is needed and missing.

        Raises:
            ConfigurationError: The URL would carry ids in the clear, or a key is wrong.
            MissingExtraError: The extra ``http`` is not installed.
        """
        from privacykit.sinks.http.deleter import build_deleter

        if self.deletion is None or self.mapping is None:
            return None
        wanted = options(config, self.options)
        return build_deleter(
            self.deletion,
            self.mapping,
            config,
            url=config.url or self.url,
            settings=settings_of(config, wanted),
            trusted=trusted_by(config, wanted.ca_file),
        )
