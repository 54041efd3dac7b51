"""Scheduled jobs for people's rights: the same as the commands, unattended."""

from __future__ import annotations

from collections.abc import Callable

from privacykit.errors import PrivacyKitError
from privacykit.govern.audit.chain import SYSTEM
from privacykit.govern.retention.run import Limits
from privacykit.operate.approval import Approval
from privacykit.operate.consent.records import seal_consents
from privacykit.operate.context import OperatorContext
from privacykit.operate.fulfil import Fulfilment
from privacykit.operate.own.proofs import end_consents
from privacykit.operate.protocols.telling import tell_parties
from privacykit.operate.retention import KeepsFigures, RetentionService, maps_nothing
from privacykit.stores.records.operations.incidents import forget_incidents

EVERY_SECONDS = 600.0
"""How often chores are done."""

LONGEST_SECONDS = 300.0
"""How long one round of retention may take."""

DAY = 86_400.0


class ScheduledJobs:
    """
    Tells recipients, forgets abandoned plans, runs confirmed rules, ends and seals consent records.

    Args:
        config: The configuration file.
        clock: Unix seconds.
        figures: What keeps figures before events of our own store go.
    """

    def __init__(
        self,
        config: str,
        clock: Callable[[], float],
        figures: KeepsFigures | None = None,
    ) -> None:
        self._config = config
        self._clock = clock
        self._figures = figures
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
            context = OperatorContext(self._config, self._clock)
            try:
                self._end_consents(context)
                trouble = self._end_events(context)
                if maps_nothing(context):
                    return trouble
                return "; ".join(filter(None, (self._do(context, stop), trouble)))
            finally:
                context.close()
        except PrivacyKitError as error:
            return str(error)

    def _end_events(self, context: OperatorContext) -> str:
        """Drop events that are over, where their figures are kept first; return what went wrong."""
        if not context.settings.reports.keep or not context.settings.collects:
            return ""
        try:
            _, kept = RetentionService(context).events(self._figures)
        except PrivacyKitError as error:
            return f"no event was dropped, since figures could not be kept: {error}"
        if kept:
            RetentionService.audit_figures(context, kept, SYSTEM)
            context.seal()
        return ""

    def _end_consents(self, context: OperatorContext) -> None:
        now = self._clock()
        if 0 <= now - self._ended < DAY:
            return
        ended = end_consents(context, SYSTEM)
        if seal_consents(context, SYSTEM) or ended:
            context.seal()
        forget_incidents(context.engine, now)
        self._ended = now

    def _do(self, context: OperatorContext, stop: Callable[[], bool]) -> str:
        context.check_not_older()
        now = context.clock()
        Fulfilment(context, SYSTEM).send_due()
        Approval(context, SYSTEM).sweep()
        context.desk.sweep(now=now, actor=SYSTEM)
        context.plans.forget_expired(now)
        context.plans.forget_unsaved(now - 2 * DAY)
        context.suppressions.forget_ended(now)
        behind = []
        for rule, ran in RetentionService(context).run(Limits(seconds=LONGEST_SECONDS), stop=stop):
            RetentionService.audit(context, rule, ran, SYSTEM)
            if ran.falling_behind:
                behind.append(rule.name)
        tell_parties(context)
        context.seal()
        return f"retention falls behind: {', '.join(behind)}" if behind else ""
