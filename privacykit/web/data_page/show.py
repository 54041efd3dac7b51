"""Held data as the page and the JSON document show it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from privacykit.collect.site import Purpose
from privacykit.web.data_page.ports import DataHolder, HeldData, Span

MOST_RULES = 8
"""Policies that the page names; at an unknown place all that there are applied."""
Words = Callable[..., str]


def page_values(purposes: Sequence[Purpose], held: HeldData) -> dict[str, Any]:
    """Return what the template names besides *held*: times, spans, names of *purposes*."""
    known = {purpose.id: purpose for purpose in purposes}

    def named(ids: Iterable[str]) -> str:
        return ", ".join((known[id_].label or id_) if id_ in known else id_ for id_ in ids)

    return {
        "day": lambda at: _moment(at)[:10],
        "moment": _moment,
        "named": named,
        "why": lambda id_: known[id_].description if id_ in known else "",
        "span": span_words,
        "share": share_of(held),
        "most_rules": MOST_RULES,
    }


def share_of(held: HeldData) -> int:
    """Return *n* where the holder's events are one in *n* of the site's; 0 where none is told."""
    return held.site_total // held.total if held.site_total and held.total else 0


def span_words(words: Words, span: Span) -> str:
    """Return *span* in words."""
    if span.months and span.days:
        return words("data_span_both", months=span.months, days=span.days)
    if span.months:
        return words("data_span_months", months=span.months)
    return words("data_span_days", days=span.days)


def document(holder: DataHolder, held: HeldData, cannot_be_tied: str) -> dict[str, Any]:
    """
    Return what is held as plain members; no identifier is among them, of the holder's either.

    Args:
        holder: Who asks.
        held: What is held.
        cannot_be_tied: The sentence about what is not in it.
    """
    by = {"consent_record": bool(holder.records), "account": holder.user_id is not None}
    records = [
        {**msgspec.structs.asdict(record), "given_at": _moment(record.given_at)}
        for record in held.records
    ]
    return {
        "site": holder.site,
        "found_by": [name for name, found in by.items() if found],
        "consents": {"records": records, "proof_kept": held.proofs_kept},
        "events": {
            "total": held.total,
            "days": held.days,
            "complete": not held.more,
            "purposes": held.purposes,
            "newest": held.events,
            "recipients": held.recipients,
        },
        "site_total": held.site_total,
        "not_here": cannot_be_tied,
    }


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
