"""
The rows of the record of processing (GDPR Art. 30), a superset of every template's columns. Pure.

The record is for the organisation and the authority, not for the public: it may name systems.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from privacykit.documents.assessment.triggers import triggers_of
from privacykit.documents.facts.california import is_special
from privacykit.documents.facts.gather import DocumentInput
from privacykit.documents.facts.laws import texts_of
from privacykit.documents.facts.parts import DataActivity, KeptFact
from privacykit.documents.facts.visits import identifiers_of
from privacykit.documents.model import DocumentModel
from privacykit.documents.pages.view import text_of
from privacykit.documents.pages.writer import Writer
from privacykit.documents.saying.activities import ARTICLES, basis_of, kept_words
from privacykit.documents.saying.parties import NONE
from privacykit.documents.statement import NoticeItem
from privacykit.documents.values import Lasting, Value, Word, listed

JOIN = "; "


class RecordRow(msgspec.Struct, frozen=True):
    """
    One activity, in words of one language; empty where nothing is known.

    Attributes:
        activity: Its name.
        controller: Names and contacts: controller, joint, representative, officer (30(1)(a)).
        purposes: Why (b).
        persons: Whose data (c).
        data: Which data (c).
        special: Which of it is of a special category.
        identifiers: By what people are told apart.
        recipients: To whom, by name and role (d).
        transfers: To which countries, under which safeguard (d), (e).
        retention: How long (f).
        measures: How it is protected (g).
        basis: On what it rests, by law.
        interest: The legitimate interest.
        rights: Which rights people have, and where.
        automated: Decisions made without people.
        source: Where data came from.
        consent: Where consents are recorded.
        location: Systems and hosters.
        dpia: What speaks for an assessment.
        breach: Where incidents are recorded.
        verified: When the claims were last verified.
    """

    activity: str
    controller: str
    purposes: str
    persons: str
    data: str
    special: str
    identifiers: str
    recipients: str
    transfers: str
    retention: str
    measures: str
    basis: str
    interest: str
    rights: str
    automated: str
    source: str
    consent: str
    location: str
    dpia: str
    breach: str
    verified: str


def record_rows(
    model: DocumentModel, given: DocumentInput, writer: Writer
) -> tuple[RecordRow, ...]:
    """Return a row for each activity, this software's own included, in the model's order."""
    maker = _RowMaker(model, given, writer)
    return tuple(maker.row(activity) for activity in model.facts.activities)


class _RowMaker:
    """Makes rows: what is the same in all of them once."""

    def __init__(self, model: DocumentModel, given: DocumentInput, writer: Writer) -> None:
        self._model = model
        self._given = given
        self._writer = writer
        self._controller = self._parties()
        self._measures = self._protection()
        self._rights = self._granted()
        self._dpia = self._triggers()

    def row(self, activity: DataActivity) -> RecordRow:
        """Return the row of *activity*."""
        special = [Word(f"category_{key}") for key in activity.categories if is_special(key)]
        receiving = self._model.facts.receiving(activity)
        return RecordRow(
            activity=self._text(activity.label) or activity.purpose or activity.id,
            controller=self._controller,
            purposes=self._text(activity.description),
            persons=self._all(activity.persons),
            data=self._all(Word(f"category_{key}") for key in activity.categories),
            special=self._all(special) or self._word("record_none"),
            identifiers=self._told_apart(activity),
            recipients=JOIN.join(
                f"{one.name or one.id} ({self._word(f'role_{one.role}')})" for one in receiving
            )
            or self._word("record_none"),
            transfers=self._transfers(activity),
            retention=JOIN.join(self._kept(kept) for kept in activity.kept),
            measures=self._measures,
            basis=self._bases(activity),
            interest=activity.interest,
            rights=self._rights,
            automated=self._automated(),
            source=activity.collected or text_of(self._writer.say("origin_none")),
            consent=self._word("record_consent_where") if self._rests_on_consent(activity) else "",
            location=JOIN.join([*activity.where, *self._hosts()]),
            dpia=self._dpia,
            breach=self._word("record_breach_where"),
            verified=self._verified(),
        )

    def _word(self, key: str, **values: Value) -> str:
        return text_of(self._writer.say(key, **values))

    def _text(self, value: Value) -> str:
        return text_of(self._writer.value(value))

    def _all(self, values: Iterable[Value]) -> str:
        return JOIN.join(self._text(value) for value in values)

    def _parties(self) -> str:
        wanted = {NoticeItem.CONTROLLER, NoticeItem.OFFICER}
        said = [one for one in self._model.statements if one.item in wanted and one.id != "hosts"]
        return JOIN.join(text_of(self._writer.statement(one)) for one in said)

    def _protection(self) -> str:
        said = [
            text_of(self._writer.statement(one))
            for one in self._model.statements
            if one.item is NoticeItem.PROTECTION
        ]
        ours = ["measure_keys", "measure_erasure"]
        if self._given.settings.collects:
            ours += ["measure_salts", "measure_signals"]
        said += [self._word(key) for key in ours]
        return JOIN.join([*said, *self._given.said.measures])

    def _granted(self) -> str:
        names: dict[str, None] = {}
        for law in self._model.facts.laws:
            for policy in law.policies:
                fact = policy.facts.get("rights")
                names |= dict.fromkeys(texts_of(fact, "granted")) if fact is not None else {}
        told = [self._word(f"right_{name}") for name in names]
        ways = [one for one in self._model.statements if one.words in {"ask_page", "ask"}]
        return " ".join([*told, *(text_of(self._writer.statement(one)) for one in ways)])

    def _triggers(self) -> str:
        found = triggers_of(self._model.facts, self._given)
        if not found:
            return self._word("record_dpia_no")
        reasons = [text_of(self._writer.say(one.words, **dict(one.values))) for one in found]
        return self._word("record_dpia_advice", reasons=JOIN.join(reasons))

    def _told_apart(self, activity: DataActivity) -> str:
        table = self._given.settings.purposes.get(activity.purpose)
        if activity.origin != "visits" or table is None:
            return ""
        return self._all(identifiers_of(self._given.settings, table))

    def _transfers(self, activity: DataActivity) -> str:
        told = []
        for one in self._model.facts.receiving(activity):
            if one.country:
                where = self._text(Word(f"country_{one.country}"))
                inside = "" if one.outside else self._word("record_region")
                told.append(f"{one.name or one.id}: {where} ({one.safeguard or inside})")
        return JOIN.join(told) or self._word("record_none")

    def _kept(self, kept: KeptFact) -> str:
        words = {"kept": "", "kept_words": "", "kept_cap": "capped"}.get(kept_words(kept))
        value: Value = kept.span if isinstance(kept.span, Lasting) else kept.words
        told = self._word("capped", span=value) if words == "capped" else self._text(value)
        if kept.cap:
            return f"{told} ({kept.cap})"
        return f"{told} ({kept.hold})".strip() if kept.hold else told

    def _bases(self, activity: DataActivity) -> str:
        told = []
        for law in self._model.facts.laws:
            basis, policy, rule = basis_of(activity, law)
            if not basis:
                continue
            name = self._word(f"basis_{basis}")
            if law.family == "gdpr":
                name += f" (Art. 6(1)({ARTICLES[basis]}))"
            if policy is not None and rule is not None:
                name += f" [{policy.label} {rule.clause.citation}]"
            told.append(f"{law.family}: {name}")
        return JOIN.join(told)

    def _rests_on_consent(self, activity: DataActivity) -> bool:
        return any(basis_of(activity, law)[0] == "consent" for law in self._model.facts.laws)

    def _automated(self) -> str:
        said = self._given.said.automated_decisions
        return self._word("record_none") if said == NONE else said

    def _hosts(self) -> list[str]:
        return [one.name for one in self._model.facts.recipients if one.id.startswith("host ")]

    def _verified(self) -> str:
        last = self._given.disproved
        if not last.at:
            return self._word("record_verified_never")
        return self._word("record_verified_at", at=last.at, digest=last.digest)


def labels_of(model: DocumentModel) -> Value:
    """Return the names of all activities as one value."""
    return listed([one.label for one in model.facts.activities])
