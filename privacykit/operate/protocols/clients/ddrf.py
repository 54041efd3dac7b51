"""
Partners of the Data Deletion Request Framework: their files read, requests sent. Does network I/O.

A partner's file is kept for an hour at most, and read again where a signature does not fit it, but
not more often than once in five minutes, by one at a time: what strangers send must not make us
call others, nor wait for them. Who comes while a file is read gets the last one known, or none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from urllib.parse import urlsplit

import msgspec

from privacykit.errors import BackendError
from privacykit.govern.requests.notify import RecipientAnswer, RecipientNotice, named
from privacykit.operate.context import OperatorContext
from privacykit.operate.protocols.clients.outgoing import PartyClient
from privacykit.recipients.protocols.ddrf.recipient import RESOURCE, DdrfSetup
from privacykit.recipients.protocols.ddrf.requester import (
    STEP,
    VendorFile,
    identifier_for,
    read_receipt,
    read_vendor_file,
    request_token,
)
from privacykit.recipients.protocols.ddrf.tokens import TokenKey, read_keys, unverified_claims

KEPT_SECONDS, LEAST_SECONDS = 3600.0, 300.0
OK = 200
_OURSELVES = frozenset({"localhost", "127.0.0.1"})


class PartnerFiles:
    """
    Reads ``dsrdelete.json`` of domains that are believed.

    Args:
        client: What calls.
        clock: Unix seconds.
    """

    def __init__(self, client: PartyClient, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock
        self._known: dict[str, tuple[float, VendorFile | None]] = {}
        self._reading: set[str] = set()
        self._lock = Lock()

    def of(self, domain: str, *, anew: bool = False) -> VendorFile | None:
        """Return what *domain* publishes; ``None`` where that cannot be read."""
        now = self._clock()
        with self._lock:
            at, known = self._known.get(domain, (float("-inf"), None))
            least = LEAST_SECONDS if anew or known is None else KEPT_SECONDS
            if domain in self._reading or now - at < least:
                return known
            self._known[domain] = (now, known)
            self._reading.add(domain)
        read = known
        try:
            read = self._read(domain, known)
        finally:
            with self._lock:
                self._known[domain] = (now, read)
                self._reading.discard(domain)
        return read

    def keys(self, domain: str, anew: bool = False) -> Sequence[TokenKey]:
        """Return the keys that *domain* publishes."""
        found = self.of(domain, anew=anew)
        return [] if found is None else read_keys(found.keys)

    def _read(self, domain: str, known: VendorFile | None) -> VendorFile | None:
        try:
            answer = self._client.call("GET", f"{_origin(domain)}{RESOURCE}")
        except BackendError:
            return known
        return read_vendor_file(answer.body) if answer.status == OK else known


class DdrfVendors:
    """
    Tells recipients.

    Args:
        context: The stores.
        client: What calls.
        setup: Ours: domain, keys, names of identifiers.
    """

    def __init__(self, context: OperatorContext, client: PartyClient, setup: DdrfSetup) -> None:
        self._context = context
        self._client = client
        self._setup = setup
        self._files = PartnerFiles(client, context.clock)

    def send(self, url: str, notice: RecipientNotice) -> RecipientAnswer:
        """
        Tell the recipient of the domain of *url* about each identity that it takes.

        What it acknowledged is not sent again; all of them have to be.
        """
        domain = urlsplit(url).netloc
        vendor = self._files.of(domain)
        if vendor is None:
            return RecipientAnswer("pending", "its dsrdelete.json cannot be read")
        body = msgspec.json.decode(notice.body, type=dict[str, object])
        if body["data"]["subject_request_type"] != "erasure":  # type: ignore[index]
            return RecipientAnswer("unable", "the framework only deletes", left=b"")
        names = {it.identity: it.type for it in self._setup.identifiers}
        told = [
            it
            for person in named(notice.body)
            if (it := identifier_for(person, names, vendor.identifiers)) is not None
        ]
        if not told:
            return RecipientAnswer("unable", "it takes no identifier of this person", left=b"")
        done, original = set(body.get(STEP, ())), self._original(notice.request_id)  # type: ignore[call-overload]
        for index, one in enumerate(told):
            if index in done:
                continue
            number = f"{notice.notice_id}-{index}"
            token = request_token(
                one,
                self._setup.domain,
                self._setup.keys[0],
                self._context.clock(),
                number,
                original,
            )
            answer = self._sent(vendor, domain, token)
            if answer.status != "acknowledged":
                left = msgspec.json.encode(body | {STEP: sorted(done)})
                return msgspec.structs.replace(answer, left=left)
            done.add(index)
        return RecipientAnswer("acknowledged", notice.notice_id)

    def _sent(self, vendor: VendorFile, domain: str, token: str) -> RecipientAnswer:
        try:
            answer = self._client.call(
                "POST",
                vendor.endpoint,
                headers={"content-type": "application/json"},
                body=msgspec.json.encode({"rqJWT": token}),
                written=_origin(domain),
            )
        except BackendError as error:
            return RecipientAnswer("pending", str(error)[:100])
        keys = self._files.keys(domain)
        read = read_receipt(answer.status, answer.body, token, domain, keys)
        if read.status == "pending" and answer.status:
            keys = self._files.keys(domain, anew=True)
            read = read_receipt(answer.status, answer.body, token, domain, keys)
        return read

    def _original(self, request_id: str) -> str:
        """Return the identity token with which the request came to us; empty where it did not."""
        for channel in self._context.channels.of(request_id):
            if channel.channel == "ddrf" and channel.private:
                return str(unverified_claims(channel.private.decode())["idJWT"])
        return ""


def _origin(domain: str) -> str:
    """Return the address of *domain*, which the operator wrote."""
    scheme = "http" if domain.partition(":")[0] in _OURSELVES else "https"
    return f"{scheme}://{domain}"
