"""The figures of an attribution as a document for machines and tables for people. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from privacykit.reports.attribution.figures import HUNDRED, SAID, Attribution, Credit
from privacykit.reports.attribution.groups import BLENDED, REPORTED
from privacykit.reports.attribution.question import MODELS, SAME_DAY, AttributionQuestion
from privacykit.reports.numbers import rate, rate_cell
from privacykit.reports.result import ReportColumn, ReportTable

LABELS: Final = {
    "first": "First",
    "last": "Last",
    "last_non_direct": "Last not direct",
    "linear": "Linear",
    "position": "Position",
    "time_decay": "Time decay",
    SAME_DAY: "Same day",
    REPORTED: "Self-reported",
    BLENDED: "Blended",
}
BY: Final = {"channel": "Channel", "campaign": "Campaign", "content": "Content"}


class AttributionPart(msgspec.Struct, frozen=True):
    """
    The figures of one population and one segment.

    Attributes:
        ids: What its visitor ids are: ``consented`` or ``daily``.
        figures: The figures.
        costs: What each label cost, in minor units.
    """

    ids: str
    figures: Attribution
    costs: Mapping[str, int]


def document(
    question: AttributionQuestion, parts: Sequence[AttributionPart], currency: str | None
) -> dict[str, Any]:
    """Return the figures for machines: ``models`` by name and label, and who is in them."""
    found: dict[str, Any] = {
        "conversion": question.name,
        "by": question.by,
        "lookback_days": 1 if [part.ids for part in parts] == ["daily"] else question.lookback_days,
        "half_life_days": question.half_life_days,
        "once_per_visit": question.once_per_visit,
        "currency": currency or None,
        "models": {},
        "populations": {},
    }
    whole = _whole(parts)
    for part in parts:
        figures = part.figures
        found["populations"][part.ids] = {
            "conversions": figures.conversions,
            "value": figures.value,
            "share": rate(figures.conversions, whole),
        }
        for model, given in figures.models.items():
            told = _credits(given)
            if model in SAID:
                found.setdefault(model, {})[part.ids] = told
            else:
                found["models"][model] = told
    costs = parts[0].costs
    if costs:
        found["costs"] = dict(sorted(costs.items()))
        found["returns"] = {
            model: {label: returned(part.figures, model, label, cost) for label, cost in costs_of}
            for part in parts
            for model in _models(part)
            for costs_of in [sorted(part.costs.items())]
        }
    return found


def tables(
    question: AttributionQuestion, parts: Sequence[AttributionPart], *, money: bool
) -> tuple[ReportTable, ...]:
    """Return the figures for people."""
    found: list[ReportTable] = []
    for part in parts:
        models = _models(part)
        same_day = models == [SAME_DAY]
        key = SAME_DAY if same_day else "conversions"
        what = "by the channel of the day" if same_day else "by model"
        found.append(_table(part, key, f"Conversions {what}", models, question, "credit"))
        if money:
            key = f"{SAME_DAY}_value" if same_day else "value"
            found.append(_table(part, key, f"Value {what}", models, question, "money"))
        if part.costs:
            found.append(_returns(part, models, question))
        found += _said(part, money=money)
    found.append(_populations(parts))
    return tuple(found)


def returned(figures: Attribution, model: str, label: str, cost: int) -> str | None:
    """Return what came back of each unit that *label* cost, to two decimals, rounded half up."""
    credit = figures.models[model].get(label, Credit(0, 0))
    if credit.value is None or not cost:
        return None
    scaled = (2 * abs(credit.value) * HUNDRED + cost) // (2 * cost)
    sign = "-" if credit.value < 0 and scaled else ""
    return f"{sign}{scaled // HUNDRED}.{scaled % HUNDRED:02d}"


def _returned_cell(figures: Attribution, model: str, label: str, cost: int) -> str | None:
    """Return what a table has of a return: empty where it cost nothing."""
    return returned(figures, model, label, cost) if cost else ""


def _models(part: AttributionPart) -> list[str]:
    return [model for model in (*MODELS, SAME_DAY) if model in part.figures.models]


def _credits(given: Mapping[str, Credit]) -> dict[str, Any]:
    return {
        label: {
            "conversions": None if one.hundredths is None else one.hundredths / HUNDRED,
            "value": one.value,
        }
        for label, one in given.items()
    }


def _whole(parts: Iterable[AttributionPart]) -> int | None:
    """Return how many conversions are shown of all parts; ``None`` where none of one is."""
    shown = [part.figures.conversions for part in parts]
    told = [one for one in shown if one is not None]
    return sum(told) if len(told) == len(shown) else None


def _text(hundredths: int | None) -> str | None:
    if hundredths is None:
        return None
    return f"{hundredths // HUNDRED}.{hundredths % HUNDRED:02d}"


def _figure(part: AttributionPart, model: str, label: str, kind: str) -> Any:
    credit = part.figures.models[model].get(label, Credit(0, 0))
    return _text(credit.hundredths) if kind == "credit" else credit.value


def _labels(part: AttributionPart, models: Sequence[str]) -> list[str]:
    """Return the labels, those with the most of the last touches first."""
    shown = part.figures.models
    lead = shown[models[min(1, len(models) - 1)]]
    labels = {label for model in models for label in shown[model]}
    return sorted(labels, key=lambda one: (-(lead.get(one, Credit(0, 0)).hundredths or 0), one))


def _table(
    part: AttributionPart,
    key: str,
    caption: str,
    models: Sequence[str],
    question: AttributionQuestion,
    kind: Any,
) -> ReportTable:
    columns = (
        ReportColumn("label", BY.get(question.by, "Answer"), "text"),
        *(ReportColumn(model, LABELS[model], kind) for model in models),
    )
    rows = tuple(
        (label, *(_figure(part, model, label, kind) for model in models))
        for label in _labels(part, models)
    )
    return ReportTable(key, caption, columns, rows)


def _returns(
    part: AttributionPart, models: Sequence[str], question: AttributionQuestion
) -> ReportTable:
    columns = (
        ReportColumn("label", BY[question.by], "text"),
        ReportColumn("cost", "Cost", "money"),
        *(ReportColumn(model, LABELS[model], "credit") for model in models),
    )
    rows = tuple(
        (label, cost, *(_returned_cell(part.figures, model, label, cost) for model in models))
        for label, cost in sorted(part.costs.items())
    )
    return ReportTable(f"returns_{part.ids}", "What each unit of cost brought back", columns, rows)


def _said(part: AttributionPart, *, money: bool) -> list[ReportTable]:
    """Return the tables of what people said, if they were asked."""
    models = [model for model in (REPORTED, BLENDED) if model in part.figures.models]
    if not models:
        return []
    columns = [ReportColumn("label", "Origin", "text")]
    for model in models:
        columns.append(ReportColumn(model, LABELS[model], "credit"))
        if money:
            columns.append(ReportColumn(f"{model}_value", f"{LABELS[model]}, value", "money"))
    kinds = ("credit", "money") if money else ("credit",)
    rows = tuple(
        (label, *(_figure(part, model, label, kind) for model in models for kind in kinds))
        for label in _labels(part, models)
    )
    caption = "Where people said to come from, beside what was measured"
    return [ReportTable(f"{REPORTED}_{part.ids}", caption, tuple(columns), rows)]


def _populations(parts: Sequence[AttributionPart]) -> ReportTable:
    """Return who is in the figures; a share of those shown stands only beside another one."""
    columns = [
        ReportColumn("ids", "Visitor ids", "text"),
        ReportColumn("conversions", "Conversions shown"),
        ReportColumn("value", "Their value", "money"),
    ]
    rows = [
        (
            "of a consent" if part.ids == "consented" else "of a day",
            part.figures.conversions,
            part.figures.value,
        )
        for part in parts
    ]
    caption = "Whose conversions they are, of those that are shown"
    if len(parts) == 1:
        return ReportTable("populations", caption, tuple(columns), tuple(rows))
    columns.append(ReportColumn("share", "Part of those shown", "share"))
    whole = _whole(parts)
    shares = [rate_cell(part.figures.conversions, whole) for part in parts]
    told = tuple((*row, share) for row, share in zip(rows, shares, strict=True))
    return ReportTable("populations", caption, tuple(columns), told)
