"""Activities of the data map: one for each dataset and purpose. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.documents.facts.parts import DataActivity, KeptFact
from privacykit.documents.statement import StatementKind, StatementSource
from privacykit.documents.values import Lasting, Written, written
from privacykit.govern.datamap import Collection, DataMap
from privacykit.personal.categories import personal
from privacykit.settings.duties.notice import NoticePurpose, NoticeTable
from privacykit.settings.model import Settings
from privacykit.settings.named_stores import EVENT_STORE

UNSAID = ""
"""The purpose of a collection that names none: a problem, not a purpose."""


def mapped_activities(
    settings: Settings, datamap: DataMap, said: NoticeTable
) -> Iterator[DataActivity]:
    """
    Yield an activity for each dataset and each purpose of its collections.

    Args:
        settings: The configuration: a purpose of the same name has its label there.
        datamap: The data map.
        said: What ``[notice]`` says.
    """
    for dataset, table in datamap.datasets.items():
        if table.kind == EVENT_STORE:
            continue
        by_purpose: dict[str, list[str]] = {}
        for name, collection in datamap.of(dataset).items():
            if any(field.personal for field in collection.fields.values()):
                for purpose in datamap.purposes(dataset, name) or (UNSAID,):
                    by_purpose.setdefault(purpose, []).append(name)
        for purpose, names in by_purpose.items():
            yield _activity(settings, datamap, said, dataset, purpose, names)


def categories_of(collection: Collection) -> set[str]:
    """Return the personal categories of the columns of *collection*."""
    fields = collection.fields.values()
    return {key for field in fields for key in field.category if personal(key)}


def _activity(
    settings: Settings,
    datamap: DataMap,
    said: NoticeTable,
    dataset: str,
    purpose: str,
    names: list[str],
) -> DataActivity:
    file, own = settings.datamap.file, said.purposes.get(purpose, NoticePurpose())
    label, description = _texts(settings, purpose, own)
    found = [datamap.of(dataset)[name] for name in names]
    recipients = {who for name in names for who in datamap.recipients_of(dataset, name)}
    keys = [f"collections.{dataset}.{name}" for name in names]
    return DataActivity(
        id=f"map-{dataset}-{purpose}",
        origin="map",
        purpose=purpose,
        label=label,
        description=description,
        persons=tuple(map(written, said.persons.get(dataset, ()))),
        categories=tuple(sorted(set().union(*map(categories_of, found)))),
        recipients=tuple(sorted(recipients)),
        kept=tuple(sorted(_kept(datamap, dataset, purpose, names, file, own), key=_place_of)),
        sources=tuple(StatementSource(file, key) for key in keys),
        basis=own.basis or "",
        interest=own.interest,
        collected=said.origins.get(dataset, ""),
        where=tuple(f"{dataset}.{name}" for name in names),
        unclocked=() if own.kept else tuple(_unclocked(datamap, dataset, purpose, names)),
        told=StatementKind.DERIVED if purpose in settings.purposes else StatementKind.STATED,
    )


def _texts(settings: Settings, purpose: str, own: NoticePurpose) -> tuple[Written, Written]:
    known = settings.purposes.get(purpose)
    texts = (known.texts if known is not None else {}) | own.texts
    label = own.label or (known.label if known is not None else "")
    description = own.description or (known.description if known is not None else "")
    return (
        written(label, {tag: one.label for tag, one in texts.items()}),
        written(description, {tag: one.description for tag, one in texts.items()}),
    )


def _kept(
    datamap: DataMap, dataset: str, purpose: str, names: list[str], file: str, own: NoticePurpose
) -> Iterator[KeptFact]:
    seen: set[tuple[Lasting, str]] = set()
    for name in names:
        rules = datamap.of(dataset)[name].retention
        clocks = [(i, rule) for i, rule in enumerate(rules) if rule.purpose in {"", purpose}]
        for i, rule in clocks:
            span = Lasting(rule.duration.months, rule.duration.days)
            if (span, rule.from_) not in seen:
                seen.add((span, rule.from_))
                source = StatementSource(file, f"collections.{dataset}.{name}.retention.{i}")
                yield KeptFact(span, source, StatementKind.DERIVED, starts=rule.from_)
    if own.kept and any(_unclocked(datamap, dataset, purpose, names)):
        source = StatementSource("privacykit.toml", f"notice.purposes.{purpose}.kept")
        yield KeptFact(None, source, StatementKind.STATED, words=written(own.kept))
    yield from _held(datamap, dataset, names, file)


def _unclocked(datamap: DataMap, dataset: str, purpose: str, names: list[str]) -> Iterator[str]:
    """Yield the keys of collections whose rows no clock ends for *purpose*."""
    for name in names:
        rules = datamap.of(dataset)[name].retention
        if not any(rule.purpose in {"", purpose} for rule in rules):
            yield f"collections.{dataset}.{name}"


def _held(datamap: DataMap, dataset: str, names: list[str], file: str) -> Iterator[KeptFact]:
    """Yield what a law or interest has kept longer, each reason once."""
    reasons = {rule.reason for name in names for rule in datamap.of(dataset)[name].keep}
    for reason in sorted(reasons):
        known = datamap.reasons[reason]
        span = Lasting(known.duration.months, known.duration.days) if known.duration else None
        source = StatementSource(file, f"reasons.{reason}", known.citation, "stated")
        yield KeptFact(span, source, StatementKind.DERIVED, hold=known.citation)


def _place_of(kept: KeptFact) -> tuple[str, int, int, str]:
    """Return where *kept* stands among others, whatever their order in the file."""
    span = kept.span or Lasting()
    return kept.hold, span.months, span.days, kept.starts
