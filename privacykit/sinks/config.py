"""The configuration of a sink, and how it says that it cannot be built. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from privacykit.errors import ConfigurationError, Problem

Reveal = Callable[[], str | None]
"""Reads a credential when it is needed, so that a rotated one is seen; ``None`` if it is gone."""

_QUOTED = re.compile(r" '.*'(?= - at |$)", re.DOTALL)

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
        deletion: Its table ``deletion``: where and with what credential people are deleted.
        base: The folder that relative paths start from.
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
    deletion: SinkConfig | None = None
    base: Path = Path()
    where: str = "sinks"
    file: str = "privacykit.toml"


def problem(config: SinkConfig, code: str, key: str, message: str, hint: str) -> Problem:
    """Say what is wrong with *key* of *config*."""
    return Problem(code, config.file, f"{config.where}.{key}", message, hint)


def options(config: SinkConfig, shape: type[_Options]) -> _Options:
    """
    Read the keys that only one kind knows.

    Raises:
        ConfigurationError: Keys are unknown, missing, or their values not of the shape: each of
            them is named.
    """
    known = ", ".join(shape.__struct_fields__) or "none besides the common ones"
    wrong = [
        problem(config, "PK161", name, "unknown key", f"this kind knows: {known}")
        for name in sorted(set(config.options) - set(shape.__struct_fields__))
    ]
    for one in msgspec.structs.fields(shape):
        if one.encode_name in config.options:
            wrong += _misfit(config, one.encode_name, one.type)
    if wrong:
        raise ConfigurationError(*wrong)
    made: _Options = _converted(config, dict(config.options), shape, "")
    return made


def _misfit(config: SinkConfig, name: str, kind: Any) -> tuple[Problem, ...]:  # noqa: ANN401
    """Return what is wrong with the value of one key, by itself."""
    try:
        _converted(config, config.options[name], kind, name)
    except ConfigurationError as error:
        return error.problems
    return ()


def _converted(config: SinkConfig, value: object, kind: Any, name: str) -> Any:  # noqa: ANN401
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        # Its words name types, bounds and the key, and quote a value that is no word of a list.
        message, _, key = _QUOTED.sub("", str(error)).partition(" - at `$")
        key = f"{name}{key}".lstrip(".")
        if not key:  # one that is missing is named by the message
            message, _, key = message.partition(" `")
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
        ConfigurationError: Some of them are set; each of these is named.
    """
    wrong = [
        problem(config, "PK161", key, "this kind of sink has no use for it", "remove it")
        for key in keys
        if getattr(config, key) is not None
    ]
    if wrong:
        raise ConfigurationError(*wrong)
