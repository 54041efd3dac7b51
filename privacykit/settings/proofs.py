"""How long proofs of consent are kept, and their end. Does I/O."""

from __future__ import annotations

from privacykit.govern.duration import Duration
from privacykit.settings.office import Office
from privacykit.settings.own_map import CONSENTS
from privacykit.stores.held_events import OWN_DATASET


def end_consents(office: Office, actor: str) -> int:
    """
    Erase the consent records that no longer prove anything; put that into the audit log.

    A record is needed while anything rests on it (GDPR Art. 7(1)), and after that as long as claims
    may be made or have to be answered (Art. 17(3)(e)): ``[records] consents``. It counts from the
    withdrawal or from the end of the grant cookie, and never ends before the last event that could
    rest on the record. A hold on our consents, whatever its rows, keeps all of them.

    Returns:
        How many records there were.

    Raises:
        StoreError: The database failed, or is older than its checkpoint.
    """
    now, settings = office.clock(), office.settings
    spans = (settings.records.consents, *(it.retention for it in settings.purposes.values()))
    before = min(Duration(span.months, span.days).before(now) for span in spans)
    if not office.consents.any_ended(before) or _held(office):
        return 0
    office.check_not_older()
    rows = office.consents.forget_ended(before)
    detail = {"rule": f"{OWN_DATASET}.{CONSENTS}", "then": "delete", "rows": rows}
    office.audit.append(actor, "retention.ran", detail=detail)
    return rows


def _held(office: Office) -> bool:
    return any(
        hold.dataset == OWN_DATASET and hold.collection in {CONSENTS, "*"}
        for hold in office.holds.standing()
    )
