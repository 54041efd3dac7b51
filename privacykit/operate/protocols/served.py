"""The served protocols, put together from a configuration: keys, parties, book. Reads files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain

from privacykit.errors import ConfigurationError
from privacykit.operate.context import OperatorContext
from privacykit.operate.protocols.book import OperatorRequestBook
from privacykit.operate.protocols.callbacks import CallbackWords
from privacykit.operate.protocols.form import origin_of
from privacykit.operate.protocols.key_files import key_problem, read_key, require_tokens
from privacykit.operate.protocols.rooms import each_of
from privacykit.recipients.protocols.drp.business import DrpAgent, DrpBusiness, DrpSetup
from privacykit.recipients.protocols.opendsr.messages import may_call
from privacykit.recipients.protocols.opendsr.processor import (
    OpenDsrController,
    OpenDsrProcessor,
    OpenDsrSetup,
)
from privacykit.recipients.protocols.opendsr.signature import fits, private_key, sign
from privacykit.recipients.protocols.opendsr.states import STATES
from privacykit.settings.requests.tables import DdrfTable, DrpTable, OpenDsrTable
from privacykit.web.requests.protocols import ServedProtocol

BASE = "/requests"
"""Below the prefix of our pages."""


def served_protocols(context: OperatorContext) -> tuple[ServedProtocol, ...]:
    """
    Return the protocols that the configuration asks for.

    Raises:
        ConfigurationError: PK370, keys or certificates cannot be used: each that cannot is named.
    """
    return tuple(chain.from_iterable(each_of(_served(context))))


def callback_words(context: OperatorContext) -> Mapping[str, CallbackWords]:
    """
    Return how each channel tells its parties of changes.

    Raises:
        ConfigurationError: PK370, a key or certificate cannot be used.
    """
    return dict(_words(context))


def _ddrf(context: OperatorContext, table: DdrfTable) -> Iterator[ServedProtocol]:
    require_tokens()
    from privacykit.operate.protocols.clients.ddrf import PartnerFiles
    from privacykit.operate.protocols.clients.outgoing import PartyClient
    from privacykit.operate.protocols.ddrf_setup import ddrf_setup
    from privacykit.recipients.protocols.ddrf.recipient import RESOURCE, DdrfRecipient

    files = PartnerFiles(PartyClient(), context.clock)
    setup = ddrf_setup(table, f"{base_of(context)}/ddrf")
    recipient = DdrfRecipient(
        setup,
        files.keys,
        OperatorRequestBook(context),
        context.clock,
        lambda: os.urandom(16).hex(),
    )
    yield ServedProtocol(f"{BASE}/ddrf", ("",), recipient.answer)
    yield ServedProtocol("", (RESOURCE,), recipient.file, at_root=True)


def _served(context: OperatorContext) -> Iterator[Callable[[], list[ServedProtocol]]]:
    table = context.settings.requests
    if (opendsr := table.opendsr) is not None:
        yield lambda: [
            ServedProtocol(f"{BASE}/opendsr", ("/*",), opendsr_of(context, opendsr).answer)
        ]
    if (drp := table.drp) is not None:
        yield lambda: [ServedProtocol(f"{BASE}/drp", ("/*",), drp_of(context, drp).answer)]
    if (ddrf := table.ddrf) is not None:
        yield lambda: list(_ddrf(context, ddrf))


def _words(context: OperatorContext) -> Iterator[tuple[str, CallbackWords]]:
    table = context.settings.requests
    if table.opendsr is not None:
        hosts = {it.id: frozenset(it.callback_hosts) for it in table.opendsr.controllers}
        words = opendsr_of(context, table.opendsr)
        yield (
            "opendsr",
            CallbackWords(
                lambda request: STATES[request.status],
                words.callback,
                partial(_allowed, hosts),
            ),
        )

    if table.drp is not None:
        business = drp_of(context, table.drp)
        called = {it.id: frozenset(it.callback_hosts) for it in table.drp.agents}
        yield "drp", CallbackWords(business.state, business.callback, partial(_allowed, called))


def _allowed(hosts: Mapping[str, frozenset[str]], party: str, urls: Sequence[str]) -> Sequence[str]:
    return [it for it in urls if may_call(it, hosts.get(party, ()))]


def drp_of(context: OperatorContext, table: DrpTable) -> DrpBusiness:
    """Return the business that *table* describes."""
    setup = DrpSetup(
        business_id=table.business_id,
        agents={
            it.id: DrpAgent(
                it.id,
                (it.verify_key,) if isinstance(it.verify_key, str) else tuple(it.verify_key),
                frozenset(it.callback_hosts),
                it.proof,
            )
            for it in table.agents
        },
        place=table.place,
        verification_url=table.user_verification_url or "",
        token_keys=lambda: [key.value for key in context.keys.all("subject")],
    )
    return DrpBusiness(setup, OperatorRequestBook(context), context.clock, os.urandom)


def opendsr_of(context: OperatorContext, table: OpenDsrTable) -> OpenDsrProcessor:
    """
    Return the processor that *table* describes.

    Raises:
        ConfigurationError: PK370.
    """
    key = read_key(table.key, "requests.opendsr.key", private_key)
    pem = certificate_of(context, table)
    if not fits(key, pem):
        raise ConfigurationError(
            key_problem("requests.opendsr.certificate", "it is not the certificate of the key")
        )
    setup = OpenDsrSetup(
        domain=table.domain,
        base=f"{base_of(context)}/opendsr",
        controllers=tuple(
            OpenDsrController(
                it.id, it.token.reveal, frozenset(it.callback_hosts), it.proof, it.place
            )
            for it in table.controllers
        ),
        identities=table.identities,
        certificate=pem,
        old_names=table.old_names,
    )
    book = OperatorRequestBook(context)
    return OpenDsrProcessor(setup, partial(sign, key), book, context.clock)


def certificate_of(context: OperatorContext, table: OpenDsrTable) -> bytes:
    """
    Return our certificate, PEM.

    Raises:
        ConfigurationError: PK370, it cannot be read.
    """
    try:
        return context.paths.file(table.certificate).read_bytes()
    except OSError:
        problem = key_problem("requests.opendsr.certificate", "the file cannot be read")
        raise ConfigurationError(problem) from None


def base_of(context: OperatorContext) -> str:
    """Return the address below which protocols are served."""
    settings = context.settings
    site = settings.site[0].id if settings.site else ""
    return f"{origin_of(context, site)}{settings.choice.prefix}{BASE}"
