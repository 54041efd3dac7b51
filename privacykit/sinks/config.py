"""What a sink is built from, and how it says that it cannot be. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from privacykit.errors import ConfigurationError, Problem
from privacykit.stores.event_tables import HeldBy

Reveal = Callable[[], str | None]
"""Reads a credential when it is needed, so that a rotated one is seen; ``None`` if it is gone."""

_Options = TypeVar("_Options", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class SinkConfig:
    """
    One ``[[sinks]]`` table, read.

    Attributes:
        name: The sink's name, unique among all.
        type: Its kind.
        clock: Returns Unix seconds.
        url: Where it is.
        token: What it wants to see before it takes anything.
        key: What its messages are signed with.
        options: Keys that only this kind knows, spelled as in the file.
        base: The folder that relative paths start from.
        holds: For our own event store: what must not be dropped, whatever its retention.
        where: The table's own key in the file, for error messages.
        file: The file's name, for error messages.
    """

    name: str
    type: str
    clock: Callable[[], float]
    url: str | None = None
    token: Reveal | None = field(default=None, repr=False)
    key: Reveal | None = field(default=None, repr=False)
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    base: Path = Path()
    holds: Callable[[], Sequence[HeldBy]] = field(default=tuple, repr=False)
    where: str = "sinks"
    file: str = "privacykit.toml"


def problem(config: SinkConfig, code: str, key: str, message: str, hint: str) -> Problem:
    """Say what is wrong with *key* of *config*."""
    return Problem(code, config.file, f"{config.where}.{key}", message, hint)


def options(config: SinkConfig, shape: type[_Options]) -> _Options:
    """
    Read the keys that only one kind knows.

    Raises:
        ConfigurationError: A key is unknown, or its value is not of the shape.
    """
    unknown = sorted(set(config.options) - set(shape.__struct_fields__))
    if unknown:
        known = ", ".join(shape.__struct_fields__) or "none besides the common ones"
        raise ConfigurationError(
            problem(config, "PK161", unknown[0], "unknown key", f"this kind knows: {known}")
        )
    try:
        return msgspec.convert(dict(config.options), shape)
    except msgspec.ValidationError as error:
        # Its words name types, bounds and the key, never the value.
        message, _, key = str(error).partition(" - at `$.")
        raise ConfigurationError(
            problem(config, "PK162", key.rstrip("`"), message.lower(), "see the reference")
        ) from None


def required_url(config: SinkConfig) -> str:
    """
    Return the URL.

    Raises:
        ConfigurationError: There is none.
    """
    if not config.url:
        raise ConfigurationError(
            problem(config, "PK163", "url", "this kind of sink needs a URL", "add it")
        )
    return config.url


def refuse(config: SinkConfig, *keys: str) -> None:
    """
    Refuse common keys that this kind has no use for.

    Raises:
        ConfigurationError: One of them is set.
    """
    for key in keys:
        if getattr(config, key) is not None:
            raise ConfigurationError(
                problem(config, "PK161", key, "this kind of sink has no use for it", "remove it")
            )
