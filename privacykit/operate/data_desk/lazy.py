"""The desk of the data page, made when somebody first asks: a start needs nothing of it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from privacykit.settings.model import Settings
from privacykit.web.data_page.ports import DataHolder, HeldData, Right

if TYPE_CHECKING:
    from privacykit.operate.data_desk.desk import OperatorDataDesk


class LazyDataDesk:
    """
    Answers as :class:`~privacykit.operate.data_desk.desk.OperatorDataDesk` does, imported by then.

    Args:
        config: Path of the configuration file, or settings already loaded.
        clock: Unix seconds.
    """

    def __init__(self, config: str | Settings, clock: Callable[[], float]) -> None:
        self._config = config
        self._clock = clock

    @cached_property
    def _desk(self) -> OperatorDataDesk:
        from privacykit.operate.data_desk.desk import OperatorDataDesk

        return OperatorDataDesk(self._config, self._clock)

    def standing(self, holder: DataHolder) -> DataHolder:
        """Return the holder without the consents that no longer stand."""
        return self._desk.standing(holder)

    def takes_requests(self) -> bool:
        """Tell whether requests can be filed here."""
        return self._desk.takes_requests()

    def held(self, holder: DataHolder) -> HeldData:
        """Return what is held."""
        return self._desk.held(holder)

    def package(self, holder: DataHolder) -> bytes:
        """Return the package."""
        return self._desk.package(holder)

    def erase(self, holder: DataHolder) -> int:
        """Erase the events of the holder's consents."""
        return self._desk.erase(holder)

    def file(self, holder: DataHolder, right: Right) -> float | None:
        """File a request."""
        return self._desk.file(holder, right)
