"""Activities of this software itself: choices, requests, suppression, the audit log. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.documents.facts.parts import CONFIG, PRODUCT, DataActivity, KeptFact
from privacykit.documents.statement import StatementKind, StatementSource
from privacykit.documents.values import Lasting, Word
from privacykit.policy.handling import days_of
from privacykit.settings.model import Settings
from privacykit.settings.values import DurationText

_DERIVED = StatementKind.DERIVED


def own_activities(settings: Settings) -> Iterator[DataActivity]:
    """Yield the activities that come with this software; other tools forget them."""
    if settings.collects:
        yield _of(
            "choices",
            ("visitors",),
            ("user.device.cookie_id", "user.privacy_preferences"),
            (_longest(settings),),
        )
    yield _of(
        "requests",
        ("requesters",),
        ("user.contact", "user.unique_id"),
        (_criterion("kept_requests", "requests"),),
    )
    yield _of(
        "suppression",
        ("requesters",),
        ("user.unique_id.pseudonymous",),
        (_criterion("kept_suppression", "suppressions"),),
    )
    yield _of(
        "audit",
        ("operators",),
        ("user.unique_id.pseudonymous",),
        (_criterion("kept_audit", "audit"),),
    )


def _of(
    name: str, persons: tuple[str, ...], categories: tuple[str, ...], kept: tuple[KeptFact, ...]
) -> DataActivity:
    return DataActivity(
        id=f"own-{name}",
        origin="own",
        purpose=f"own-{name}",
        label=Word(f"own_{name}"),
        description=Word(f"own_{name}_text"),
        persons=tuple(map(Word, persons)),
        categories=categories,
        recipients=(),
        kept=kept,
        sources=(StatementSource(PRODUCT, name),),
        basis="legal_obligation",
        where=("records",),
    )


def _longest(settings: Settings) -> KeptFact:
    """Return how long a choice is kept: what is told of grants and refusals holds for both."""
    records = settings.records
    spans = (_span(records.consents, "consents"), _span(records.refusals, "refusals"))
    return max(spans, key=lambda one: one[0])[1]


def _span(duration: DurationText, key: str) -> tuple[int, KeptFact]:
    span = Lasting(duration.months, duration.days)
    source = StatementSource(CONFIG, f"records.{key}")
    days = days_of(span.months) + span.days
    return days, KeptFact(span, source, _DERIVED, starts="end")


def _criterion(words: str, key: str) -> KeptFact:
    return KeptFact(None, StatementSource(PRODUCT, key), _DERIVED, words=Word(words))
