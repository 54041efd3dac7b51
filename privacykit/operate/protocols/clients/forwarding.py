"""Recipients that are told by a protocol instead of a webhook. Does network I/O."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from privacykit.govern.datamap.model import Recipient
from privacykit.govern.requests.notify import RecipientAnswer, RecipientNotice
from privacykit.operate.context import OperatorContext
from privacykit.operate.protocols.clients.opendsr import OpenDsrProcessors
from privacykit.operate.protocols.clients.outgoing import PartyClient
from privacykit.operate.protocols.key_files import require_tokens
from privacykit.settings.datasets import revealed

if TYPE_CHECKING:
    from privacykit.operate.protocols.clients.ddrf import DdrfVendors


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
        if recipient.protocol == "ddrf":
            vendors = self._vendors
            if vendors is None:
                return RecipientAnswer("failed", "no [requests.ddrf] to sign with")
            return vendors.send(url, notice)
        token = revealed(recipient.token, self._context.paths) or ""
        return self._opendsr.send(url, token, notice)

    @cached_property
    def _vendors(self) -> DdrfVendors | None:
        table = self._context.settings.requests.ddrf
        if table is None:
            return None
        require_tokens()
        from privacykit.operate.protocols.clients.ddrf import DdrfVendors
        from privacykit.operate.protocols.ddrf_setup import ddrf_setup

        return DdrfVendors(self._context, self._client, ddrf_setup(table, ""))

    @cached_property
    def _opendsr(self) -> OpenDsrProcessors:
        return OpenDsrProcessors(self._context, self._client)
