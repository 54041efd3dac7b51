"""
The request rooms: routes by which requests arrive, as far as a configuration asks for them. Pure.

What is not configured is not imported; stores are opened when somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from privacykit.web.preferences.context import ExtraRooms

if TYPE_CHECKING:
    from privacykit.settings.model import Settings
    from privacykit.web.preferences.context import RoomRoutes


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
        ConfigurationError: A key or a hook that is named cannot be used.
    """
    routes = tuple(_rooms(config, settings, clock)) if settings.requests.served else ()
    return ExtraRooms(routes, only_under)


def _rooms(
    config: str | Settings, settings: Settings, clock: Callable[[], float]
) -> Iterator[RoomRoutes]:
    from privacykit.operate.data_desk.context import DeskContext

    context = DeskContext(config, clock)
    table = settings.requests
    if table.form is not None:
        from privacykit.operate.protocols.form import FormDesk
        from privacykit.web.requests.form import FormLimits, form_routes

        desk, limits = FormDesk(context), FormLimits()
        yield lambda site: form_routes(site, desk, limits)
    if table.opendsr or table.drp or table.ddrf:
        from privacykit.operate.protocols.served import served_protocols
        from privacykit.web.requests.protocols import ProtocolLimits, protocol_routes

        protocols, rates = served_protocols(context), ProtocolLimits()
        yield lambda site: protocol_routes(site, protocols, rates)
