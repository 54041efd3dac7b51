"""
The anonymisation of what was stored before, planned, carried out and audited.

A run may be killed at any moment and is taken up where it stopped: what it did is noted in
``[records]`` after each batch, and what is done twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from privacykit.errors import InputError, PlanError
from privacykit.govern.anonymise.model import (
    AnonymisePlan,
    AnonymiseProgress,
    StepProgress,
    shape,
)
from privacykit.govern.anonymise.run import AnonymiseRun, Told
from privacykit.govern.words import Effect
from privacykit.operate.anonymise.planning import AnonymisePlanning
from privacykit.operate.context import OperatorContext
from privacykit.operate.retention import ServiceClock
from privacykit.pseudonym.addresses.ip import IPMethod
from privacykit.stores.records.operations.anonymisations import SqlAnonymisations

ScrubFile = Callable[[str], str]
"""Replaces a log file by what may be kept of it; returns why it stays as it is, if it does."""

DONE = "done"


class AnonymiseService:
    """
    Applies today's policy to what was stored before.

    Args:
        context: The stores.
        addresses: How the configuration weakens addresses.
    """

    def __init__(self, context: OperatorContext, addresses: IPMethod) -> None:
        self._context = context
        self.planning = AnonymisePlanning(context, addresses)
        self.ledger = SqlAnonymisations(context.engine, context.audit)

    def plan(self, datasets: Sequence[str], logs: Sequence[str], actor: str) -> AnonymisePlan:
        """
        Make a plan and keep it; nothing of the stores is changed.

        Raises:
            InputError: As :meth:`.AnonymisePlanning.plan`.
            DataMapError: As there.
            StoreError: As there.
        """
        made = self.planning.plan(datasets, logs, actor)
        self.ledger.save(made)
        return made

    def found(self, plan_id: str) -> tuple[AnonymisePlan, AnonymiseProgress]:
        """
        Return the plan of the id, or of its beginning, and how far its run got.

        Raises:
            PlanError: There is none, or there are several.
        """
        known = [pair for pair in self.ledger.all() if pair[0].plan_id.startswith(plan_id)]
        if len(known) != 1 or not plan_id:
            raise PlanError("there is no such plan; `privacykit anonymise list` names them")
        return known[0]

    def run(
        self,
        plan_id: str,
        digest: str,
        actor: str,
        *,
        scrub: ScrubFile,
        pause: float = 0.0,
        tell: Told = lambda _name, _done, _all: None,
    ) -> tuple[AnonymisePlan, AnonymiseProgress]:
        """
        Carry a plan out, or go on where a run of it stopped.

        Args:
            plan_id: The plan, or its beginning.
            digest: The digest that was shown with it.
            actor: Key id of the operator.
            scrub: Treats a log file.
            pause: Seconds of rest for each second of work.
            tell: Told of rows as they are done.

        Raises:
            PlanError: There is no such plan, the digest is another's, it is too old to be begun, or
                map or configuration say something else by now (PK352).
            StoreError: A store failed; the same command goes on.
        """
        plan, progress = self.found(plan_id)
        if progress.finished_at is not None:
            return plan, progress
        self._check(plan, progress, digest)
        now = self._context.clock()
        progress = replace(progress, started_at=progress.started_at or now)
        self.ledger.begin(plan, progress, actor=actor, at=now)
        run = AnonymiseRun(
            plan.plan_id,
            progress,
            self.ledger,
            self._context.holds.standing,
            ServiceClock(self._context),
            pause=pause,
            tell=tell,
        )
        for step in plan.steps:
            fields = self.planning.functions(step)
            run.step(step, self.planning.rewriter(step.dataset), fields)
        for log in plan.logs:
            if run.progress.logs.get(log.path) != DONE:
                run.note_log(log.path, scrub(log.path) or DONE)
        run.end(self._context.clock())
        self._audited(plan, run.progress, actor)
        return plan, run.progress

    def remains(self, plan: AnonymisePlan) -> tuple[str, ...]:
        """Return where the values of before may still stand, in the words of each store."""
        found: dict[str, None] = {}
        for dataset in dict.fromkeys(step.dataset for step in plan.steps):
            names = [step.collection for step in plan.steps if step.dataset == dataset]
            settled = self._context.connectors[dataset].settle(names, Effect.LOGICAL, ())
            found |= dict.fromkeys(f"{dataset}: {words}" for words in settled.remains)
        return tuple(found)

    def _check(self, plan: AnonymisePlan, progress: AnonymiseProgress, digest: str) -> None:
        """
        Check that what was shown is what will be done.

        Raises:
            PlanError: It is not.
        """
        if digest != plan.digest:
            raise PlanError(
                "--digest is not that of the plan; `privacykit anonymise list` shows it"
            )
        if progress.started_at is None and self._context.clock() > plan.expires_at:
            raise PlanError("the plan is older than seven days; make another")
        datasets = tuple(dict.fromkeys(step.dataset for step in plan.steps))
        try:
            made = self.planning.collections(datasets) if datasets else ()
        except InputError:
            made = ()
        now = [p.step for p in made if p.step.fields]
        if shape(self.planning.policy(), now) != shape(plan.policy, plan.steps):
            raise PlanError(
                "PK352 data map or configuration say something else than when the plan was made;"
                " make another"
            )

    def _audited(self, plan: AnonymisePlan, progress: AnonymiseProgress, actor: str) -> None:
        detail = {
            "plan": plan.plan_id,
            "collections": {name: _counts(step) for name, step in progress.steps.items()},
            "logs": sum(1 for outcome in progress.logs.values() if outcome == DONE),
        }
        at = self._context.clock()
        self._context.audit.append(actor, "anonymise.finished", detail=detail, at=at)


def _counts(step: StepProgress) -> dict[str, int | None]:
    return {
        "rows": step.rows,
        "changed": step.changed,
        "held": step.held,
        "unreadable": step.unreadable,
        "left": step.left,
    }


def whole(progress: AnonymiseProgress) -> bool:
    """Say whether nothing finer than the policy is left but what holds keep."""
    steps = all(not step.left and not step.unreadable for step in progress.steps.values())
    return steps and all(outcome == DONE for outcome in progress.logs.values())
