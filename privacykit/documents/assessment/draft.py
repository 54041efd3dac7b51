"""The draft of an impact assessment: what is known filled in, the rest for people. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from privacykit.documents.assessment.triggers import (
    NORMALLY_DUE,
    AssessmentTrigger,
    triggers_of,
)
from privacykit.documents.facts.california import is_special
from privacykit.documents.facts.gather import DocumentInput
from privacykit.documents.facts.visits import identifiers_of
from privacykit.documents.model import DocumentModel
from privacykit.documents.notice.layout import RIGHT_TO_LEFT
from privacykit.documents.pages.view import PageLine, PageView, Runs, ViewSection, text_of
from privacykit.documents.pages.writer import Writer
from privacykit.documents.statement import NoticeItem, NoticeStatement
from privacykit.documents.values import Word, listed

FORMAT = "urn:privacykit:assessment:1"
LONG_MONTHS = 25
"""What is kept for longer is a risk of its own: the CNIL's bound for measuring audiences."""
_DESCRIBES = (NoticeItem.PURPOSES, NoticeItem.CATEGORIES, NoticeItem.RECIPIENTS)
_JUSTIFIES = (NoticeItem.BASIS, NoticeItem.RETENTION, NoticeItem.RIGHTS)


def assessment_page(model: DocumentModel, given: DocumentInput, writer: Writer) -> PageView:
    """Return the draft (GDPR Art. 35(7)): description, necessity, risks, measures, opinions."""
    triggers = triggers_of(model.facts, given)
    parts: tuple[tuple[str, list[Runs], str], ...] = (
        ("triggers", _trigger_lines(triggers, writer), ""),
        ("description", _said(model, writer, _DESCRIBES), ""),
        ("necessity", _said(model, writer, _JUSTIFIES), "necessity"),
        ("risks", list(_risks(model, given, writer)), "risks"),
        ("measures", _measures(model, given, writer), ""),
        ("people", [], "people decision"),
    )
    sections = [
        ViewSection(
            f"dpia-{name}",
            writer.say(f"dpia_{name}"),
            (*map(PageLine, lines), *_to_fill(fill, writer)),
            folded=False,
        )
        for name, lines, fill in parts
    ]
    return PageView(
        writer.say("dpia_title"),
        writer.language,
        "rtl" if writer.language in RIGHT_TO_LEFT else "ltr",
        tuple(sections),
        (PageLine(writer.say("dpia_advice")),),
    )


def assessment_document(
    model: DocumentModel, given: DocumentInput, writer: Writer
) -> dict[str, Any]:
    """Return the same for machines."""
    triggers = triggers_of(model.facts, given)
    return {
        "format": FORMAT,
        "version": model.version,
        "advice": text_of(writer.say("dpia_advice")),
        "criteria": sum(one.criterion for one in triggers),
        "normally_due_from": NORMALLY_DUE,
        "triggers": [
            {
                "id": one.id,
                "law": one.law,
                "criterion": one.criterion,
                "text": text_of(writer.say(one.words, **dict(one.values))),
                "citation": one.citation,
                "confidence": one.confidence,
                "sources": [f"{source.file}: {source.key}" for source in one.sources],
            }
            for one in triggers
        ],
        "description": _texts(_said(model, writer, _DESCRIBES)),
        "necessity": _texts(_said(model, writer, _JUSTIFIES)),
        "risks": _texts(list(_risks(model, given, writer))),
        "measures": _texts(_measures(model, given, writer)),
        "to_fill": ["necessity", "risks", "people", "decision"],
    }


def _trigger_lines(triggers: tuple[AssessmentTrigger, ...], writer: Writer) -> list[Runs]:
    if not triggers:
        return [writer.say("dpia_none")]
    met = sum(one.criterion for one in triggers)
    lines = [writer.say("dpia_due", count=str(met))] if met else []
    for one in triggers:
        told = writer.say("law_read", confidence=Word(f"confidence_{one.confidence}"))
        cite = f" ({one.citation}; {text_of(told)})"
        lines.append((*writer.say(one.words, **dict(one.values)), *writer.value(cite)))
    return lines


def _said(model: DocumentModel, writer: Writer, items: tuple[NoticeItem, ...]) -> list[Runs]:
    return [writer.statement(one) for one in model.statements if one.item in items]


def _measures(model: DocumentModel, given: DocumentInput, writer: Writer) -> list[Runs]:
    protecting: list[NoticeStatement] = [
        one for one in model.statements if one.item is NoticeItem.PROTECTION
    ]
    return [*map(writer.statement, protecting), *map(writer.value, given.said.measures)]


def _risks(model: DocumentModel, given: DocumentInput, writer: Writer) -> Iterator[Runs]:
    facts, settings = model.facts, given.settings
    known = {word.key for t in settings.purposes.values() for word in identifiers_of(settings, t)}
    if known & {"id_consented", "id_account"}:
        yield writer.say("dpia_risk_link")
    if "id_address_whole" in known:
        yield writer.say("dpia_risk_address")
    special = sorted({key for a in facts.activities for key in a.categories if is_special(key)})
    if special:
        words = listed([Word(f"category_{key}") for key in special])
        yield writer.say("dpia_risk_special", categories=words)
    for one in facts.recipients:
        name = one.name or Word("unsaid")
        if one.role == "third_party":
            yield writer.say("dpia_risk_recipient", name=name)
        if one.outside:
            yield writer.say("dpia_risk_abroad", name=name)
    for activity in facts.activities:
        for kept in activity.kept:
            if kept.span is not None and kept.span.months > LONG_MONTHS and not kept.hold:
                yield writer.say("dpia_risk_kept", label=activity.label, span=kept.span)


def _to_fill(what: str, writer: Writer) -> Iterator[PageLine]:
    for name in what.split():
        yield PageLine(writer.say("dpia_fill", what=Word(f"dpia_fill_{name}")))


def _texts(lines: list[Runs]) -> list[str]:
    return [text_of(line) for line in lines]
