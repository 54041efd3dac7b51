"""Activities of visits: each configured purpose, and which data its events hold. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from privacykit.documents.facts.parts import CONFIG, DataActivity, KeptFact
from privacykit.documents.statement import StatementKind, StatementSource
from privacykit.documents.values import Lasting, Word, written
from privacykit.policy.handling import days_of
from privacykit.settings.duties.notice import NoticePurpose
from privacykit.settings.duties.receivers import receivers_of
from privacykit.settings.model import PurposeTable, Settings

ALWAYS: Final = {
    "time": "user.behavior",
    "page": "user.behavior.browsing_history",
    "device": "user.device",
    "language": "user.demographic.language",
    "campaign": "user.behavior",
    "props": "user.content",
    "consent": "user.privacy_preferences",
}
"""Fields of every event by their category, as the data map of our own stores has them."""
WHERE_LET: Final = {
    "visitor": "user.unique_id.pseudonymous",
    "ip": "user.device.ip_address",
    "place": "user.location.imprecise",
    "referrer": "user.behavior.browsing_history",
    "query": "user.behavior",
}
"""Fields that the configuration lets through or not."""
NO_ADDRESS: Final = frozenset({"drop", "zero"})
"""Modes of weakening that keep nothing of an address."""


def visit_activities(
    settings: Settings,
    said: Mapping[str, NoticePurpose],
    caps: Mapping[str, tuple[int, str]],
    asking: Mapping[str, frozenset[str]],
) -> Iterator[DataActivity]:
    """
    Yield an activity for each purpose of ``[purposes]``.

    Args:
        settings: The configuration.
        said: What ``[notice]`` says of purposes.
        caps: By purpose the days that a law lets its data live, and that policy.
        asking: By purpose the ids of the policies that let it be only by consent.
    """
    for name, table in settings.purposes.items():
        key = f"purposes.{name}"
        own = said.get(name, NoticePurpose())
        texts = table.texts | own.texts
        yield DataActivity(
            id=f"visits-{name}",
            origin="visits",
            purpose=name,
            label=written(table.label, {tag: one.label for tag, one in texts.items()}),
            description=written(
                table.description, {tag: one.description for tag, one in texts.items()}
            ),
            persons=(Word("visitors"),),
            categories=tuple(sorted(set(fields_of(settings, table).values()))),
            recipients=_recipients(settings, name),
            kept=(_kept(name, table, caps),),
            sources=(StatementSource(CONFIG, key),),
            uses=tuple(table.uses),
            asking=asking[name],
            basis=own.basis or "",
            interest=own.interest,
            where=("events",),
        )


def fields_of(settings: Settings, table: PurposeTable) -> dict[str, str]:
    """Return the personal fields that events of a purpose may hold, each with its category."""
    places = settings.geo.database or settings.geo.edge or settings.geo.country_header
    let = {
        "visitor": table.visitor != "none",
        "ip": settings.ip.mode not in NO_ADDRESS,
        "place": bool(places),
        "referrer": settings.text.referrer != "none",
        "query": bool(settings.text.query_keep),
    }
    return ALWAYS | {field: WHERE_LET[field] for field, is_let in let.items() if is_let}


def identifiers_of(settings: Settings, table: PurposeTable) -> tuple[Word, ...]:
    """Return by what a person may be told apart under a purpose, as words of ours."""
    found = [Word(f"id_{table.visitor}")]
    if table.identified:
        found.append(Word("id_account"))
    if settings.ip.mode not in NO_ADDRESS:
        found.append(Word("id_address_whole" if settings.ip.mode == "keep" else "id_address"))
    return tuple(found)


def _recipients(settings: Settings, purpose: str) -> tuple[str, ...]:
    return tuple(one.id for one in receivers_of(settings, purpose))


def _kept(name: str, table: PurposeTable, caps: Mapping[str, tuple[int, str]]) -> KeptFact:
    span = Lasting(table.retention.months, table.retention.days)
    source = StatementSource(CONFIG, f"purposes.{name}.retention")
    days, policy = caps.get(name, (0, ""))
    if policy and days < days_of(span.months) + span.days:
        return KeptFact(Lasting(0, days), source, StatementKind.DERIVED, cap=policy)
    return KeptFact(span, source, StatementKind.DERIVED)
