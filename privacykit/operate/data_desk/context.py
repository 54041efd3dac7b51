"""The stores of the desk: those of the commands, also of a configuration that is loaded. Pure."""

from __future__ import annotations

from collections.abc import Callable

from privacykit.operate.context import OperatorContext
from privacykit.settings.model import Settings
from privacykit.settings.paths import DEFAULT_FILE


class DeskContext(OperatorContext):
    """
    What the desk works with.

    Args:
        config: The configuration file, or what was loaded of one in the working folder.
        clock: Unix seconds.
        settings: What *config* says, where it was read already.

    Raises:
        ConfigurationError: The configuration is wrong.
    """

    def __init__(
        self, config: str | Settings, clock: Callable[[], float], settings: Settings | None = None
    ) -> None:
        known = settings if isinstance(config, str) else config
        super().__init__(config if isinstance(config, str) else DEFAULT_FILE, clock, settings=known)
