"""Problems of documents: what nobody stated, and what may not be published. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import chain
from typing import Final

from privacykit.collect.cookies.life import seconds_of
from privacykit.documents.facts.gather import DocumentFacts, DocumentInput
from privacykit.documents.facts.laws import EEA
from privacykit.documents.facts.parts import CONFIG, CookieFact, DataActivity
from privacykit.documents.facts.stored import DAY, cookies_of
from privacykit.documents.saying.activities import BASED, basis_of
from privacykit.documents.saying.parties import is_internal
from privacykit.documents.statement import NoticeStatement
from privacykit.documents.values import Listed, Value, Written
from privacykit.errors import Problem
from privacykit.settings.duties.receivers import named_receivers

WANTED: Final = {
    "controller.name": ("who is responsible is not stated", "gdpr"),
    "controller.contact": ("how to reach who is responsible is not stated", "gdpr"),
    "notice.officer": ("the data protection officer is not stated", "gdpr lgpd pipl app"),
    "notice.must_give": ("whether data must be given is not stated", "gdpr app"),
    "notice.automated_decisions": (
        "whether decisions are made without people is not stated",
        "gdpr california lgpd pipl app us-states",
    ),
    "notice.effective": ("the day from which the notice holds is not stated", "gdpr"),
}
"""Keys that a person has to fill in, why, and for which laws; the first family stands for all."""
EVERYWHERE: Final = frozenset({"controller.name", "controller.contact", "notice.effective"})
FORBIDDEN: Final = re.compile(
    r"\bcomplian(t|ce)\b|\bguarantee[sd]?\b|\banonym(ous|ously|ised|ized)\b", re.IGNORECASE
)
"""Words that no notice of ours says: nobody can know the first two; hashes are not the third."""
_HOST: Final = re.compile(r"[a-z][a-z0-9+.-]*://([^/\s]*)", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"\b(?:10|127|172\.(?:1[6-9]|2\d|3[01])|192\.168)(?:\.\d{1,3}){2,3}\b")
MOST_DAYS_OLD: Final = 366
"""California wants a policy that was updated within twelve months (Civ. Code 1798.130(a)(5))."""


def problems_of(facts: DocumentFacts, given: DocumentInput) -> tuple[Problem, ...]:
    """Return what is not stated and cannot be derived, in the order of the duties."""
    return tuple(
        chain(
            _unstated(facts, given),
            _represented(facts, given),
            _purposes(facts, given),
            _bases(facts),
            _recipients(facts),
            _roles(given),
            _cookies(given),
            _unknown(given),
            _old(facts, given),
        )
    )


def public_problems(statements: tuple[NoticeStatement, ...]) -> Iterator[Problem]:
    """Yield texts of people that would publish a login or an inner host, or that claim too much."""
    for one in statements:
        for _, value in one.values:
            for text in texts_in(value):
                key = one.sources[0].key
                if FORBIDDEN.search(text):
                    message = "a text says what nobody can promise, or calls a pseudonym more"
                    hint = "say what is done; leave out compliant, guarantee, anonymous"
                    yield Problem("PK347", one.sources[0].file, key, message, hint)
                if _leaks(text):
                    message = "a text names an inner host, or a login"
                    hint = "write a public name"
                    yield Problem("PK347", one.sources[0].file, key, message, hint)


def texts_in(value: Value) -> Iterator[str]:
    """Yield the texts in *value*, in every language."""
    match value:
        case str():
            yield value
        case Written(text, others):
            yield text
            yield from (other for _, other in others)
        case Listed(values):
            yield from chain.from_iterable(map(texts_in, values))
        case _:
            return


def _leaks(text: str) -> bool:
    authorities = _HOST.findall(text)
    return bool(_ADDRESS.search(text)) or any(
        "@" in one or is_internal(one.partition(":")[0]) for one in authorities
    )


def _unstated(facts: DocumentFacts, given: DocumentInput) -> Iterator[Problem]:
    families = {law.family for law in facts.laws}
    site, said = facts.site, given.said
    known = {
        "controller.name": site.name,
        "controller.contact": site.contact,
        "notice.officer": site.officer,
        "notice.must_give": said.must_give,
        "notice.automated_decisions": said.automated_decisions,
        "notice.effective": said.effective,
    }
    for key, (message, laws) in WANTED.items():
        wanted = key in EVERYWHERE or families & set(laws.split())
        if wanted and not known[key]:
            hint = f"write {key}, or none" if key == "notice.officer" else f"write {key}"
            yield Problem("PK335", CONFIG, key, message, hint)


def _represented(facts: DocumentFacts, given: DocumentInput) -> Iterator[Problem]:
    """Yield that a controller from outside names no representative (GDPR Art. 27; Law 6698)."""
    families = {law.family for law in facts.laws}
    home = {place[:2] for place in facts.site.establishments}
    outside = ("gdpr" in families and not home & {*EEA, "EU", "GB", "CH"}) or (
        "kvkk" in families and "TR" not in home
    )
    if outside and not given.said.representative:
        message = "whether a representative was named is not stated"
        hint = 'write who, or "none"'
        yield Problem("PK335", CONFIG, "notice.representative", message, hint)


def _purposes(facts: DocumentFacts, given: DocumentInput) -> Iterator[Problem]:
    told: set[str] = set()
    for activity in facts.activities:
        file, key = _where(activity)
        if not activity.purpose:
            hint = 'name purposes = ["…"] at the collection or its dataset'
            source = activity.sources[0]
            yield Problem("PK336", source.file, source.key, "nobody says what it is for", hint)
        elif isinstance(activity.label, Written) and activity.purpose not in told:
            told.add(activity.purpose)
            if not (activity.label.text and _written(activity.description)):
                message = "the purpose has no label or no description for visitors"
                yield Problem("PK336", file, key, message, f"write {key}.label and .description")
        for place in activity.unclocked if activity.purpose else ():
            message = "neither how long data is kept nor how that is found is stated"
            hint = f"write retention in the data map, or notice.purposes.{activity.purpose}.kept"
            yield Problem("PK348", given.settings.datamap.file, place, message, hint)
        if activity.origin == "map" and not activity.persons:
            dataset = activity.where[0].partition(".")[0]
            message = "whose data the dataset holds is not stated"
            hint = 'write who, as in ["customers"]'
            yield Problem("PK341", CONFIG, f"notice.persons.{dataset}", message, hint)
    yield from _origins(facts, given)


def _origins(facts: DocumentFacts, given: DocumentInput) -> Iterator[Problem]:
    """Yield datasets with data of third parties whose source nobody states (GDPR Art. 14(2)(f))."""
    for dataset in dict.fromkeys(
        place.partition(".")[0] for one in facts.activities for place in one.where
    ):
        fields = [f for c in given.datamap.of(dataset).values() for f in c.fields.values()]
        theirs = any(f.personal and f.origin == "third_party" for f in fields)
        if theirs and dataset not in given.said.origins:
            message = "where data came from that people did not give is not stated"
            key = f"notice.origins.{dataset}"
            yield Problem("PK335", CONFIG, key, message, "write from whom")


def _bases(facts: DocumentFacts) -> Iterator[Problem]:
    told: set[str] = set()
    for law in facts.laws:
        for activity in facts.activities if law.family in BASED else ():
            if activity.purpose in told or not activity.purpose:
                continue
            basis, _, _ = basis_of(activity, law)
            key = f"notice.purposes.{activity.purpose}"
            if not basis:
                told.add(activity.purpose)
                message = "no rule says consent, and the legal basis is not stated"
                yield Problem("PK340", CONFIG, f"{key}.basis", message, f"write {key}.basis")
            elif basis == "legitimate_interest" and not activity.interest:
                told.add(activity.purpose)
                message = "it rests on a legitimate interest, and which one is not stated"
                yield Problem("PK340", CONFIG, f"{key}.interest", message, f"write {key}.interest")


def _recipients(facts: DocumentFacts) -> Iterator[Problem]:
    for one in facts.recipients:
        key = one.asked
        if not one.name:
            message = "the recipient has no public name"
            yield Problem("PK337", CONFIG, key, message, f"write [{key}] with name and country")
        elif not one.country:
            yield Problem("PK338", CONFIG, key, "where the recipient is is not stated", "country")
        elif one.outside and not one.safeguard:
            message = "the recipient is outside the region, and no safeguard is stated"
            yield Problem("PK339", CONFIG, key, message, f"write {key}.safeguard")


def _roles(given: DocumentInput) -> Iterator[Problem]:
    stated = {name for name, one in given.said.recipients.items() if one.role is not None}
    for one in named_receivers(given.settings):
        if one.id not in stated:
            known = one.id in given.said.recipients
            key = f"notice.recipients.{one.id}.role" if known else "notice.recipients"
            message = "whether a recipient that a purpose names works for us or has ends of its own"
            hint = 'write a table with its name and role, "processor" or "third_party"'
            yield Problem("PK470", CONFIG, key, f"{message} is not stated", hint)
        stated.discard(one.id)
    for id_ in sorted(stated):
        message, hint = "what it receives data as stands with its sink or in the data map", "remove"
        yield Problem("PK471", CONFIG, f"notice.recipients.{id_}.role", message, hint)


def _cookies(given: DocumentInput) -> Iterator[Problem]:
    for cookie in cookies_of(given.settings, given.said, given.measured):
        key = f"notice.cookies.{cookie.name}"
        if cookie.life is None and not cookie.session:
            message = "how long the cookie is kept is not stated"
            yield Problem("PK348", CONFIG, key, message, 'write life = "13 months" or "session"')
        elif cookie.measured is not None and cookie.measured > _longest(cookie):
            message = (
                f"the cookie was seen to live longer than is stated, on {given.measured.seen_on}"
            )
            hint = "shorten it, or state the life that it has; then look at the site again"
            yield Problem("PK396", CONFIG, key, message, hint)


def _longest(cookie: CookieFact) -> int:
    """Return how many seconds *cookie* may live by what is stated, and a day: `verify` alike."""
    if cookie.life is None:
        return 0
    return seconds_of(cookie.life.months) + (cookie.life.days + 1) * DAY


def _unknown(given: DocumentInput) -> Iterator[Problem]:
    """Yield names in ``[notice]`` that nothing has: they would say something of nothing."""
    settings, datamap, said = given.settings, given.datamap, given.said
    sinks = {table.name or f"{table.type}-{i}" for i, table in enumerate(settings.sinks)}
    named = {one.id for one in named_receivers(given.settings)}
    mapped = {
        purpose
        for dataset in datamap.datasets
        for name in datamap.of(dataset)
        for purpose in datamap.purposes(dataset, name)
    }
    known: dict[str, tuple[set[str], set[str]]] = {
        "purposes": (set(said.purposes), {*settings.purposes, *mapped}),
        "recipients": (set(said.recipients), sinks | set(datamap.recipients) | named),
        "cookies": (set(said.cookies), set(settings.cookies)),
        "persons": (set(said.persons), set(datamap.datasets)),
        "origins": (set(said.origins), set(datamap.datasets)),
    }
    for table, (named, there) in known.items():
        for name in sorted(named - there):
            message, hint = "there is nothing of this name", "mend its spelling, or remove it"
            yield Problem("PK346", CONFIG, f"notice.{table}.{name}", message, hint)


def _old(facts: DocumentFacts, given: DocumentInput) -> Iterator[Problem]:
    if given.said.effective is None or not any(law.family == "california" for law in facts.laws):
        return
    if (given.on - date.fromisoformat(given.said.effective)).days > MOST_DAYS_OLD:
        message = "the notice was last updated more than twelve months ago"
        hint = "read it again, then write the day (Civ. Code 1798.130(a)(5))"
        yield Problem("PK349", CONFIG, "notice.effective", message, hint)


def _where(activity: DataActivity) -> tuple[str, str]:
    table = "purposes" if activity.origin == "visits" else "notice.purposes"
    return CONFIG, f"{table}.{activity.purpose}"


def _written(value: Value) -> bool:
    return not isinstance(value, Written) or bool(value.text)
