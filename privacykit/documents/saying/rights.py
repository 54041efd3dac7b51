"""Statements about people's rights: which, how, until when, and to whom to complain. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.documents.facts.gather import DocumentFacts, DocumentInput
from privacykit.documents.facts.laws import (
    FamilyLaw,
    authority_of,
    clause_source,
    has_stated_authority,
    texts_of,
)
from privacykit.documents.facts.parts import CONFIG
from privacykit.documents.statement import (
    NoticeItem,
    NoticeStatement,
    StatementKind,
    StatementSource,
)
from privacykit.documents.values import Lasting, Value, written

SELLING = frozenset({"sale", "targeted_ads", "sensitive_sale"})
"""Uses that people may opt out of (Civ. Code 1798.120 and its kin)."""
OPTING = ("california", "us-states")
SIGNALS = ("site-signals",)
_DERIVED = StatementKind.DERIVED


def right_statements(facts: DocumentFacts, given: DocumentInput) -> Iterator[NoticeStatement]:
    """Yield the rights of each family, and the ways to them that this site offers."""
    yield from _ways(given)
    yield from _selling(facts, given)
    for law in facts.laws:
        yield from _granted(law)
        yield from _answered(law)
        yield from _complaints(law, given)


def sold(facts: DocumentFacts) -> bool:
    """Say whether anything is sold or shared, as far as the configuration goes."""
    uses = {use for one in facts.activities for use in one.uses}
    return bool(uses & SELLING) or any(one.role == "third_party" for one in facts.recipients)


def _ways(given: DocumentInput) -> Iterator[NoticeStatement]:
    settings, said = given.settings, given.said
    prefix = settings.choice.prefix
    if settings.choice.enabled and settings.collects:
        source = StatementSource(CONFIG, "choice.prefix")
        yield _derived("withdraw", NoticeItem.WITHDRAWAL, source, path=f"{prefix}/")
        if settings.data_page.enabled:
            source = StatementSource(CONFIG, "data_page.enabled")
            yield _derived("ask_page", NoticeItem.RIGHTS, source, path=f"{prefix}/data")
    if said.requests:
        source = StatementSource(CONFIG, "notice.requests")
        values = (("text", written(said.requests)),)
        yield NoticeStatement(
            "ask", NoticeItem.RIGHTS, StatementKind.STATED, "ask", values, (source,)
        )
    source = StatementSource("privacykit", "signals")
    scope = settings.signals.gpc_scope
    gpc = StatementSource(CONFIG, "signals.gpc_scope")
    words = "gpc" if scope == "everywhere" else "gpc_mandated"
    yield NoticeStatement("gpc", NoticeItem.OPT_OUT, _DERIVED, words, (), (gpc,), claims=SIGNALS)
    yield NoticeStatement("dnt", NoticeItem.OPT_OUT, _DERIVED, "dnt", (), (source,), claims=SIGNALS)


def _selling(facts: DocumentFacts, given: DocumentInput) -> Iterator[NoticeStatement]:
    families = tuple(law.family for law in facts.laws if law.family in OPTING)
    if not families:
        return
    source = StatementSource(CONFIG, "purposes")
    if sold(facts):
        path = f"{given.settings.choice.prefix}/opt-out"
        values: tuple[tuple[str, Value], ...] = (("path", path),)
        words = "opt_out"
    else:
        values, words = (), "no_sale"
    yield NoticeStatement(
        "selling", NoticeItem.OPT_OUT, _DERIVED, words, values, (source,), laws=families
    )


def _granted(law: FamilyLaw) -> Iterator[NoticeStatement]:
    found: dict[str, list[StatementSource]] = {}
    for policy in law.policies:
        fact = policy.facts.get("rights")
        for right in texts_of(fact, "granted") if fact is not None else ():
            assert fact is not None
            found.setdefault(right, []).append(clause_source(policy, fact.clause))
    for right, sources in found.items():
        yield NoticeStatement(
            f"right.{law.family}.{right}",
            NoticeItem.RIGHTS,
            _DERIVED,
            f"right_{right}",
            (),
            tuple(sources),
            laws=(law.family,),
        )


def _answered(law: FamilyLaw) -> Iterator[NoticeStatement]:
    """Yield by when requests are answered: the shortest of the family's numbers."""
    known = []
    for policy in law.policies:
        fact = policy.facts.get("deadlines.response")
        if fact is None:
            continue
        number, unit = fact.values.get("n"), fact.values.get("unit")
        if isinstance(number, int) and unit in {"month", "calendar_days"}:
            span = Lasting(number, 0) if unit == "month" else Lasting(0, number)
            known.append((span.months * 30 + span.days, span, clause_source(policy, fact.clause)))
    if known:
        _, span, source = min(known, key=lambda one: one[0])
        yield NoticeStatement(
            f"answer.{law.family}",
            NoticeItem.RIGHTS,
            _DERIVED,
            "answer",
            (("span", span),),
            (source,),
            laws=(law.family,),
        )


def _complaints(law: FamilyLaw, given: DocumentInput) -> Iterator[NoticeStatement]:
    stated = [one.id for one in law.policies if has_stated_authority(one.id, given.settings)]
    if stated:
        source = StatementSource(CONFIG, "controller.authority")
        authority = given.settings.controller.authority
        values: tuple[tuple[str, Value], ...] = (("authority", authority),)
        yield NoticeStatement(
            "complaint.gdpr",
            NoticeItem.COMPLAINT,
            StatementKind.STATED,
            "complaint",
            values,
            (source,),
            laws=("gdpr",),
        )
    for policy in law.policies:
        fact, name = policy.facts.get("regulator"), authority_of(policy, given.settings)
        if fact is None or not name or policy.id in stated:
            continue
        yield NoticeStatement(
            f"complaint.{policy.id}",
            NoticeItem.COMPLAINT,
            _DERIVED,
            "complaint_place" if law.family == "us-states" else "complaint",
            (("authority", name), ("place", policy.name)),
            (clause_source(policy, fact.clause),),
            laws=(law.family,),
        )


def _derived(
    words: str, item: NoticeItem, source: StatementSource, **values: Value
) -> NoticeStatement:
    return NoticeStatement(words, item, _DERIVED, words, tuple(values.items()), (source,))
