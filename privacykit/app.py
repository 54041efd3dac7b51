"""The one-liner, on top of everything."""

from __future__ import annotations

from os import PathLike

from privacykit.settings.engine import Engine
from privacykit.settings.load import DEFAULT_FILE, load
from privacykit.settings.model import Settings
from privacykit.web.asgi import App, PrivacyEdge


class PrivacyMiddleware(PrivacyEdge):
    """
    Wrap an ASGI application: weaken addresses, honour signals, collect only what may be.

    It should be the outermost middleware. Wrapping twice is safe: the outer one acts.

    Args:
        app: The application.
        config: Path of ``privacykit.toml``, or settings already loaded.

    Raises:
        ConfigurationError: The configuration is wrong; every problem is named.
    """

    def __init__(
        self, app: App, config: str | PathLike[str] | Settings | Engine = DEFAULT_FILE
    ) -> None:
        super().__init__(app, engine_of(config))


def engine_of(config: str | PathLike[str] | Settings | Engine) -> Engine:
    """
    Return the engine for *config*, building it from a path or settings.

    Raises:
        ConfigurationError: The configuration is wrong; every problem is named.
    """
    from privacykit.settings.wire import build

    if isinstance(config, Engine):
        return config
    if isinstance(config, Settings):
        return build(config)
    return build(load(str(config)), base=str(config))


def wrap(
    app: App, config: str | PathLike[str] | Settings | Engine = DEFAULT_FILE
) -> PrivacyMiddleware:
    """
    Return *app* wrapped; the same as :class:`PrivacyMiddleware`, spelled as a function.

    Raises:
        ConfigurationError: The configuration is wrong; every problem is named.
    """
    return PrivacyMiddleware(app, config)
