"""Parties told of what became of their requests, and what names people forgotten. Does I/O."""

from __future__ import annotations

from privacykit.govern.requests.lifecycle import OPEN
from privacykit.operate.context import OperatorContext


def tell_parties(context: OperatorContext) -> int:
    """
    Tell every party what changed; forget what channels still say of people that are answered.

    Returns:
        How many callbacks were taken.

    Raises:
        StoreError: A store failed; do it again.
        ConfigurationError: A key or certificate of a protocol cannot be used.
    """
    for request_id in context.channels.naming():
        filed = context.requests.load(request_id)
        # What finds the person is erased with the answer, but for a refusal, which is kept a while.
        if filed is None or not (filed.request.status in OPEN or filed.request.subject_identities):
            context.channels.forget(request_id)
    if not context.settings.requests.served:
        return 0
    from privacykit.operate.protocols.callbacks import StatusCallbacks
    from privacykit.operate.protocols.clients.outgoing import PartyClient
    from privacykit.operate.protocols.served import callback_words

    words = callback_words(context)
    if not words:
        return 0
    with PartyClient() as client:
        return StatusCallbacks(context, words, client).send_due()
