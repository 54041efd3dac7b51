"""Django started, and where its databases are. Imports the project's settings and models."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from privacykit.errors import ConfigurationError, MissingExtraError, Problem

SETTINGS = "DJANGO_SETTINGS_MODULE"
ALIAS = "default"
_NAMED = re.compile(r"""DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']""")
_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgis": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "sqlite3": "sqlite",
    "spatialite": "sqlite",
}
_OF_DJANGO = frozenset({"isolation_level", "pool", "prepare_threshold", "server_side_binding"})
"""Options that say how Django works, and not where."""
_ELSEWHERE = frozenset(
    {"assume_role", "database", "db", "dbname", "host", "passwd", "password", "port", "user"}
)
"""Options that would have another place or account than the settings beside them name."""
_OF_MARIADB = frozenset(
    {"charset", "init_command", "read_default_file", "read_default_group", "unix_socket"}
)


def start(settings: str = "", folder: Path | None = None) -> str:
    """
    Start Django unless it runs already, as under ``manage.py``; return the settings' module.

    Args:
        settings: The module, where the environment names none.
        folder: The project's folder, whose ``manage.py`` may name it; by default this one.

    Raises:
        MissingExtraError: Django is not installed.
        ConfigurationError: PK218, no settings are named, or they cannot be read.
    """
    try:
        import django
        from django.apps import apps
    except ImportError:
        raise MissingExtraError("django", "reading Django's models") from None
    if apps.ready:
        return os.environ.get(SETTINGS, settings)
    place = Path.cwd() if folder is None else folder
    module = os.environ.get(SETTINGS) or settings or _of_manage(place)
    if not module:
        raise ConfigurationError(
            _unread("no settings are named", f"set {SETTINGS}, or call it by manage.py")
        )
    os.environ[SETTINGS] = module
    sys.path.insert(0, str(place))
    try:
        django.setup()
    except ConfigurationError:
        raise
    except Exception:  # noqa: BLE001 - whatever the project's code raises
        hint = "`manage.py check` says why"
        raise ConfigurationError(_unread("the project of Django cannot be started", hint)) from None
    return module


def _of_manage(folder: Path) -> str:
    try:
        found = _NAMED.search((folder / "manage.py").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return ""
    return found[1] if found else ""


def url_of(alias: str = ALIAS) -> str:
    """
    Return the URL of a database of the settings, with its password: not to be shown.

    Raises:
        ConfigurationError: PK218, there is none of that name, or none that this connector serves.
    """
    from django.db import connections
    from django.utils.connection import ConnectionDoesNotExist

    try:
        told: dict[str, Any] = connections[alias].settings_dict
    except ConnectionDoesNotExist:
        raise ConfigurationError(
            _unread("the settings have no such database", "see DATABASES")
        ) from None
    driver = _DRIVERS.get(str(told["ENGINE"]).rpartition(".")[2])
    if driver is None:
        raise ConfigurationError(
            _unread("a database that we do not know", "PostgreSQL, MariaDB or SQLite")
        )
    if driver == "sqlite":
        return URL.create(driver, database=str(told["NAME"])).render_as_string()
    host, query = str(told.get("HOST") or ""), _options(told, driver)
    if host.startswith("/"):
        query["host" if driver.startswith("postgresql") else "unix_socket"] = host
    place = URL.create(
        driver,
        told.get("USER") or None,
        told.get("PASSWORD") or None,
        None if host.startswith("/") else host or None,
        int(told["PORT"]) if told.get("PORT") else None,
        str(told["NAME"] or "") or None,
        query,
    )
    return place.render_as_string(hide_password=False)


def _options(told: Mapping[str, Any], driver: str) -> dict[str, str]:
    """
    Return what a driver has to know besides: a search path, for example, says which tables are met.

    Raises:
        ConfigurationError: PK218, an option leads elsewhere.
    """
    options = told.get("OPTIONS") or {}
    if not _ELSEWHERE.isdisjoint(options):
        hint = "name place and account beside OPTIONS, and roles in the database"
        raise ConfigurationError(_unread("an option of the database leads elsewhere", hint))
    known = set(options) - _OF_DJANGO if driver.startswith("postgresql") else _OF_MARIADB
    found = {key: str(it) for key, it in options.items() if key in known and _is_plain(it)}
    return found | {f"ssl_{key}": str(it) for key, it in dict(options.get("ssl") or {}).items()}


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | Path)


def _unread(message: str, hint: str) -> Problem:
    return Problem("PK218", "settings of Django", "", message, hint)
