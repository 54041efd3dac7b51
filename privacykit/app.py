"""The one-liner, on top of everything."""

from __future__ import annotations

import logging
import sys
import time
from os import PathLike
from typing import cast, overload

from privacykit.errors import ConfigurationError, Problem
from privacykit.logs.filter import install_first
from privacykit.operate.data_desk.lazy import LazyDataDesk
from privacykit.runtime.engine import Engine
from privacykit.runtime.refused import RefusedEngine
from privacykit.served import ServedProcess, engine_from, last_disproved
from privacykit.settings.load import DEFAULT_FILE
from privacykit.settings.model import Settings
from privacykit.web.application import is_wsgi, not_asgi, not_wsgi
from privacykit.web.asgi import App, PrivacyEdge
from privacykit.web.data_page.person import PersonHook, nobody
from privacykit.web.wsgi.edge import PrivacyWSGIEdge, WSGIApp


class PrivacyMiddleware(PrivacyEdge):
    """
    Wrap an ASGI application: weaken addresses, honour signals, collect only what may be.

    It should be the outermost middleware. Wrapping twice is safe: the outer one acts.

    A wrong configuration makes the server's start fail, with every problem named: frameworks build
    their middleware when they are first called, where an exception would be taken for an
    application without a lifespan. Without a lifespan the log says it at the first request, and
    requests are served bare; see :mod:`privacykit.runtime.refused`.

    Args:
        app: The application.
        config: Path of ``privacykit.toml``, or settings already loaded.
        person: Tells our own pages who is signed in (:mod:`privacykit.web.data_page.person`).

    Raises:
        ConfigurationError: The application is none of ASGI.
    """

    def __init__(
        self,
        app: App,
        config: str | PathLike[str] | Settings | Engine = DEFAULT_FILE,
        *,
        person: PersonHook | None = None,
    ) -> None:
        if (wrong := not_asgi(app)) is not None:
            raise ConfigurationError(Problem("PK005", "application", "", wrong.message, wrong.hint))
        super().__init__(app, _engine_or_refusal(config, person))


class PrivacyWSGIMiddleware(PrivacyWSGIEdge):
    """
    Wrap a WSGI application: weaken addresses, honour signals, collect only what may be.

    It should be the outermost middleware. Wrapping twice is safe: the outer one acts. No thread
    starts before the first request, so servers may fork after the application was imported.

    Args:
        app: The application.
        config: Path of ``privacykit.toml``, or settings already loaded.
        person: Tells our own pages who is signed in (:mod:`privacykit.web.data_page.person`).

    Raises:
        ConfigurationError: The application is none of WSGI, or the configuration is wrong: no
            lifespan tells a server so, and the application is wrapped before anybody is served.
    """

    def __init__(
        self,
        app: WSGIApp,
        config: str | PathLike[str] | Settings | Engine = DEFAULT_FILE,
        *,
        person: PersonHook | None = None,
    ) -> None:
        if (wrong := not_wsgi(app)) is not None:
            raise ConfigurationError(Problem("PK005", "application", "", wrong.message, wrong.hint))
        install_first()  # servers tell of requests that they refuse before they served one
        _look_at_uwsgi()
        super().__init__(app, engine_of(config, person))


def _look_at_uwsgi() -> None:
    """Say it where uWSGI serves without threads: ours then run only while it serves a request."""
    options = getattr(
        sys.modules.get("uwsgi"), "opt", None
    )  # the module is there inside of it only
    if options is not None and "enable-threads" not in options and "threads" not in options:
        logging.getLogger("privacykit").error(
            "privacykit: PK155 uWSGI runs our threads only while it serves a request: events wait, "
            "and refusals are known late (set enable-threads = true)"
        )


def _engine_or_refusal(
    config: str | PathLike[str] | Settings | Engine, person: PersonHook | None
) -> Engine | RefusedEngine:
    try:
        return engine_of(config, person)
    except ConfigurationError as error:
        return RefusedEngine(error)


def engine_of(
    config: str | PathLike[str] | Settings | Engine, person: PersonHook | None = None
) -> Engine:
    """
    Return the engine for *config*, building it from a path or settings.

    Under ``privacykit run`` it is the one that acts: see :mod:`privacykit.served`.

    Args:
        config: Path of ``privacykit.toml``, settings already loaded, or an engine, as it is.
        person: Tells who is signed in; not for an engine, which has its own.

    Raises:
        ConfigurationError: The configuration is wrong; every problem is named.
    """
    if isinstance(config, Engine):
        if person is not None:
            hint = "give the hook where the engine is made"
            raise ConfigurationError(
                Problem("PK027", "application", "", "the engine has its person hook already", hint)
            )
        return config
    given = config if isinstance(config, Settings) else str(config)
    if (process := ServedProcess.present) is not None:
        return process.engine_for(given, person)
    if isinstance(given, str):
        return engine_from(given, person or nobody)
    from privacykit.operate.protocols.rooms import rooms_of
    from privacykit.runtime.build import build

    rooms = rooms_of(given, given, time.time)
    desk = LazyDataDesk(given, time.time)
    return build(given, data=desk, person=person or nobody, rooms=rooms, disproved=last_disproved)


@overload
def wrap(
    app: WSGIApp,
    config: str | PathLike[str] | Settings | Engine = DEFAULT_FILE,
    *,
    person: PersonHook | None = None,
) -> PrivacyWSGIMiddleware: ...


@overload
def wrap(
    app: App,
    config: str | PathLike[str] | Settings | Engine = DEFAULT_FILE,
    *,
    person: PersonHook | None = None,
) -> PrivacyMiddleware: ...


def wrap(
    app: App | WSGIApp,
    config: str | PathLike[str] | Settings | Engine = DEFAULT_FILE,
    *,
    person: PersonHook | None = None,
) -> PrivacyMiddleware | PrivacyWSGIMiddleware:
    """
    Return *app* wrapped, as :class:`PrivacyWSGIMiddleware` does it where it shows that it is WSGI.

    Everything else is taken for ASGI, and :class:`PrivacyMiddleware` says where it is not. A wrong
    configuration makes the server's start fail, with every problem named.
    """
    if is_wsgi(app):
        return PrivacyWSGIMiddleware(cast("WSGIApp", app), config, person=person)
    return PrivacyMiddleware(cast("App", app), config, person=person)
