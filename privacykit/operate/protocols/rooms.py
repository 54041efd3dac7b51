"""
The request rooms: routes by which requests arrive, as far as a configuration asks for them. Pure.

What is not configured is not imported; stores are opened when somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from privacykit.errors import ConfigurationError, Problem
from privacykit.web.preferences.context import ExtraRooms

if TYPE_CHECKING:
    from privacykit.operate.data_desk.context import DeskContext
    from privacykit.settings.model import Settings
    from privacykit.web.preferences.context import RoomRoutes


Made = TypeVar("Made")


def rooms_of(
    config: str | Settings,
    settings: Settings,
    clock: Callable[[], float],
    *,
    only_under: Callable[[bytes], bool] | None = None,
) -> ExtraRooms:
    """
    Return the rooms that *settings* ask for.

    Args:
        config: Path of the configuration file, or settings already loaded.
        settings: The same, loaded.
        clock: Unix seconds.
        only_under: Under which hosts besides those of sites, where nothing else is served.

    Raises:
        ConfigurationError: Keys or a hook that are named cannot be used: each is named.
    """
    if not settings.requests.served:
        return ExtraRooms((), only_under)
    return ExtraRooms(tuple(each_of(_rooms(config, settings, clock))), only_under)


def each_of(parts: Iterable[Callable[[], Made]]) -> list[Made]:
    """
    Return what each of *parts* makes.

    Raises:
        ConfigurationError: With the problems of all that cannot.
    """
    made: list[Made] = []
    problems: list[Problem] = []
    for part in parts:
        try:
            made.append(part())
        except ConfigurationError as error:
            problems += error.problems
    if problems:
        raise ConfigurationError(*problems)
    return made


def _rooms(
    config: str | Settings, settings: Settings, clock: Callable[[], float]
) -> Iterator[Callable[[], RoomRoutes]]:
    from privacykit.operate.data_desk.context import DeskContext

    context = DeskContext(config, clock, settings)
    table = settings.requests
    if table.form is not None:
        yield partial(_form, context)
    if table.opendsr or table.drp or table.ddrf:
        yield partial(_protocols, context)


def _form(context: DeskContext) -> RoomRoutes:
    from privacykit.operate.protocols.form import FormDesk
    from privacykit.web.requests.form import FormLimits, form_routes

    desk, limits = FormDesk(context), FormLimits()
    return lambda site: form_routes(site, desk, limits)


def _protocols(context: DeskContext) -> RoomRoutes:
    from privacykit.operate.protocols.served import served_protocols
    from privacykit.web.requests.protocols import ProtocolLimits, protocol_routes

    protocols, rates = served_protocols(context), ProtocolLimits()
    return lambda site: protocol_routes(site, protocols, rates)
