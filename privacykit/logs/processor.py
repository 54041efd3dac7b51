"""Log fields of applications: a processor for structlog, and a filter for logging."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

from privacykit.logs.addresses import Weaken
from privacykit.logs.weakener import Weakener, trace_of, weaken_extras

WITHHELD = "[log record withheld]"
"""What is logged instead of a record that cannot be weakened."""
_UNTOUCHED = frozenset({"level", "logger", "logger_name", "timestamp"})
"""Structlog's own."""


class PrivacyProcessor:
    """
    Weaken an event dictionary of structlog as :class:`.Weakener` does, message included.

    Put it first among the processors that see the merged context, before any renderer. A traceback
    is rendered here, without what the exceptions say. An event that cannot be weakened says so,
    and nothing else.

    Args:
        weaken: Address text to what may be logged of it; by default as in
            :class:`.AccessLogFilter`.
    """

    def __init__(self, weaken: Weaken | None = None) -> None:
        self._weakener = Weakener(weaken)

    def __call__(
        self,
        logger: object,  # noqa: ARG002 (structlog's signature)
        method_name: str,  # noqa: ARG002
        event_dict: MutableMapping[str, Any],
    ) -> MutableMapping[str, Any]:
        """Weaken *event_dict* in place and return it."""
        kept = {name: event_dict.pop(name) for name in _UNTOUCHED if name in event_dict}
        told = dict(event_dict)
        event_dict.clear()
        event_dict.update(kept)
        try:
            event_dict.update(self._weakened(told) | kept)
        except Exception:  # noqa: BLE001 - P2: what cannot be weakened is not logged
            event_dict["event"] = WITHHELD
        return event_dict

    def _weakened(self, told: dict[str, Any]) -> dict[str, Any]:
        error = _error_of(told.pop("exc_info", None))
        weakened = self._weakener.mapping(told).items()
        trace = {} if error is None else {"exception": trace_of(error)}
        return {str(name): value for name, value in weakened} | trace


class PrivacyFilter(logging.Filter):
    """
    Weaken the records of an application's own loggers as :class:`.Weakener` does.

    Add it to the handlers: a filter of a logger does not see what its children log. The message is
    put together and weakened, ``extra`` fields too; objects go into it without the fields that are
    marked as personal (:class:`.Personal`); a traceback loses what the exceptions say. A
    record that cannot be put together is dropped.

    Args:
        weaken: As for :class:`PrivacyProcessor`.
    """

    def __init__(self, weaken: Weaken | None = None) -> None:
        super().__init__()
        self._weakener = Weakener(weaken)

    def filter(self, record: logging.LogRecord) -> bool:
        """Weaken *record* in place; ``False`` drops what cannot be weakened."""
        try:
            record.msg = self._weakener.argument(record.msg)
            record.args = self._weakener.arguments(record.args)
            record.msg, record.args = self._weakener.text(record.getMessage()), None
            error = _error_of(record.exc_info)
            if error is not None or record.exc_text:
                record.exc_text = trace_of(error) if error else "-"
                record.exc_info = None
            weaken_extras(record, self._weakener)
        except Exception:  # noqa: BLE001 - P2: what cannot be weakened is not logged
            return False
        return True


def _error_of(exc_info: object) -> BaseException | None:
    if exc_info is True:
        return sys.exc_info()[1]
    if isinstance(exc_info, tuple):
        exc_info = exc_info[1] if len(exc_info) > 1 else None
    return exc_info if isinstance(exc_info, BaseException) else None
