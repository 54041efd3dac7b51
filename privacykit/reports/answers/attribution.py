"""
Attribution, asked of an engine: paths streamed twice, made into figures and tables.

The first time it is counted who has which channel, so that small ones are one before there are
groups. People with lasting ids and those with ids of a day are never blended: the former have the
six models, the latter the channel of the day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from privacykit.errors import ReportRefusalError
from privacykit.reports.answers.attribution_tables import AttributionPart, document, tables
from privacykit.reports.asking import Answer, Figures, ReportEngine, Setting
from privacykit.reports.attribution.conversions import conversions
from privacykit.reports.attribution.figures import attributions
from privacykit.reports.attribution.groups import BLENDED, REPORTED, CreditReading, coarsened
from privacykit.reports.attribution.question import (
    MODELS,
    NO_ANSWER,
    NO_TOUCH,
    SAME_DAY,
    AttributionQuestion,
)
from privacykit.reports.expressions.touches import currencies, touches
from privacykit.reports.result import Hidden, Ids

NOT_AVAILABLE: Final = {"daily": ("attribution_models", "lookback"), "consented": (), "mixed": ()}
"""What the ids make impossible, as codes."""


class IdPopulation(msgspec.Struct, frozen=True):
    """
    People whose ids allow the same.

    Attributes:
        ids: ``consented`` or ``daily``.
        events: Theirs.
        models: What they allow.
    """

    ids: str
    events: Any
    models: tuple[str, ...]


def answer(question: AttributionQuestion, costs: Mapping[str, int]) -> Answer:
    """
    Return what answers *question*.

    Args:
        question: The attribution.
        costs: What each channel, campaign or content cost, in the smallest unit of money.
    """

    def answered(engine: ReportEngine, events: Any, setting: Setting) -> Iterator[Figures]:
        currency = _currency(engine, events, question, setting)
        each = [
            _parts(engine, one, question, setting, costs)
            for one in _populations(events, setting.ids)
        ]
        for place, parts in enumerate(zip(*each, strict=True)):
            yield Figures(
                document(question, parts, currency),
                tables(question, parts, money=currency is not None),
                _hidden(parts, whole=not place),
            )

    return answered


def notes(question: AttributionQuestion, ids: Ids) -> tuple[str, ...]:
    """Return what a reader of the attribution must know."""
    found = []
    if ids != "daily":
        found.append(
            f"A touch is the start of a visit at most {question.lookback_days} days before the "
            "conversion; the visit that converts is one."
        )
        found.append(
            f"In time_decay a touch loses half its weight in {question.half_life_days} days."
        )
    if ids != "consented":
        found.append(
            "Visitor ids of a day end at midnight: same_day is the channel by which the visitor "
            "came that day, and no model of several days; fewer people means fewer visitor-days."
        )
    if ids == "mixed":
        found.append(
            "Visitors who consented and those with ids of a day stand side by side: who consents "
            "is no random sample of all."
        )
    if question.reported:
        found.append(
            "Blended is the last measured channel that is not direct, else what the person said, "
            "else what was measured."
        )
    return tuple(found)


def _populations(events: Any, ids: Ids) -> list[IdPopulation]:
    if ids == "daily":
        return [IdPopulation("daily", events, (SAME_DAY,))]
    if ids == "consented":
        return [IdPopulation("consented", events, MODELS)]
    lasting = (events.basis == "consent").fill_null(False)
    return [
        IdPopulation("consented", events.filter(lasting), MODELS),
        IdPopulation("daily", events.filter(~lasting), (SAME_DAY,)),
    ]


def _currency(
    engine: ReportEngine, events: Any, question: AttributionQuestion, setting: Setting
) -> str | None:
    """
    Return the currency of all money; ``None`` where there is no money.

    It is empty where it is unsaid, or is what few people wrote.

    Raises:
        ReportRefusalError: There is more than one.
    """
    if question.currency:
        return question.currency
    found = engine.rows(currencies(events, question, setting.start))
    if len(found) > 1:
        raise ReportRefusalError(
            "one_currency: the conversions are in more than one currency, and none is converted; "
            "choose one with --currency"
        )
    if not found:
        return None
    return found[0]["currency"] if found[0]["persons"] >= setting.k else ""


def _parts(
    engine: ReportEngine,
    of: IdPopulation,
    question: AttributionQuestion,
    setting: Setting,
    costs: Mapping[str, int],
) -> list[AttributionPart]:
    rows = touches(
        of.events,
        question,
        setting.start,
        setting.segments,
        setting.offsets,
        visits_told=setting.visits_told,
        same_day=of.ids == "daily",
    )
    labels = coarsened(_people(engine, rows, "label", NO_TOUCH), setting.k)
    answers = None
    if question.reported:
        answers = coarsened(_people(engine, rows, "reported", NO_ANSWER), setting.k)
    reading = CreditReading(of.models, question.half_life, labels, answers)
    groups = reading.groups(conversions(engine.batches(rows)))
    models = [*of.models, *((REPORTED, BLENDED) if question.reported else ())]
    cost: dict[str, int] = {}
    for label, amount in costs.items():
        stands = labels.get(label, label)
        cost[stands] = cost.get(stands, 0) + amount
    found = attributions(groups, models, len(setting.segments), setting.k)
    # What was spent is not known of a segment.
    return [AttributionPart(of.ids, one, {} if place else cost) for place, one in enumerate(found)]


def _people(engine: ReportEngine, rows: Any, column: str, unsaid: str) -> dict[str, set[int]]:
    """Return who has each value of *column*, as numbers."""
    people: dict[str, set[int]] = {}
    for batch in engine.batches(rows.select("person", column).distinct()):
        for person, value in zip(batch["person"], batch[column], strict=True):
            people.setdefault(value or unsaid, set()).add(person)
    return people


def _hidden(parts: Sequence[AttributionPart], *, whole: bool) -> Hidden:
    """
    Return what is in no figure of *parts*.

    The share is not told of a segment, whose size it would give away, and with it the few who are
    not in it; nor beside people of whom nothing is shown, since there it is their number.
    """
    cells = sum(part.figures.hidden_cells for part in parts)
    if not whole or (len(parts) > 1 and any(part.figures.conversions is None for part in parts)):
        return Hidden(cells, None)
    units = sum(part.figures.hidden_units for part in parts)
    everything = units + sum(part.figures.conversions or 0 for part in parts)
    return Hidden(cells, f"{units / everything if everything else 0:.2f}")
