"""Statements that American states want in their own words and columns. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.documents.facts.california import STATUTORY, letters_of
from privacykit.documents.facts.gather import DocumentFacts, DocumentInput
from privacykit.documents.facts.parts import CONFIG, DataActivity
from privacykit.documents.saying.activities import kept_words
from privacykit.documents.saying.rights import SELLING, sold
from privacykit.documents.statement import (
    NoticeItem,
    NoticeStatement,
    StatementKind,
    StatementSource,
)
from privacykit.documents.values import Listed, Value, Word, listed

TEXAS = "NOTICE: We may sell your sensitive personal data."
TEXAS_BIOMETRIC = "NOTICE: We may sell your biometric personal data."
"""Tex. Bus. & Com. Code 541.102(b), (c), word for word."""
CALIFORNIA_SALE = "Do Not Sell or Share My Personal Information"
CALIFORNIA_LIMIT = "Limit the Use of My Sensitive Personal Information"
"""Texts of links, 11 CCR 7013, 7014, word for word."""
_DERIVED = StatementKind.DERIVED


def american_statements(facts: DocumentFacts, given: DocumentInput) -> Iterator[NoticeStatement]:
    """Yield California's categories and link texts, Texas's notices, Nevada's and CalOPPA's."""
    families = {law.family for law in facts.laws}
    if "california" in families:
        for letter in STATUTORY:
            yield from _statutory(facts, letter)
        yield from _links(facts, given)
    if "us-states" in families:
        yield from _texas(facts, given)
    american = tuple(sorted(families & {"california", "us-states"}))
    if american:
        third = any(one.role == "third_party" for one in facts.recipients)
        third = third or any(cookie.by for cookie in facts.cookies)
        words = "across_sites" if third else "across_sites_none"
        yield _fixed("across_sites", words, (), american, "sinks")
        yield _fixed("changes_told", "changes_told", (), american, "notice.changes")


def _statutory(facts: DocumentFacts, letter: str) -> Iterator[NoticeStatement]:
    keys = sorted(
        {k for one in facts.activities for k in one.categories if letter in letters_of(k)}
    )
    if not keys:
        return
    using = [one for one in facts.activities if set(keys) & set(one.categories)]
    shared = any(_is_sold(facts, one) for one in using)
    told = any(one.recipients for one in using)
    values: dict[str, Value] = {
        "letter": f"({letter})",
        "statutory": STATUTORY[letter],
        "categories": listed([Word(f"category_{key}") for key in keys]),
        "purposes": listed([one.label for one in using]),
        "kept": _longest(using),
        "sold": Word("sold_yes" if shared else "sold_no"),
        "told": Word("told_yes" if told else "told_no"),
    }
    sources = dict.fromkeys(source for one in using for source in one.sources)
    yield NoticeStatement(
        f"california.{letter}",
        NoticeItem.CATEGORIES,
        _DERIVED,
        "california_category",
        tuple(sorted(values.items())),
        tuple(sources),
        laws=("california",),
    )


def _is_sold(facts: DocumentFacts, activity: DataActivity) -> bool:
    third = any(one.role == "third_party" for one in facts.receiving(activity))
    return third or bool(set(activity.uses) & SELLING)


def _longest(using: list[DataActivity]) -> Listed:
    """Return each time for which data of *using* is kept, and each criterion, once."""
    found: dict[Value, None] = {}
    for activity in using:
        for kept in activity.kept:
            if kept_words(kept) in {"kept", "kept_cap"} and kept.span is not None:
                found[kept.span] = None
            elif kept.words:
                found[kept.words] = None
    return listed(list(found))


def _links(facts: DocumentFacts, given: DocumentInput) -> Iterator[NoticeStatement]:
    path = f"{given.settings.choice.prefix}/opt-out"
    law = ("california",)
    if sold(facts):
        values = (("path", path), ("text", CALIFORNIA_SALE))
        yield _fixed("california.link.sale", "link", values, law, "purposes")
    uses = {use for one in facts.activities for use in one.uses}
    if uses & {"sensitive_data", "sensitive_sale"}:
        values = (("path", path), ("text", CALIFORNIA_LIMIT))
        yield _fixed("california.link.limit", "link", values, law, "purposes")


def _texas(facts: DocumentFacts, given: DocumentInput) -> Iterator[NoticeStatement]:
    uses = {use for one in facts.activities for use in one.uses}
    if "sensitive_sale" not in uses:
        return
    law = ("us-states",)
    types = {kind for site in given.settings.site for kind in site.audience.data_types}
    yield _fixed("texas.sensitive", "verbatim", (("text", TEXAS),), law, "purposes")
    if "biometric" in types:
        values = (("text", TEXAS_BIOMETRIC),)
        yield _fixed("texas.biometric", "verbatim", values, law, "site")


def _fixed(
    id_: str, words: str, values: tuple[tuple[str, Value], ...], laws: tuple[str, ...], key: str
) -> NoticeStatement:
    source = (StatementSource(CONFIG, key),)
    return NoticeStatement(id_, NoticeItem.FIXED, _DERIVED, words, values, source, laws=laws)
