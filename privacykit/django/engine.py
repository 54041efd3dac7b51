"""The engine of a Django project: built from its settings once in a process. Reads files."""

from __future__ import annotations

from functools import cache
from os import fspath
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from privacykit.app import engine_of
from privacykit.logs.filter import install_first
from privacykit.runtime.engine import Engine
from privacykit.served import ServedProcess
from privacykit.settings.paths import DEFAULT_FILE

SETTING = "PRIVACYKIT"
"""
In Django's settings: a dictionary. Its ``CONFIG`` is the path of ``privacykit.toml``, its
``PERSON`` the dotted path of what tells who is signed in (:mod:`privacykit.web.data_page.person`).
"""


def config_of() -> str:
    """Return the path of the configuration that counts in this process."""
    process = ServedProcess.present
    return _named_config() if process is None else process.config


def project_engine() -> Engine:
    """
    Return the engine that all of the project's requests in this process share.

    Raises:
        ConfigurationError: The configuration is wrong; every problem is named.
    """
    return _engine(_named_config(), getattr(settings, SETTING, {}).get("PERSON"))


def _named_config() -> str:
    table = getattr(settings, SETTING, {})
    return str(fspath(table.get("CONFIG", DEFAULT_FILE)))


@cache
def _engine(config: str, person: str | None) -> Engine:
    install_first()
    return engine_of(config, None if person is None else import_string(person))


def _forget(*, setting: str, **_: Any) -> None:  # noqa: ANN401 - what Django's signal brings
    if setting == SETTING:
        _engine.cache_clear()


setting_changed.connect(_forget)
