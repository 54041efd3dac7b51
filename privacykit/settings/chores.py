"""What the worker does for people's rights on a timer: the same as the commands, unattended."""

from __future__ import annotations

from collections.abc import Callable

from privacykit.errors import PrivacyKitError
from privacykit.govern.audit import SYSTEM
from privacykit.govern.purge import Limits
from privacykit.settings.ending import Ending
from privacykit.settings.fulfil import Fulfilment
from privacykit.settings.office import Office
from privacykit.settings.proofs import end_consents

EVERY_SECONDS = 600.0
"""How often chores are done."""

LONGEST_SECONDS = 300.0
"""How long one round of retention may take."""

DAY = 86_400.0


class Chores:
    """
    Tells recipients, forgets abandoned plans, runs confirmed rules, ends old proofs of consent.

    Args:
        config: The configuration file.

        clock: Unix seconds.
    """

    def __init__(self, config: str, clock: Callable[[], float]) -> None:
        self._config = config
        self._clock = clock
        self._began = -EVERY_SECONDS
        self._ended = -DAY

    def due(self, now: float) -> bool:
        """Tell whether it is time again."""
        return not 0 <= now - self._began < EVERY_SECONDS  # also when the clock was set back

    def do(self, stop: Callable[[], bool]) -> str:
        """
        Do everything once; without a data map only proofs of consent end.

        Args:
            stop: Asked before each transaction.

        Returns:
            What went wrong, in words without data; empty when nothing did. Nothing is raised:
            the worker goes on.
        """
        self._began = self._clock()
        try:
            office = Office(self._config, self._clock)
            try:
                self._end_consents(office)
                if not office.paths.file(office.settings.datamap.file).exists():
                    return ""
                return self._do(office, stop)
            finally:
                office.close()
        except PrivacyKitError as error:
            return str(error)

    def _end_consents(self, office: Office) -> None:
        now = self._clock()
        if 0 <= now - self._ended < DAY:
            return
        if end_consents(office, SYSTEM):
            office.seal()
        self._ended = now

    def _do(self, office: Office, stop: Callable[[], bool]) -> str:
        office.check_not_older()
        now = office.clock()
        Fulfilment(office, SYSTEM).send_due()
        office.desk.sweep(now=now, actor=SYSTEM)
        office.plans.forget_expired(now)
        office.plans.forget_unsaved(now - 2 * DAY)
        office.suppressions.forget_ended(now)
        behind = []
        for rule, ran in Ending(office).run(Limits(seconds=LONGEST_SECONDS), stop=stop):
            Ending.audit(office, rule, ran, SYSTEM)
            if ran.falling_behind:
                behind.append(rule.name)
        office.seal()
        return f"retention falls behind: {', '.join(behind)}" if behind else ""
