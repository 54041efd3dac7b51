"""Statements about protection, each of which a verification can disprove. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.documents.facts.gather import DocumentFacts, DocumentInput
from privacykit.documents.facts.parts import CONFIG, PRODUCT
from privacykit.documents.facts.visits import NO_ADDRESS
from privacykit.documents.statement import (
    NoticeItem,
    NoticeStatement,
    StatementKind,
    StatementSource,
)
from privacykit.documents.values import Value
from privacykit.pseudonym.addresses.ip import PRESETS
from privacykit.pseudonym.addresses.truncation import DEFAULT_IPV4_BITS, DEFAULT_IPV6_BITS

REVERSED = "reverse-truncate"
"""The mode that keeps the host part: for research, and no protection to speak of."""


def protection_statements(facts: DocumentFacts, given: DocumentInput) -> Iterator[NoticeStatement]:
    """Yield what is done to protect the data, as the configuration has it done."""
    settings = given.settings
    if settings.collects:
        yield _address(given)
        modes = {table.visitor for table in settings.purposes.values()}
        if "day" in modes:
            yield _protects("ids_day", "purposes", "visitors", "salts")
        if "consented" in modes:
            yield _protects("ids_consented", "purposes", "consent")
        yield _protects("asked_first", "purposes", "consent", "site-before")
        yield _protects("deleted", "purposes", "retention")
    sinks = [one for one in facts.recipients if one.source.key.startswith("sinks.")]
    if sinks:
        yield _protects("sinks_only", "sinks", "sinks")
        if all(one.encrypted for one in sinks):
            yield _protects("transport", "sinks", "transport")
    yield _protects("audited", "audit", "audit", file=PRODUCT)


def bits_of(given: DocumentInput) -> tuple[int, int]:
    """Return how many leading bits of an address stay where it is cut: of IPv4, of IPv6."""
    table = given.settings.ip
    known = PRESETS.get(table.mode)
    if known is not None:
        return known.bits(bytes(4)), known.bits(bytes(16))
    first = DEFAULT_IPV4_BITS if table.v4_bits is None else table.v4_bits
    return first, DEFAULT_IPV6_BITS if table.v6_bits is None else table.v6_bits


def _address(given: DocumentInput) -> NoticeStatement:
    mode = given.settings.ip.mode
    if mode in NO_ADDRESS:
        return _protects("address_none", "ip.mode", "addresses")
    if mode == "keep":
        return _protects("address_kept", "ip.mode")
    if mode.startswith(("ipcrypt", "hash", "crypto")):
        return _protects("address_keyed", "ip.mode", "addresses")
    if mode == REVERSED:
        return _protects("address_part", "ip.mode")
    first, second = bits_of(given)
    values = (("bits4", str(first)), ("bits6", str(second)))
    return _protects("address_cut", "ip.mode", "addresses", values=values)


def _protects(
    words: str,
    key: str,
    *claims: str,
    file: str = CONFIG,
    values: tuple[tuple[str, Value], ...] = (),
) -> NoticeStatement:
    return NoticeStatement(
        f"protects.{words.partition('_')[0] if words.startswith('address') else words}",
        NoticeItem.PROTECTION,
        StatementKind.DERIVED,
        words,
        values,
        (StatementSource(file, key),),
        claims=claims,
    )
