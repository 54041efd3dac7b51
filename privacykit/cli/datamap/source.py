"""The place of a scan: a database, a directory, or the models of Django. Opens stores."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from privacykit.cli.terminal.opened import import_from_here
from privacykit.errors import InputError

if TYPE_CHECKING:
    from privacykit.connectors.files import FilesConnector
    from privacykit.connectors.sql import SqlConnector
    from privacykit.personal.mark import Personal

from privacykit.govern.datamap.proposal.said_in_code import NOTHING_SAID, SaidInCode

DJANGO = "django"


class ScanPlace(msgspec.Struct, frozen=True):
    """
    Where a scan looks.

    Attributes:
        url: A database's URL, or a directory.
        members: What the dataset says of it in the map; never a login.
        variable: The environment variable that the map reads the URL from; maybe empty.
        told: What the application's own code says.
    """

    url: str
    members: dict[str, Any]
    variable: str = ""
    told: SaidInCode = NOTHING_SAID

    def __repr__(self) -> str:
        return "<ScanPlace>"

    def open(self, name: str) -> SqlConnector | FilesConnector:
        """Open it as the dataset *name* of an empty map."""
        from privacykit.connectors.files import FilesConnector
        from privacykit.connectors.sql import SqlConnector
        from privacykit.govern.datamap import parse_datamap

        empty = parse_datamap(f'[datasets.{name}]\npath = "."\n')
        if "path" in self.members:
            return FilesConnector(empty, name, Path(self.url))
        return SqlConnector.open(empty, name, self.url)


def source_of(place: str, name: str, modules: Iterable[str], alias: str) -> ScanPlace:
    """
    Return where *place* is.

    Args:
        place: A URL, ``env:NAME``, a directory or ``django``; nothing is ``django`` where Django
            runs already.
        name: The dataset's name.
        modules: Modules of SQLAlchemy's models.
        alias: Which of Django's databases.

    Raises:
        InputError: Nothing is named, or a variable is not set, or a module has no models.
        ConfigurationError: PK213, a model names no category; PK218, Django cannot be started.
    """
    if place == DJANGO or (not place and _under_django()):
        return _of_django(alias)
    if not place:
        raise InputError("name a place: a URL, env:NAME, a directory, or django")
    told = SaidInCode(marks=_marks(modules))
    if not place.startswith("env:"):
        if "://" not in place:
            return ScanPlace(place, {"path": place}, told=told)
        if _public(place):
            return ScanPlace(place, {"url": place}, told=told)
        variable = f"{name.upper().replace('-', '_')}_URL"
        return ScanPlace(place, {"url": {"env": variable}}, variable, told)
    variable = place.removeprefix("env:")
    url = os.environ.get(variable, "")
    if not url:
        raise InputError("that variable is not set")
    if "://" not in url:
        return ScanPlace(url, {"path": place}, told=told)
    return ScanPlace(url, {"url": {"env": variable}}, variable, told)


def _marks(modules: Iterable[str]) -> dict[tuple[str, str], Personal]:
    from privacykit.connectors.sql.catalogue.marked import marks_in

    marks: dict[tuple[str, str], Personal] = {}
    import_from_here()
    for module in modules:
        marks |= marks_in(module)
    return marks


def _under_django() -> bool:
    """Tell whether Django runs already, as under ``manage.py``."""
    registry = sys.modules.get("django.apps")
    return registry is not None and bool(registry.apps.ready)


def _of_django(alias: str) -> ScanPlace:
    from privacykit.connectors.django.start import ALIAS, start, url_of

    module = start()
    from django.conf import settings

    from privacykit.connectors.django.told import told_by_models

    options = {"settings": module} if module else {}
    options |= {} if alias == ALIAS else {"alias": alias}
    members = {"connector": DJANGO} | ({"options": options} if options else {})
    told = told_by_models(getattr(settings, "PRIVACYKIT", {}), alias)
    return ScanPlace(url_of(alias), members, told=told)


def _public(url: str) -> bool:
    """Tell whether *url* holds no login, so that it may stand in a file."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        found = make_url(url)
    except (ArgumentError, ValueError):
        return False  # told where it is opened
    return found.username is None and found.password is None and not found.query
