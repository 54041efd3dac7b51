"""Recipients that are told by a protocol instead of a webhook. Does network I/O."""

from __future__ import annotations

from functools import cached_property

from privacykit.govern.datamap.model import Recipient
from privacykit.govern.requests.notify import RecipientAnswer, RecipientNotice
from privacykit.operate.context import OperatorContext
from privacykit.operate.protocols.opendsr_client import OpenDsrProcessors
from privacykit.operate.protocols.outgoing import PartyClient
from privacykit.settings.datasets import revealed


class ProtocolForwarding:
    """
    Tells recipients by their protocols.

    Args:
        context: The stores.
        client: What calls; a new one by default.
    """

    def __init__(self, context: OperatorContext, client: PartyClient | None = None) -> None:
        self._context = context
        self._client = client or PartyClient()

    def send(self, recipient: Recipient, url: str, notice: RecipientNotice) -> RecipientAnswer:
        """Tell *recipient* at *url*, or look how far it is with what it was told."""
        token = revealed(recipient.token, self._context.paths) or ""
        return self._opendsr.send(url, token, notice)

    @cached_property
    def _opendsr(self) -> OpenDsrProcessors:
        return OpenDsrProcessors(self._context, self._client)
