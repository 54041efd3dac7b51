"""Proofs of consent and choices of accounts, how long they are kept, and their end. Does I/O."""

from __future__ import annotations

from privacykit.govern.datamap.duration import Duration
from privacykit.operate.context import OperatorContext
from privacykit.operate.own.datamap import ACCOUNTS, CONSENTS
from privacykit.settings.model import Settings
from privacykit.settings.values import DurationText
from privacykit.signals.choice.time import GRANT_SECONDS
from privacykit.stores.events.held_events import OWN_DATASET
from privacykit.stores.records.consent.accounts import SqlAccountChoices


def end_consents(context: OperatorContext, actor: str) -> int:
    """
    Erase the consent records that no longer prove anything; put that into the audit log.

    A record is needed while anything rests on it (GDPR Art. 7(1)), and after that as long as claims
    may be made or have to be answered (Art. 17(3)(e)): ``[records] consents``. It counts from the
    withdrawal or from the end of the grant cookie, and never ends before the last event that could
    rest on the record. A hold on our consents, whatever its rows, keeps all of them.
    Nothing rests on a refusal, which names nobody: ``[records] refusals`` counts from its time.
    The choice of an account, as long as nobody confirms it, ends as a grant made then would.

    Returns:
        How many records and choices there were.

    Raises:
        StoreError: The database failed, or is older than its checkpoint.
    """
    now, settings = context.clock(), context.settings
    before, refused_before = ended_before(settings, now)
    rows = 0
    if context.consents.any_ended(before, refused_before) and not held_whole(context, CONSENTS):
        context.check_not_older()
        rows = context.consents.forget_ended(before, refused_before, now)
        _audit(context, actor, CONSENTS, rows)
    return rows + _end_choices(context, actor, before - GRANT_SECONDS)


def accounts_of(context: OperatorContext) -> SqlAccountChoices:
    """Return the choices of accounts in the stores of *context*."""
    return SqlAccountChoices(context.engine, lambda: context.keys.all("subject"))


def held_whole(context: OperatorContext, collection: str) -> bool:
    """Tell whether a hold on *collection* of our own, whatever its rows, keeps all of it."""
    return any(
        hold.dataset == OWN_DATASET and hold.collection in {collection, "*"}
        for hold in context.holds.standing()
    )


def _end_choices(context: OperatorContext, actor: str, before: float) -> int:
    accounts = accounts_of(context)
    if not accounts.any_before(before) or held_whole(context, ACCOUNTS):
        return 0
    context.check_not_older()
    rows = accounts.forget_before(before)
    _audit(context, actor, ACCOUNTS, rows)
    return rows


def _audit(context: OperatorContext, actor: str, collection: str, rows: int) -> None:
    detail = {"rule": f"{OWN_DATASET}.{collection}", "then": "delete", "rows": rows}
    context.audit.append(actor, "retention.ran", detail=detail)


def ended_before(settings: Settings, now: float) -> tuple[float, float]:
    """
    Return how far back proofs are kept.

    Returns:
        Unix seconds: consents that ended before the first prove nothing any more, nor do refusals
        that were made before the second.
    """
    spans = (settings.records.consents, *(it.retention for it in settings.purposes.values()))
    return min(_before(span, now) for span in spans), _before(settings.records.refusals, now)


def _before(span: DurationText, now: float) -> float:
    return Duration(span.months, span.days).before(now)
