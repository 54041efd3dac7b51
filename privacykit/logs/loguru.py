"""A patcher for loguru: its records weakened before any of its handlers sees them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from privacykit.logs.addresses import NOTHING, Weaken
from privacykit.logs.processor import WITHHELD
from privacykit.logs.weakener import Weakener, trace_of
from privacykit.personal.objects import personal_texts

if TYPE_CHECKING:
    from loguru import Record

SHORTEST = 3
"""Characters that are looked for in a message wherever they stand; fewer only as a word."""


class PrivacyPatcher:
    """
    Weaken loguru's records in place as :class:`.Weakener` does: message, ``extra``, exception.

    Pass it to ``logger.configure(patcher=...)``. A traceback is put under the message, without what
    the exceptions say and without the values of variables that ``diagnose`` would show. A record
    that cannot be weakened says so, and nothing else. What is named in a message goes by its name,
    ``logger.info("for {email}", email=email)``. What ``logger.patch`` adds comes later and is
    not seen. An object with marked fields (:class:`.Personal`) goes into a message by name,
    ``logger.info("{user}", user=user)``: one without a name is text before anybody is asked.

    Args:
        weaken: As for :class:`.PrivacyProcessor`.
    """

    def __init__(self, weaken: Weaken | None = None) -> None:
        self._weakener = Weakener(weaken)

    def __call__(self, record: Record) -> None:
        """Weaken *record* in place."""
        told, error = record["message"], record["exception"]
        extra: dict[Any, Any] = dict(record["extra"])
        record["message"], record["exception"] = WITHHELD, None
        record["extra"].clear()
        try:
            shown = self._weakener.arguments(extra)
            for name, value in extra.items():
                told = _without(told, value, shown[name])
            message = self._weakener.text(told)
            if error is not None and error.value is not None:
                message += f"\n{trace_of(error.value)}"
            record["extra"].update(
                {str(name): value for name, value in self._weakener.mapping(extra).items()}
            )
            record["message"] = message
        except Exception:  # noqa: BLE001 - P2: what cannot be weakened is not logged
            record["extra"].clear()


def _without(message: str, value: object, shown: object) -> str:
    """Return *message* with *shown* for what a format may have put there of *value*."""
    if shown is value:
        return message
    for text in (str(value), repr(value)):
        message = _replaced(message, text, str(shown))
    for text in personal_texts(value):
        message = _replaced(message, text, NOTHING)
    return message


def _replaced(message: str, text: str, shown: str) -> str:
    if len(text) >= SHORTEST:
        return message.replace(text, shown)
    return re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", lambda _: shown, message) if text else message
