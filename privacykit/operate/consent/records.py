"""Consent records in an operator's hands: the archive, and its head in the audit log. Does I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from privacykit.collect.consent.receipts import ReceiptMaker
from privacykit.collect.ports import ConsentRecord
from privacykit.govern.erasure.context import sessions
from privacykit.govern.erasure.event_keys import CONSENT_RECORD
from privacykit.govern.identity.find_person import find_person
from privacykit.govern.records import Identity
from privacykit.govern.requests.reached import check_reached
from privacykit.operate.context import OperatorContext
from privacykit.operate.own.events import OwnEvents
from privacykit.pseudonym.visitor import consented_id
from privacykit.settings.consent.receipts import receipt_terms
from privacykit.stores.records.audit_keys import audit_keys
from privacykit.stores.records.consent.archive import (
    ChainHead,
    ChainReport,
    ConsentArchive,
    chain_head,
)
from privacykit.stores.records.consent.chain import SEALED


def archive_of(context: OperatorContext) -> ConsentArchive:
    """Return the consent records of *context*."""
    return ConsentArchive(context.engine, audit_keys(context.keys))


def seal_consents(context: OperatorContext, actor: str) -> bool:
    """
    Put the head of the consent records into the audit log, if it moved; tell whether it did.

    Whoever then exchanges the whole table for an older one has to exchange the audit log too, and
    that is found by the checkpoint kept apart from it.

    Raises:
        StoreError: The database failed, or is older than its checkpoint.
    """
    head = chain_head(context.engine)
    if head is None or head.size <= max((seal.size for seal in seals(context)), default=0):
        return False
    context.check_not_older()
    context.audit.append(actor, SEALED, detail={"size": head.size, "hash": head.hash})
    return True


def seals(context: OperatorContext) -> Iterator[ChainHead]:
    """
    Yield the heads of the consent records that the audit log holds.

    Raises:
        StoreError: The database failed.
    """
    for logged in context.audit.entries():
        said = logged.detail
        if logged.entry.action == SEALED and logged.genuine and isinstance(said, dict):
            yield ChainHead(int(said["size"]), str(said["hash"]))


def verify_consents(context: OperatorContext) -> ChainReport:
    """
    Check every consent record against its chain, and that against the audit log.

    Raises:
        StoreError: The database failed.
    """
    return archive_of(context).verify(seals(context))


def records_of_person(
    context: OperatorContext, identities: Sequence[Identity]
) -> tuple[ConsentRecord, ...]:
    """
    Return the consent records that lead to a person: named, or named by events of theirs.

    A person is found as a request finds them; events of a person who is known lead to the record
    they rest on, by its name or by the visitor id that is made of it. Where neither is kept with an
    event, nothing leads there. A browser that two people share may have given one consent for both.

    Args:
        context: The stores.
        identities: What names the person.

    Raises:
        PlanError: Rows of a second person were reached: nothing is shown.
        StoreError: A store failed.
    """
    named = {known.value for known in identities if known.type == CONSENT_RECORD}
    if len(named) < len(identities):
        named |= _named_by_events(context, identities)
    records = (context.consents.get(record) for record in sorted(named))
    return tuple(sorted((it for it in records if it), key=lambda it: it.given_at))


def _named_by_events(context: OperatorContext, identities: Sequence[Identity]) -> set[str]:
    with sessions(context.means):
        reach = find_person(context.means, identities)
        check_reached(context.means, reach, "")
    found = OwnEvents(context, (*identities, *reach.subject.identities)).traces
    named = {key for kind, key in found if kind == "record"}
    visitors: set[str | None] = set()
    with context.events() as store:
        if store is not None:
            visitors |= {it.visitor for trace in found for it in store.of_subject(*trace)}
    with context.outbox() as outbox:
        for row in (row for trace in found for row in outbox.of_subject(*trace)):
            visitors.add(row.envelope.visitor)
            named |= {row.envelope.record} if row.envelope.record else set()
    return named | _made_of(context, visitors)


def _made_of(context: OperatorContext, visitors: Collection[str | None]) -> set[str]:
    """Return the records that consented visitor ids are made of; the id itself tells none."""
    keys = [key.value for key in context.keys.all("subject")]
    return {
        record.record
        for record in (archive_of(context).records() if visitors else ())
        if any(consented_id(key, record.record) in visitors for key in keys)
    }


def receipt_maker(context: OperatorContext, site: str) -> ReceiptMaker:
    """Return what makes the receipts of *site*."""
    terms = receipt_terms(context.settings, site)
    return ReceiptMaker(terms, context.signer, context.public_keys)
