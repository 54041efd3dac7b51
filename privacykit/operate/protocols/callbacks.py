"""
Status callbacks: a party is told whenever the state of what it filed changes. Does network I/O.

A state is told until the party takes it, ever more seldom; the newest state only, so that what is
told last holds. Where nobody answers for four weeks, it is not told any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from privacykit.errors import BackendError
from privacykit.govern.records import SubjectRequest
from privacykit.govern.requests.lifecycle import OPEN
from privacykit.govern.requests.notify import MOST_TRIES, WAITS
from privacykit.operate.context import OperatorContext
from privacykit.operate.protocols.clients.outgoing import PartyClient
from privacykit.recipients.protocols.book import FiledOrder
from privacykit.stores.records.arriving.channels import RequestChannel

LOOK_SECONDS = 300.0
"""How often a request that may still change is looked at."""

StatusCall = tuple[bytes, dict[str, str]]
"""Body and headers of one callback."""


class CallbackWords(msgspec.Struct, frozen=True):
    """
    What a protocol says of a state.

    Attributes:
        state: Returns what is told of a request, as one word that changes when that does.
        call: Returns the callback that tells a URL how it stands.
        allowed: Returns which of the URLs may be called (still).
    """

    state: Callable[[SubjectRequest], str]
    call: Callable[[FiledOrder, str], StatusCall]
    allowed: Callable[[str, Sequence[str]], Sequence[str]]


class StatusCallbacks:
    """
    Tells parties.

    Args:
        context: The stores.
        words: Of each channel.
        client: What calls.
    """

    def __init__(
        self, context: OperatorContext, words: Mapping[str, CallbackWords], client: PartyClient
    ) -> None:
        self._context = context
        self._words = words
        self._client = client

    def send_due(self) -> int:
        """
        Tell what changed; return how many calls were taken.

        Raises:
            StoreError: A store failed; do it again.
        """
        taken = 0
        for channel in self._context.channels.due(self._context.clock()):
            after, told = self._looked_at(channel)
            self._context.channels.note(after)
            taken += told
        return taken

    def _looked_at(self, channel: RequestChannel) -> tuple[RequestChannel, int]:
        now = self._context.clock()
        words = self._words.get(channel.channel)
        filed = self._context.requests.load(channel.request_id)
        if words is None or filed is None:
            return _noted(channel, next_at=None), 0
        request = filed.request
        state = words.state(request)
        if state == channel.told:
            later = now + LOOK_SECONDS if request.status in OPEN else None
            return _noted(channel, next_at=later, tries=0), 0
        order = FiledOrder(request, channel.channel, channel.party, channel.digest, channel.details)
        urls = words.allowed(channel.party, channel.details.get("callbacks") or ())
        taken = [self._told(url, *words.call(order, url)) for url in urls]
        if all(taken):
            return _noted(channel, told=state, tries=0, next_at=now + LOOK_SECONDS), len(urls)
        tries = channel.tries + 1
        if tries >= MOST_TRIES:
            return _noted(channel, told=state, tries=0, next_at=now + LOOK_SECONDS), 0
        return _noted(channel, tries=tries, next_at=now + WAITS[min(tries, len(WAITS)) - 1]), 0

    def _told(self, url: str, body: bytes, headers: Mapping[str, str]) -> bool:
        try:
            answer = self._client.call("POST", url, headers=headers, body=body)
        except BackendError:
            return False
        return 200 <= answer.status < 300  # noqa: PLR2004 - HTTP: success


def _noted(channel: RequestChannel, **changes: object) -> RequestChannel:
    return msgspec.structs.replace(channel, **changes)
