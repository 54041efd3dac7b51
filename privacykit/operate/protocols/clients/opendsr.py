"""
Processors that are told by OpenDSR: discovery, certificate, request, state. Does network I/O.

The certificate is fetched anew by every process, and once more where a signature does not fit it:
a processor may have renewed it.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from privacykit.errors import BackendError, KeyMaterialError
from privacykit.govern.requests.notify import RecipientAnswer, RecipientNotice
from privacykit.operate.context import OperatorContext
from privacykit.operate.protocols.clients.outgoing import PartyAnswer, PartyClient
from privacykit.recipients.protocols.opendsr.controller import (
    CREATED,
    OK,
    asked_before,
    is_signed,
    opendsr_number,
    read_created,
    read_status,
    request_body,
    supported_by,
)
from privacykit.recipients.protocols.opendsr.signature import certified_key

Known = tuple[RSAPublicKey, frozenset[tuple[str, str]]]
BAD_SIGNATURE = "the signature of the answer is not the processor's"


class OpenDsrProcessors:
    """
    Tells processors.

    Args:
        context: The stores.
        client: What calls.
    """

    def __init__(self, context: OperatorContext, client: PartyClient) -> None:
        self._context = context
        self._client = client
        self._known: dict[str, Known] = {}

    def send(self, url: str, token: str, notice: RecipientNotice) -> RecipientAnswer:
        """
        Tell the processor at *url*, or look how far it is.

        Args:
            url: The base of its routes, with the version: ``https://processor.example/2``.
            token: What it wants to see, as a bearer token; empty for none.
            notice: What it is told.
        """
        base, number = url.rstrip("/"), opendsr_number(notice.notice_id)
        try:
            _, supported = self._processor(base)
            headers = {"authorization": f"Bearer {token}"} if token else {}
            if asked_before(notice.body):
                answer = self._client.call("GET", f"{base}/requests/{number}", headers=headers)
                if answer.status == OK and not self._is_signed(base, answer):
                    return RecipientAnswer("pending", BAD_SIGNATURE)
                return read_status(answer.status, answer.body, number)
            sent = request_body(notice.body, number, self._context.clock(), supported)
            if sent is None:
                return RecipientAnswer("unable", "OpenDSR has no word for it", left=b"")
            headers["content-type"] = "application/json"
            answer = self._client.call("POST", f"{base}/requests", headers=headers, body=sent)
            if answer.status == CREATED and not self._is_signed(base, answer):
                return RecipientAnswer("pending", BAD_SIGNATURE)
            return read_created(answer.status, answer.body, sent, notice.body, number)
        except (BackendError, KeyMaterialError) as error:
            return RecipientAnswer("pending", str(error)[:100])

    def _is_signed(self, base: str, answer: PartyAnswer) -> bool:
        domain = urlsplit(base).hostname or ""
        key, _ = self._processor(base)
        if is_signed(answer.headers, answer.body, domain, key):
            return True
        del self._known[base]
        key, _ = self._processor(base)
        return is_signed(answer.headers, answer.body, domain, key)

    def _processor(self, base: str) -> Known:
        """
        Return the key and the abilities of the processor at *base*.

        Raises:
            BackendError: Its discovery or its certificate cannot be read.
            KeyMaterialError: No authority vouches for the certificate.
        """
        if base in self._known:
            return self._known[base]
        told = supported_by(self._fetched(f"{base}/discovery"))
        if told is None:
            raise BackendError("the discovery of the processor cannot be read")
        where, supported = told
        domain = urlsplit(base).hostname or ""
        if not _is_at(where, domain):
            raise BackendError("the certificate is not at the processor's own domain")
        pem, now = self._fetched(where, base), self._context.clock()
        self._known[base] = (certified_key(pem, domain, self._roots(), now), supported)
        return self._known[base]

    def _fetched(self, url: str, written: str | None = None) -> bytes:
        answer = self._client.call("GET", url, written=written)
        if answer.status != OK:
            raise BackendError(f"the processor's own pages answer {answer.status or 'nothing'}")
        return answer.body

    def _roots(self) -> list[x509.Certificate]:
        named = self._context.settings.requests.authorities
        path = self._context.paths.file(named) if named else ssl.get_default_verify_paths().cafile
        try:
            return x509.load_pem_x509_certificates(Path(path or "").read_bytes())
        except (OSError, ValueError):
            raise BackendError("the authorities that are trusted cannot be read") from None


def _is_at(url: str, domain: str) -> bool:
    try:
        return urlsplit(url).hostname == domain
    except ValueError:
        return False
