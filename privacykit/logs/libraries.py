"""
Log records that libraries write while they work for us: withheld, whatever the logger is called.

Drivers and clients log rows, statements, headers and whole URLs at level debug or info: salts, ids,
bodies of events and tokens of endpoints among them. A record is withheld when it is made below code
of privacykit that calls no application; the logger's name and level stay, so that an operator sees
that something was said. Looks at the stack, only for records that somebody asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from inspect import currentframe
from types import FrameType

WITHHELD = "(withheld: written while working for privacykit)"
_OURS = "privacykit"
_AROUND_APPLICATIONS = frozenset(
    [
        "__main__",
        "app",
        "cli",
        "django",
        "fastapi",
        "flask",
        "litestar",
        "telemetry",
        "testing",
        "web",
    ]
)
"""Our rooms from which code of the application or operator is called: what it logs is its own."""


def withhold_library_logs() -> None:
    """Withhold from now on, in every logger of this process; safe to call again."""
    factory = logging.getLogRecordFactory()
    if not isinstance(factory, _Withholding):
        logging.setLogRecordFactory(_Withholding(factory))
    if logging.lastResort is not None:
        # It would write our words alone, without the logger that they are about.
        logging.lastResort.addFilter(_was_said)


def _was_said(record: logging.LogRecord) -> bool:
    return record.msg != WITHHELD


class _Withholding:
    """Makes records as the factory before it did, without what is not to be said."""

    def __init__(self, make: Callable[..., logging.LogRecord]) -> None:
        self._make = make

    def __call__(
        self, name: str, level: int, path: str, line: int, *said: object, **more: object
    ) -> logging.LogRecord:
        # A record made again from a dictionary (`makeLogRecord`) has no name.
        if name and name.partition(".")[0] != _OURS and _works_for_us(currentframe()):
            return self._make(name, level, path, line, WITHHELD, None, None)
        return self._make(name, level, path, line, *said, **more)


def _works_for_us(frame: FrameType | None) -> bool:
    """Tell whether the nearest code of ours above *frame* is such that calls no application."""
    while frame is not None:
        ours, _, rest = str(frame.f_globals.get("__name__")).partition(".")
        if ours == _OURS and not rest.startswith("logs"):
            return rest.partition(".")[0] not in _AROUND_APPLICATIONS
        frame = frame.f_back
    return False
