"""
Triggers of impact assessments: what in the configuration speaks for one, by which text. Pure.

Advice, never a verdict: of the criteria of WP 248 those that no configuration can show are not
looked for, and those that are found may be answered by people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from privacykit.documents.facts.california import is_special
from privacykit.documents.facts.gather import DocumentFacts, DocumentInput
from privacykit.documents.facts.parts import CONFIG, DataActivity
from privacykit.documents.saying.parties import NONE
from privacykit.documents.statement import StatementSource
from privacykit.documents.values import Value, Word, listed, written

LARGE_VISITOR_DAYS = 100_000
"""From how many visitor-days on we call it large scale: our own choice, WP 248 names none."""
NORMALLY_DUE = 2
"""Criteria of WP 248 of which so many normally make an assessment due."""
_WP = "WP 248 rev.01, criterion {number}"
_CALIFORNIA = "11 CCR 7150(b)"
_STATES = "Va. Code 59.1-580 and its kin"
_PIPL = "PIPL Art. 55"


class AssessmentTrigger(msgspec.Struct, frozen=True):
    """
    Something that speaks for an assessment.

    Attributes:
        id: Its name, unique.
        law: The family of laws.
        criterion: Whether it is one of the nine of WP 248.
        words: Key of its sentence.
        values: What stands in it.
        citation: Where the criterion stands.
        confidence: How sure we are of it.
        sources: Where it was read.
    """

    id: str
    law: str
    criterion: bool
    words: str
    values: tuple[tuple[str, Value], ...]
    citation: str
    confidence: str
    sources: tuple[StatementSource, ...]


def triggers_of(facts: DocumentFacts, given: DocumentInput) -> tuple[AssessmentTrigger, ...]:
    """Return what speaks for an assessment, by law; nothing says that none is due."""
    found: list[AssessmentTrigger] = []
    for law in facts.laws:
        maker = _MAKERS.get(law.family)
        if maker is not None:
            found += maker(facts, given)
    return tuple(found)


def _europe(facts: DocumentFacts, given: DocumentInput) -> Iterator[AssessmentTrigger]:
    scoring = _with(facts, {"profiling_significant", "targeted_ads"})
    if scoring:
        yield _wp("scoring", 1, scoring, purposes=_labels(scoring))
    said = given.said.automated_decisions
    if said and said != NONE:
        source = StatementSource(CONFIG, "notice.automated_decisions")
        yield _made(
            "automated", "gdpr", _WP.format(number=2), {"text": written(said)}, (source,), wp=True
        )
    lasting = [a for a in facts.activities if a.purpose in _lasting(given)]
    if lasting:
        yield _wp("monitoring", 3, lasting, purposes=_labels(lasting))
    yield from _sensitive("sensitive", facts, "gdpr", _WP.format(number=4), wp=True)
    days = given.measured.visitor_days
    if days is not None and days >= LARGE_VISITOR_DAYS:
        source = StatementSource("privacykit", "events")
        yield _made("large", "gdpr", _WP.format(number=5), {"count": str(days)}, (source,), wp=True)
    matching = [a for a in lasting if a.recipients]
    if matching:
        yield _wp("matching", 6, matching, purposes=_labels(matching))
    yield from _children(given)
    yield from _addresses(facts, given)


def _children(given: DocumentInput) -> Iterator[AssessmentTrigger]:
    for number, site in enumerate(given.settings.site):
        if site.audience.child_directed:
            source = StatementSource(CONFIG, f"site.{number}.audience.child_directed")
            yield _made("vulnerable", "gdpr", _WP.format(number=7), {}, (source,), wp=True)
            return


def _addresses(facts: DocumentFacts, given: DocumentInput) -> Iterator[AssessmentTrigger]:
    """Yield what is no criterion by itself and yet weighs: third parties, whole addresses."""
    third = [one for one in facts.recipients if one.role == "third_party"]
    if third:
        values = {"names": listed([one.name or Word("unsaid") for one in third])}
        sources = tuple(one.source for one in third)
        yield _made("third_party", "gdpr", "GDPR Art. 35(1)", values, sources)
    if given.settings.ip.mode == "keep":
        source = StatementSource(CONFIG, "ip.mode")
        yield _made("whole_address", "gdpr", "GDPR Art. 35(1)", {}, (source,))


def _california(facts: DocumentFacts, _: DocumentInput) -> Iterator[AssessmentTrigger]:
    yield from _used("ca_sale", facts, {"sale", "targeted_ads"}, "california", f"{_CALIFORNIA}(1)")
    yield from _sensitive("ca_sensitive", facts, "california", f"{_CALIFORNIA}(2)")
    yield from _used("ca_admt", facts, {"profiling_significant"}, "california", f"{_CALIFORNIA}(3)")


def _states(facts: DocumentFacts, _: DocumentInput) -> Iterator[AssessmentTrigger]:
    yield from _used("us_ads", facts, {"targeted_ads"}, "us-states", _STATES)
    yield from _used("us_sale", facts, {"sale", "sensitive_sale"}, "us-states", _STATES)
    yield from _used("us_profiling", facts, {"profiling_significant"}, "us-states", _STATES)
    yield from _sensitive("us_sensitive", facts, "us-states", _STATES)


def _china(facts: DocumentFacts, _: DocumentInput) -> Iterator[AssessmentTrigger]:
    yield from _sensitive("pipl_sensitive", facts, "pipl", _PIPL)
    yield from _used("pipl_automated", facts, {"profiling_significant"}, "pipl", _PIPL)
    for name, chosen in (
        ("pipl_others", list(facts.recipients)),
        ("pipl_abroad", [one for one in facts.recipients if one.outside]),
    ):
        if chosen:
            values = {"names": listed([one.name or Word("unsaid") for one in chosen])}
            yield _made(name, "pipl", _PIPL, values, tuple(one.source for one in chosen))


def _brazil(_: DocumentFacts, __: DocumentInput) -> Iterator[AssessmentTrigger]:
    source = StatementSource(CONFIG, "notice.laws")
    yield _made("lgpd", "lgpd", "LGPD Art. 38", {}, (source,))


_MAKERS: dict[str, Callable[[DocumentFacts, DocumentInput], Iterator[AssessmentTrigger]]] = {
    "gdpr": _europe,
    "california": _california,
    "us-states": _states,
    "pipl": _china,
    "lgpd": _brazil,
}


def _sensitive(
    name: str, facts: DocumentFacts, law: str, citation: str, *, wp: bool = False
) -> Iterator[AssessmentTrigger]:
    uses = {"sensitive_data", "sensitive_sale"}
    keys = sorted({k for a in facts.activities for k in a.categories if is_special(k)})
    using = [a for a in facts.activities if set(a.categories) & set(keys) or set(a.uses) & uses]
    if using:
        told: list[Value] = [Word(f"category_{key}") for key in keys]
        told = told or [a.label for a in using]
        sources = tuple(dict.fromkeys(s for a in using for s in a.sources))
        yield _made(name, law, citation, {"categories": listed(told)}, sources, wp=wp)


def _used(
    name: str, facts: DocumentFacts, uses: set[str], law: str, citation: str
) -> Iterator[AssessmentTrigger]:
    using = _with(facts, uses)
    if using:
        sources = tuple(s for a in using for s in a.sources)
        yield _made(name, law, citation, {"purposes": _labels(using)}, sources)


def _wp(name: str, number: int, using: list[DataActivity], **values: Value) -> AssessmentTrigger:
    sources = tuple(s for a in using for s in a.sources)
    return _made(name, "gdpr", _WP.format(number=number), values, sources, wp=True)


def _made(
    name: str,
    law: str,
    citation: str,
    values: Mapping[str, Value],
    sources: tuple[StatementSource, ...],
    *,
    wp: bool = False,
) -> AssessmentTrigger:
    told = tuple(sorted(values.items()))
    return AssessmentTrigger(name, law, wp, f"trigger_{name}", told, citation, "reported", sources)


def _with(facts: DocumentFacts, uses: set[str]) -> list[DataActivity]:
    return [one for one in facts.activities if set(one.uses) & uses]


def _lasting(given: DocumentInput) -> set[str]:
    """Return the purposes under which a person is known for longer than a day."""
    tables = given.settings.purposes.items()
    return {name for name, table in tables if table.visitor == "consented" or table.identified}


def _labels(using: list[DataActivity]) -> Value:
    return listed([one.label for one in using])
