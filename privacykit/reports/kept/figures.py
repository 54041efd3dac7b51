"""
Kept figures as reports: how one is written down, read again, and put beside another. Pure.

A kept report is a report as it may be shown: the same definitions, the same suppression, cut by all
segments that were shown of its period before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import msgspec
from msgspec import structs

from privacykit.errors import ReportRefusalError
from privacykit.reports.result import Report


def question_digest(question: Any) -> str:
    """Return what stands for exactly *question*: SHA-256 in hex of all that it asks."""
    return hashlib.sha256(msgspec.json.encode(question)).hexdigest()


def written(report: Report) -> bytes:
    """Return *report*, of one period, as it is kept."""
    return msgspec.json.encode(report)


def read(body: bytes, at: float) -> Report:
    """Return the report of *body*, with the word that it was kept *at*, in Unix seconds."""
    report = msgspec.json.decode(body, type=Report)
    moment = f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
    (period,) = report.periods
    note = (
        f"kept_figures: the figures of {period.start} to {period.end} were kept on {moment[:10]}, "
        "before the events went; who withdrew or was erased after that day is still counted."
    )
    kept = structs.replace(period, kept=moment)
    return structs.replace(report, periods=(kept,), notes=(*report.notes, note))


def of_segments(report: Report, segments: Sequence[str]) -> Report:
    """
    Return the parts of a kept *report* that are asked: everybody, and *segments*.

    Raises:
        ReportRefusalError: One of them was not kept.
    """
    if missing := [name for name in segments if name not in report.segments]:
        raise ReportRefusalError(
            f"not_kept: the events of that period are gone, and no figures of {len(missing)} of "
            f"the segments were kept; kept are: {', '.join(report.segments) or 'everybody'}"
        )
    by_name = {one.segment: one for one in report.sets}
    sets = tuple(by_name[name] for name in (None, *segments))
    return structs.replace(report, segments=tuple(segments), sets=sets)


def beside(reports: Sequence[Report]) -> Report:
    """Return one report of *reports* of one question, each of one period, in the order given."""
    first = reports[0]
    sets = tuple(
        structs.replace(one, period=place)
        for place, report in enumerate(reports)
        for one in report.sets
    )
    same = {report.ids for report in reports}
    return structs.replace(
        first,
        ids=first.ids if len(same) == 1 else "mixed",
        periods=tuple(chain.from_iterable(one.periods for one in reports)),
        k=max(one.k for one in reports),
        policies=tuple(sorted(_each(one.policies for one in reports))),
        sets=sets,
        notes=tuple(_each(one.notes for one in reports)),
        not_available=tuple(_each(one.not_available for one in reports)),
        generated_at=max(one.generated_at for one in reports),
    )


def _each(texts: Iterable[Sequence[str]]) -> Iterable[str]:
    return dict.fromkeys(chain.from_iterable(texts))
