"""
The process that ``privacykit run`` serves from: one engine, for what wraps the application inside.

An application may have our middleware itself. The outermost wrapper acts, so the inner one needs no
engine of its own: it is given the one that acts, and hands over who is signed in. Reads files.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from privacykit import forks
from privacykit.errors import ConfigurationError
from privacykit.logs.say import say
from privacykit.settings.load import load
from privacykit.settings.located import located
from privacykit.settings.paths import DEFAULT_FILE
from privacykit.settings.requests.alone import own_hosts, requests_alone
from privacykit.web.data_page.person import LatePerson, PersonHook

if TYPE_CHECKING:
    from privacykit.documents.evidence import Disproved
    from privacykit.runtime.engine import Engine
    from privacykit.settings.model import Settings
    from privacykit.settings.paths import Paths


def last_disproved(settings: Settings, paths: Paths) -> Disproved:
    """
    Return what the last verification disproved; what reads it is imported by then.

    Raises:
        PrivacyKitError: The report cannot be believed.
    """
    from privacykit.verify.disproved import last_disproved as read

    return read(settings, paths)


def served_settings(config: str, *, requests_only: bool) -> Settings:
    """
    Return what the file *config* serves.

    Raises:
        ConfigurationError: It is wrong, or nothing by which a request could arrive is in it.
    """
    settings = load(config)
    return requests_alone(settings, config) if requests_only else settings


def engine_from(config: str, person: PersonHook, *, requests_only: bool = False) -> Engine:
    """
    Return the engine that the file *config* describes.

    Args:
        config: Path of ``privacykit.toml``.
        person: Tells who is signed in.
        requests_only: Whether only subject requests are served; then the file needs no site.

    Raises:
        ConfigurationError: The configuration is wrong; every problem is named.
    """
    from privacykit.operate.data_desk.lazy import LazyDataDesk
    from privacykit.operate.protocols.rooms import rooms_of
    from privacykit.runtime.build import build
    from privacykit.runtime.sites import under_hosts

    try:
        with located(config):
            data = LazyDataDesk(config, time.time)
            settings = served_settings(config, requests_only=requests_only)
            only_under = under_hosts(own_hosts(settings)) if requests_only else None
            rooms = rooms_of(config, settings, time.time, only_under=only_under)
            return build(
                settings,
                base=config,
                person=person,
                data=data,
                rooms=rooms,
                disproved=last_disproved,
            )
    except ConfigurationError as error:
        from privacykit.runtime.checks.everything import everything_wrong

        def rooms_in(settings: Settings) -> object:
            return rooms_of(config, settings, time.time)

        error.problems = everything_wrong(config, error.problems, rooms_in)
        raise


class ServedProcess:
    """
    A process that serves one application, by one configuration and one engine.

    As a context manager it is the present one inside; a process that a server started begins once.

    Args:
        find_config: Returns the path of the configuration; called once, when it is needed first.
        requests_only: Whether only subject requests are served.
    """

    present: ClassVar[ServedProcess | None] = None
    """The one that this process is; ``None`` where another server serves it."""

    def __init__(self, find_config: Callable[[], str], *, requests_only: bool = False) -> None:
        self._find_config = find_config
        self._requests_only = requests_only
        self._person = LatePerson()
        forks.renew(self)

    def after_fork_in_child(self) -> None:
        """Forget the engine, which is the parent's; the hooks are those of what was imported."""
        self.__dict__.pop("engine", None)

    def begin(self) -> None:
        """Be the present one from now on."""
        ServedProcess.present = self

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        ServedProcess.present = None

    @cached_property
    def config(self) -> str:
        """The path of the configuration."""
        return self._find_config()

    @cached_property
    def engine(self) -> Engine:
        """
        The engine that acts, in this process alone.

        Raises:
            ConfigurationError: The configuration is wrong; every problem is named.
        """
        return engine_from(self.config, self._person, requests_only=self._requests_only)

    def engine_for(self, config: object, person: PersonHook | None) -> Engine:
        """
        Return the engine for what wraps the application inside, and ask *person* from now on.

        Args:
            config: What it was told to act by; a file that is another one is named in the log.
            person: Tells who is signed in, if it was told.

        Raises:
            ConfigurationError: The configuration is wrong; every problem is named.
        """
        if person is not None:
            self._person.add(person)
        engine = self.engine
        if isinstance(config, str) and self._is_another(config):
            say(
                logging.WARNING,
                "PK029 the application names '%s', and '%s' is served by: name it with --config",
                config,
                self.config,
            )
        return engine

    def _is_another(self, config: str) -> bool:
        return config != DEFAULT_FILE and Path(config).resolve() != Path(self.config).resolve()
