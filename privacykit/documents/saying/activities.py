"""Statements about what is done: purposes, bases, data, time. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.documents.facts.gather import DocumentFacts
from privacykit.documents.facts.laws import FamilyLaw, clause_source
from privacykit.documents.facts.parts import CONFIG, PRODUCT, DataActivity, KeptFact
from privacykit.documents.statement import (
    NoticeItem,
    NoticeStatement,
    StatementKind,
    StatementSource,
)
from privacykit.documents.values import Value, Word, listed, written
from privacykit.policy.model import Policy, Rule
from privacykit.policy.words import CONSENT_MODELS

BASED = ("gdpr", "kvkk", "lgpd")
"""Families that want a legal basis told."""
METHODICAL = ("kvkk", "lgpd", "pipl")
"""Families that want told how data is collected."""
ARTICLES = {
    "consent": "a",
    "contract": "b",
    "legal_obligation": "c",
    "vital_interests": "d",
    "public_task": "e",
    "legitimate_interest": "f",
}
"""Letters of GDPR Art. 6(1)."""


def activity_statements(facts: DocumentFacts) -> Iterator[NoticeStatement]:
    """Yield each purpose, its time, its bases, each category of data, and where data came from."""
    yield from map(_purpose, facts.activities)
    for law in facts.laws:
        if law.family in BASED:
            yield from _bases(facts, law)
    yield from _interests(facts)
    yield from _method(facts)
    yield from _categories(facts)
    for activity in facts.activities:
        yield from kept_statements(activity)
    yield from _origins(facts)


def _interests(facts: DocumentFacts) -> Iterator[NoticeStatement]:
    for activity in facts.activities:
        if activity.interest:
            key = f"notice.purposes.{activity.purpose}.interest"
            source = StatementSource(CONFIG, key)
            values = {"label": activity.label, "interest": written(activity.interest)}
            yield _said(f"interest.{activity.id}", NoticeItem.BASIS, "interest", values, source)


def _method(facts: DocumentFacts) -> Iterator[NoticeStatement]:
    laws = tuple(law.family for law in facts.laws if law.family in METHODICAL)
    if laws:
        source = (StatementSource(PRODUCT, "method"),)
        item, kind = NoticeItem.PURPOSES, StatementKind.DERIVED
        yield NoticeStatement("method", item, kind, "method", (), source, laws=laws)


def _origins(facts: DocumentFacts) -> Iterator[NoticeStatement]:
    theirs = [activity for activity in facts.activities if activity.collected]
    for activity in theirs:
        dataset = activity.where[0].partition(".")[0]
        source = StatementSource(CONFIG, f"notice.origins.{dataset}")
        values = {"label": activity.label, "origin": written(activity.collected)}
        yield _said(f"origin.{activity.id}", NoticeItem.ORIGIN, "origin", values, source)
    if not theirs:
        none = (StatementSource(CONFIG, "notice.origins"),)
        item, kind = NoticeItem.ORIGIN, StatementKind.DERIVED
        yield NoticeStatement("origin.none", item, kind, "origin_none", (), none)


def kept_statements(activity: DataActivity) -> Iterator[NoticeStatement]:
    """Yield how long the data of *activity* is kept, each clock and each reason once."""
    for number, kept in enumerate(activity.kept):
        values = _kept_values(activity, kept)
        # A number of places in the files is no part of the id: another order is no change.
        yield NoticeStatement(
            f"kept.{activity.id}.{number}",
            NoticeItem.RETENTION,
            kept.kind,
            kept_words(kept),
            values,
            (kept.source,),
            claims=("retention",) if kept.span is not None and not kept.hold else (),
            part=activity.id,
        )


def basis_of(activity: DataActivity, law: FamilyLaw) -> tuple[str, Policy | None, Rule | None]:
    """
    Return the legal basis of *activity* under *law*, and the rule that says so, if one does.

    The strictest of the family's policies decides, as it does of visits; where none wants consent
    the stated basis holds, else the legitimate interest, which then has to be stated.
    """
    ruled = [
        (policy, rule)
        for policy in law.policies
        for use in activity.uses
        if (rule := policy.rules.get(use)) is not None
    ]
    # Of several uses the one whose rule speaks of consent is the one that asks for it.
    for policy, rule in sorted(ruled, key=lambda one: one[1].model not in CONSENT_MODELS):
        if policy.id in activity.asking:
            return "consent", policy, rule
    if activity.basis:
        return activity.basis, None, None
    for policy, rule in ruled:
        return "legitimate_interest", policy, rule
    return ("legitimate_interest" if activity.origin == "visits" else ""), None, None


def _purpose(activity: DataActivity) -> NoticeStatement:
    values: dict[str, Value] = {"label": activity.label, "description": activity.description}
    return NoticeStatement(
        f"purpose.{activity.id}",
        NoticeItem.PURPOSES,
        activity.told,
        "purpose",
        tuple(sorted(values.items())),
        activity.sources,
        hidden=" ".join(sorted(activity.uses)),
        part=activity.id,
    )


def _bases(facts: DocumentFacts, law: FamilyLaw) -> Iterator[NoticeStatement]:
    for activity in facts.activities:
        basis, policy, rule = basis_of(activity, law)
        if not basis:
            continue
        key = f"notice.purposes.{activity.purpose}.basis"
        source = StatementSource(CONFIG, key) if activity.origin != "own" else activity.sources[0]
        if policy is not None and rule is not None:
            source = clause_source(policy, rule.clause)
        values: dict[str, Value] = {"label": activity.label, "basis": Word(f"basis_{basis}")}
        words = "basis"
        if law.family == "gdpr":
            words, values["article"] = "basis_article", f"Art. 6(1)({ARTICLES[basis]})"
        stated = policy is None and activity.origin != "own"
        yield NoticeStatement(
            f"basis.{law.family}.{activity.id}",
            NoticeItem.BASIS,
            StatementKind.STATED if stated else StatementKind.DERIVED,
            words,
            tuple(sorted(values.items())),
            (source,),
            laws=(law.family,),
            part=activity.id,
        )


def _categories(facts: DocumentFacts) -> Iterator[NoticeStatement]:
    for key in sorted({key for one in facts.activities for key in one.categories}):
        using = [one for one in facts.activities if key in one.categories]
        sources = dict.fromkeys(source for one in using for source in one.sources)
        yield NoticeStatement(
            f"category.{key}",
            NoticeItem.CATEGORIES,
            StatementKind.DERIVED,
            "category",
            (
                ("category", Word(f"category_{key}")),
                ("purposes", listed([one.label for one in using])),
            ),
            tuple(sources),
        )


def kept_words(kept: KeptFact) -> str:
    """Return the key of the sentence that says *kept*."""
    if kept.hold:
        return "kept_hold" if kept.span is not None else "kept_hold_open"
    if kept.span is None:
        return "kept_words"
    return "kept_cap" if kept.cap else "kept"


def _kept_values(activity: DataActivity, kept: KeptFact) -> tuple[tuple[str, Value], ...]:
    values: dict[str, Value] = {"label": activity.label}
    if kept.span is not None:
        values["span"] = kept.span
    else:
        values["words"] = kept.words
    if kept.hold:
        values["citation"] = kept.hold
    return tuple(sorted(values.items()))


def _said(
    id_: str, item: NoticeItem, words: str, values: dict[str, Value], source: StatementSource
) -> NoticeStatement:
    return NoticeStatement(
        id_, item, StatementKind.STATED, words, tuple(sorted(values.items())), (source,)
    )
