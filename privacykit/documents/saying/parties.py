"""Statements about who is responsible, and what only a person can say. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.documents.facts.gather import DocumentFacts, DocumentInput
from privacykit.documents.facts.parts import CONFIG
from privacykit.documents.statement import (
    NoticeItem,
    NoticeStatement,
    StatementKind,
    StatementSource,
)
from privacykit.documents.values import Value, listed, written

NONE = "none"
"""How somebody states that there is none."""


def party_statements(facts: DocumentFacts, given: DocumentInput) -> Iterator[NoticeStatement]:
    """Yield who is responsible, for what, where they can be reached, and what they state."""
    site, said = facts.site, given.said
    item = NoticeItem.CONTROLLER
    if site.name:
        yield _stated("controller", item, "controller.name", name=site.name)
    if site.address:
        yield _stated("address", item, "controller.address", address=site.address)
    if site.contact:
        yield _stated("contact", item, "controller.contact", contact=site.contact)
    if site.hosts:
        source = (StatementSource(CONFIG, "site"),)
        values: tuple[tuple[str, Value], ...] = (("hosts", listed(_public(site.hosts))),)
        yield NoticeStatement("hosts", item, StatementKind.DERIVED, "hosts", values, source)
    if site.joint:
        yield _stated("joint", item, "notice.joint", names=listed(site.joint))
    key = "notice.officer" if said.officer else "controller.officer"
    yield from _or_none("officer", NoticeItem.OFFICER, key, site.officer)
    key = "notice.representative"
    yield from _or_none("representative", NoticeItem.CONTROLLER, key, site.representative)
    if said.must_give:
        must = written(said.must_give)
        yield _stated("must_give", NoticeItem.MUST_GIVE, "notice.must_give", text=must)
    automated = said.automated_decisions
    yield from _or_none("automated", NoticeItem.AUTOMATED, "notice.automated_decisions", automated)


def _public(hosts: tuple[str, ...]) -> list[Value]:
    """Return the host names that anybody may read: none of this machine, and no bare address."""
    return [host for host in hosts if not is_internal(host)]


def is_internal(host: str) -> bool:
    """Say whether *host* names a machine that strangers have no business with."""
    bare = host.lower().strip("[]").partition(":")[0].rstrip(".")
    if bare in {"", "localhost", "testserver"} or "." not in bare:
        return True
    ending = bare.rpartition(".")[2]
    return ending.isdigit() or ending in {"local", "internal", "lan", "localhost", "intranet"}


def _or_none(words: str, item: NoticeItem, key: str, text: str) -> Iterator[NoticeStatement]:
    if text == NONE:
        source = (StatementSource(CONFIG, key),)
        yield NoticeStatement(words, item, StatementKind.STATED, f"{words}_none", (), source)
    elif text:
        yield _stated(words, item, key, text=written(text))


def _stated(words: str, item: NoticeItem, key: str, **values: Value) -> NoticeStatement:
    source = (StatementSource(CONFIG, key),)
    return NoticeStatement(
        words, item, StatementKind.STATED, words, tuple(sorted(values.items())), source
    )
