"""
Our own lines in the log, readable whatever somebody configured, or nobody did. Logs.

Every line names itself ``privacykit:``, for formats that tell no logger. Where no handler is there,
as under plain ``uvicorn app:app``, Python's handler of last resort would write the bare message:
then the level stands before it, as servers write theirs.
"""

from __future__ import annotations

import logging

NAME = "privacykit"
WIDTH = 9
"""Columns of the level with its colon, as uvicorn has them."""

_log = logging.getLogger(NAME)


def say(level: int, line: str, *args: object, early: bool = False) -> None:
    """
    Write a line to the logger ``privacykit``.

    Args:
        level: As of :mod:`logging`.
        line: What is said, without the name; ``%s`` stand for *args*.
        args: What they are filled with.
        early: Whether it is written where nobody configured logging, however low its level.
    """
    last = logging.lastResort
    if _log.disabled or _log.hasHandlers() or last is None:
        _log.log(level, f"{NAME}: {line}", *args)
        return
    unsaid = _log.level == logging.NOTSET and _log.manager.disable < level
    if (early and unsaid) or (level >= last.level and _log.isEnabledFor(level)):
        prefix = f"{logging.getLevelName(level)}:".ljust(WIDTH)
        words = f"{prefix} {NAME}: {line}"
        last.handle(_log.makeRecord(NAME, level, __file__, 0, words, args, None))
