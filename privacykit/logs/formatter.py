"""A formatter that weakens what it formats, not what other handlers see."""

from __future__ import annotations

import logging
from copy import copy

from privacykit.logs.addresses import Weaken
from privacykit.logs.processor import WITHHELD, PrivacyFilter


class PrivacyFormatter(logging.Formatter):
    """
    Formats a weakened copy of each record by another formatter.

    For a handler that must be weaker than its neighbours: a filter changes the record for all
    handlers after it. What cannot be weakened or formatted becomes a line that says so.

    Args:
        inner: What formats the copy; by default level, logger and message.
        weaken: As for :class:`.PrivacyProcessor`.
    """

    def __init__(
        self, inner: logging.Formatter | None = None, *, weaken: Weaken | None = None
    ) -> None:
        super().__init__()
        self._inner = inner or logging.Formatter("%(levelname)s:%(name)s:%(message)s")
        self._filter = PrivacyFilter(weaken)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of *record*, weakened."""
        told = copy(record)
        told.__dict__.pop("message", None)  # another handler's formatter left it there
        try:
            if self._filter.filter(told):
                return self._inner.format(told)
        except Exception:  # noqa: BLE001, S110 - P2: what cannot be formatted is not logged
            pass
        return f"{record.levelname}:{record.name}:{WITHHELD}"
