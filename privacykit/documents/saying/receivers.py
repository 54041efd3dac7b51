"""Statements about who receives data and where it goes. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.documents.facts.gather import DocumentFacts
from privacykit.documents.facts.parts import CONFIG, RecipientFact
from privacykit.documents.statement import (
    NoticeItem,
    NoticeStatement,
    StatementKind,
    StatementSource,
)
from privacykit.documents.values import Value, Word, listed, written


def receiver_statements(facts: DocumentFacts) -> Iterator[NoticeStatement]:
    """Yield each recipient that has a public name, and each transfer; or that there is none."""
    named = [one for one in facts.recipients if one.name]
    for one in named:
        yield _recipient(facts, one)
    if not facts.recipients:
        yield _none("recipients", NoticeItem.RECIPIENTS)
    abroad = [one for one in named if one.outside]
    for one in abroad:
        if one.safeguard:
            yield _transfer(one)
    if not any(one.outside or not one.country for one in facts.recipients):
        yield _none("transfers", NoticeItem.TRANSFERS)


def _recipient(facts: DocumentFacts, one: RecipientFact) -> NoticeStatement:
    labels = [a.label for a in facts.activities if one.id in a.recipients]
    labels = list(dict.fromkeys(labels))
    values: dict[str, Value] = {"name": one.name, "role": Word(f"role_{one.role}")}
    words = "recipient_for" if labels else "recipient"
    if labels:
        values["purposes"] = listed(labels)
    values["where"] = Word(f"country_{one.country}") if one.country else ""
    values["kind"] = written(one.kind)
    values["contact"] = one.contact
    return NoticeStatement(
        f"recipient.{one.id}",
        NoticeItem.RECIPIENTS,
        StatementKind.DERIVED,
        words,
        tuple(sorted(values.items())),
        tuple(dict.fromkeys((one.source, StatementSource(CONFIG, one.asked)))),
        hidden=f"{one.role} {one.host}",
        part=one.id,
    )


def _transfer(one: RecipientFact) -> NoticeStatement:
    values: dict[str, Value] = {
        "name": one.name,
        "where": Word(f"country_{one.country}"),
        "safeguard": written(one.safeguard),
    }
    return NoticeStatement(
        f"transfer.{one.id}",
        NoticeItem.TRANSFERS,
        StatementKind.STATED,
        "transfer",
        tuple(sorted(values.items())),
        (StatementSource(CONFIG, f"{one.asked}.safeguard"),),
        part=one.id,
    )


def _none(what: str, item: NoticeItem) -> NoticeStatement:
    source = (StatementSource(CONFIG, "sinks"),)
    return NoticeStatement(f"{what}.none", item, StatementKind.DERIVED, f"{what}_none", (), source)
