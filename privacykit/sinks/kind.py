"""
Kinds of sink as data: what `privacykit sinks list` shows and the documentation prints. Pure.

A kind is called with a :class:`~privacykit.sinks.config.SinkConfig` and returns a sink, so it is
itself what an entry point names. Whoever writes only a function loses no more than its line in the
documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import msgspec

from privacykit.collect.ports import Sink, Unclear
from privacykit.errors import ConfigurationError
from privacykit.sinks.config import Reveal, SinkConfig, problem
from privacykit.sinks.deletes import Deletes
from privacykit.sinks.mapping.revealed import is_sendable
from privacykit.sinks.mapping.rules import EventMapping

UnclearChoice = Annotated[
    Unclear,
    msgspec.Meta(
        description="what becomes of events that perhaps arrived: `repeat` counts some twice, "
        "`leave` loses some"
    ),
]
"""The key ``unclear`` of kinds whose other end cannot tell that an event came again."""


class NoOptions(msgspec.Struct):
    """No keys besides the common ones."""


def _check_credentials(config: SinkConfig) -> None:
    """
    Look whether the credentials of *config* that are there can be sent.

    Raises:
        ConfigurationError: One cannot.
    """
    for key in ("token", "key"):
        reveal: Reveal | None = getattr(config, key)
        value = reveal() if reveal is not None else None
        if value and not is_sendable(value):
            told = "a credential that cannot be sent"
            hint = "printable ASCII on one line: look for a line break or a letter too many"
            raise ConfigurationError(problem(config, "PK165", key, told, hint))


@dataclass(frozen=True, slots=True)
class SinkKind:
    """
    One kind of sink.

    Attributes:
        name: What ``type`` says.
        summary: Where events go, in one sentence.
        build: Makes the sink of its table. Nothing is connected to yet.
        extra: The extra that brings its package, if it needs one.
        packages: The modules which that extra brings, by which it is known to be installed.
        options: The keys that only this kind knows.
        mapping: What becomes of an event; ``None`` where it goes as it is.
        deduplicates: By what the other end knows an event that comes again; empty if it cannot.
        erasure: How what has arrived is erased, in a sentence.
        facts: What else the documentation tells: limits, and the like.
        deleter: Makes, of the same table, what has a person deleted at the other end; it returns
            ``None`` where the table lacks what that takes. Kinds whose other end cannot have none.
        deletion: What the documentation tells of that.
        deletion_options: The keys of the table ``deletion`` besides ``url`` and ``token``.
    """

    name: str
    summary: str
    build: Callable[[SinkConfig], Sink]
    extra: str = ""
    packages: tuple[str, ...] = ()
    options: type[msgspec.Struct] = NoOptions
    mapping: EventMapping | None = None
    deduplicates: str = ""
    erasure: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    deleter: Callable[[SinkConfig], Deletes | None] | None = None
    deletion: tuple[tuple[str, str], ...] = ()
    deletion_options: type[msgspec.Struct] = NoOptions

    def __call__(self, config: SinkConfig) -> Sink:
        """
        Build the sink that *config* describes.

        Raises:
            ConfigurationError: The configuration does not suit it.
            MissingExtraError: Its package is not installed.
        """
        for table in filter(None, (config, config.deletion)):
            _check_credentials(table)
        made = self.build(config)
        if config.deletion is not None:
            if self.deleter is None:
                hint = "this kind of sink cannot have people deleted"
                raise ConfigurationError(problem(config, "PK161", "deletion", "unknown key", hint))
            self.deleter(config)
        return made
