"""The configuration of an HTTP backend, checked: URL, certificates, keys. Reads a file."""

from __future__ import annotations

from ssl import SSLContext, create_default_context
from typing import Any

import msgspec

from privacykit.errors import ConfigurationError
from privacykit.sinks.config import SinkConfig, problem
from privacykit.webhook import is_private


def settings_of(config: SinkConfig, wanted: msgspec.Struct) -> dict[str, Any]:
    """Return the keys of a sink by name: the common credentials, and *wanted*, its own."""
    own = {name: getattr(wanted, name) for name in wanted.__struct_fields__}
    return {"token": config.token, "key": config.key, **own}


def checked_url(config: SinkConfig, url: str | None) -> str:
    """
    Return *url*, to which nobody on the way can listen.

    Raises:
        ConfigurationError: There is none, or it is not that.
    """
    if not url:
        raise ConfigurationError(
            problem(config, "PK163", "url", "this kind of sink needs a URL", "add it")
        )
    if not is_private(url):
        raise ConfigurationError(
            problem(
                config,
                "PK164",
                "url",
                "not an https URL without a user in it",
                "events must not travel in the clear; a credential belongs in 'token'",
            )
        )
    return url


def trusted_by(config: SinkConfig, file: str | None) -> SSLContext | None:
    """
    Return whose certificates are believed: those of *file*, if one is named.

    Raises:
        ConfigurationError: It cannot be read.
    """
    if file is None:
        return None
    try:
        return create_default_context(cafile=config.base / file)
    except OSError:
        raise ConfigurationError(
            problem(config, "PK169", "ca_file", "cannot be read", "give a file of PEM certificates")
        ) from None
