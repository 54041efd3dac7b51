"""The keys of sealed fields as operators and erasures use them. Opens stores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import inspect

from privacykit.collect.ports import Envelope
from privacykit.errors import ConfigurationError, DataMapError, InputError, StoreError
from privacykit.govern.erasure.event_keys import CUSTOMER_ID, called_by, traces
from privacykit.govern.flow import PlanOutcome
from privacykit.govern.identity.usable import names_somebody
from privacykit.govern.records import Effect, Evidence, Identity, StepResult
from privacykit.govern.requests.receipt import with_held
from privacykit.operate.context import OperatorContext
from privacykit.operate.own.proofs import held_whole
from privacykit.operate.records.own_steps import OwnRemoval, OwnRows, OwnStep
from privacykit.sealing.ids import EMAIL
from privacykit.sealing.seal import Sealed
from privacykit.stores.database.engine import reading
from privacykit.stores.key_file import Key
from privacykit.stores.keys import load_keys
from privacykit.stores.sealing.keys import SqlSealingKeys
from privacykit.stores.sealing.tables import SEALING

NOT_COVERED = (
    "copies that consumers opened and kept (indexes, caches, warehouses) stay readable",
    "backups of the key store and of the key file hold the key as long as they are kept",
    "readers may keep a key in memory for up to 300 seconds; memory and swap are not searched",
    "what stands in the clear beside sealed fields, record keys and headers included, stays",
)
"""What the level *unreadable* does not cover, for receipts."""


def sealing_keys(context: OperatorContext) -> SqlSealingKeys:
    """
    Return the key store.

    Raises:
        ConfigurationError: PK123, the key file has no key for ``sealing``.
        StoreError: The database failed.
    """

    def suppressed(whom: Sealed) -> bool:
        return _is_kept_away(context, Identity(whom.identity, whom.value), whom.purpose)

    def reload() -> tuple[Key, ...]:
        try:
            return load_keys(context.paths.file(context.settings.keys.file)).all("sealing")
        except ConfigurationError as error:
            raise StoreError(f"PK388 the key file cannot be read anew: {error}") from None

    return SqlSealingKeys(
        context.engine,
        context.keys.all("sealing"),
        context.keys.all("subject"),
        suppressed,
        context.clock,
        reload,
    )


def _is_kept_away(context: OperatorContext, known: Identity, purpose: str) -> bool:
    """
    Tell whether no key may be made of whom *known* names.

    Who gave an address is stopped by the numbers, too, that were found of them: they have no
    suppression, which outlives what was found, but an order to stop. A placeholder is nobody: no
    request could ever destroy what many share.
    """
    if not names_somebody(known) or context.suppressions.contains([known], context.clock()):
        return True
    said = context.settings.events.identified_by
    try:
        numbers = called_by(said, context.datamap)
    except DataMapError:
        # Producers seal without a map, too.
        numbers = frozenset(said or {CUSTOMER_ID})
    asked = [
        Envelope(key, "", purpose, 0, (), subject=key)
        for kind, key in traces([it.value for it in context.keys.all("subject")], [known], numbers)
        if kind == "subject"
    ]
    return bool(context.consents.stopped(asked))


def is_used(context: OperatorContext) -> bool:
    """
    Tell whether anything was ever sealed.

    Raises:
        StoreError: The database failed.
    """
    with reading(context.engine) as connection:
        return inspect(connection).has_table(SEALING)


def references(keys: SqlSealingKeys, identities: Iterable[Identity]) -> list[bytes]:
    """Return every reference under which the keys of a person may be."""
    found: dict[bytes, None] = {}
    for identity in identities:
        if identity.format == "raw" and not identity.parts and identity.value.strip():
            found |= dict.fromkeys(keys.references(identity.type, identity.value))
    return list(found)


def sealing_steps(
    context: OperatorContext, identities: Iterable[Identity], actor: str, request_id: str
) -> tuple[OwnStep, ...]:
    """
    Return how an erasure destroys the keys of a person; nothing where nothing was ever sealed.

    The level reached is ``unreadable``, with what that does not cover, or ``logical`` where the key
    still stands in a file or a server's log.

    Args:
        context: The stores.
        identities: What names the person, given and found.
        actor: Who does it.
        request_id: The request.

    Raises:
        StoreError: The database failed: do it again.
    """
    if not is_used(context):
        return ()
    keys = sealing_keys(context)
    theirs = references(keys, identities)

    def count() -> OwnRows:
        number = keys.number(theirs)
        return OwnRows(0, number) if held_whole(context, SEALING) else OwnRows(number)

    def remove(again: bool) -> OwnRemoval:
        done = keys.destroy(theirs, context.audit, actor, request_id=request_id, again=again)
        remains = (done.remains, *NOT_COVERED) if done.remains else NOT_COVERED
        effect = Effect.LOGICAL if done.remains else Effect.UNREADABLE
        return OwnRemoval(done.keys, effect, Evidence(remains=remains))

    return (OwnStep(SEALING, count, remove),)


def with_ours(outcome: PlanOutcome, ours: tuple[StepResult, ...]) -> PlanOutcome:
    """Return how an erasure ended, with what was done in stores of ours, or kept by a hold."""
    status, ground = with_held(outcome.status, outcome.justification, ours)
    results = (*outcome.results, *ours)
    return replace(outcome, results=results, status=status, justification=ground)


def identity_of(email: str, identities: Iterable[str]) -> list[Identity]:
    """
    Return what the options of a command name.

    Args:
        email: An address; may be empty.
        identities: Further ones, ``type=value``.

    Raises:
        InputError: One is not of that form, or none is given.
    """
    found = [Identity(EMAIL, email)] if email else []
    for text in identities:
        kind, equals, value = text.partition("=")
        if not equals or not kind or not value.strip():
            raise InputError("an identity is written type=value")
        found.append(Identity(kind, value))
    if not found:
        raise InputError("say whose keys: --email or --identity TYPE=VALUE, or --period")
    return found
