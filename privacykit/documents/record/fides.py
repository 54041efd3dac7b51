"""
The record as a manifest of Fides: systems with their declarations, datasets with their fields.

Pure. Structure and keys are those of fideslang 3 (IABTechLab/fideslang, ``models.py``: ``System``,
``PrivacyDeclaration``, ``DataFlow``, ``Dataset``). What fideslang has no key for is no declaration
but a problem or a note; no key is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from privacykit.documents.facts.california import is_special
from privacykit.documents.facts.gather import DocumentInput
from privacykit.documents.facts.parts import CONFIG, DataActivity, RecipientFact
from privacykit.documents.model import DocumentModel
from privacykit.documents.pages.view import text_of
from privacykit.documents.pages.writer import Writer
from privacykit.documents.record.rows import RecordRow, record_rows
from privacykit.documents.saying.activities import basis_of
from privacykit.documents.values import Value, Word, Written
from privacykit.errors import Problem
from privacykit.govern.datamap import DataMap
from privacykit.personal.uses import DATA_SUBJECTS
from privacykit.policy.words import Use

OWN_SYSTEM: Final = "privacykit"
"""The system of visits, and of what this software does by itself."""
_USES: Final = {
    Use.STRICTLY_NECESSARY: "essential.service",
    Use.ANALYTICS_STORAGE: "analytics.reporting",
    Use.ANALYTICS_NO_STORAGE: "analytics.reporting",
    Use.TARGETED_ADS: "marketing.advertising",
    Use.SALE: "third_party_sharing",
    Use.SENSITIVE_SALE: "third_party_sharing",
}
"""Uses of the law that fideslang has a key for; the others a person has to state."""
_OWN_USE: Final = "essential.legal_obligation"
_BASES: Final = {
    "consent": "Consent",
    "contract": "Contract",
    "legal_obligation": "Legal obligations",
    "vital_interests": "Vital interests",
    "public_task": "Public interest",
    "legitimate_interest": "Legitimate interests",
}
_PERSONS: Final = {"visitors": "visitor", "operators": "employee"}
"""Our own words for people; who asks for their rights may be anybody."""
_KEY: Final = re.compile(r"[^a-zA-Z0-9_.-]+")


class FidesManifest(NamedTuple):
    """
    A manifest, and what is not in it.

    Attributes:
        document: The manifest as plain data.
        problems: Purposes whose data use nobody stated.
        notes: What fideslang has no word for, in plain words.
    """

    document: dict[str, Any]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def fides_manifest(
    model: DocumentModel, given: DocumentInput, writer: Writer, role: str
) -> FidesManifest:
    """
    Return the record as a manifest of Fides.

    Args:
        model: What is said.
        given: What it is made of.
        writer: Writes it in one language.
        role: ``controller`` or ``processor``.
    """
    return _ManifestMaker(model, given, writer, role).made()


class _ManifestMaker:
    """Makes one manifest."""

    def __init__(
        self, model: DocumentModel, given: DocumentInput, writer: Writer, role: str
    ) -> None:
        self._model = model
        self._given = given
        self._writer = writer
        self._role = role
        self._rows = record_rows(model, given, writer)
        self._keys = _keys_of(one.id for one in model.facts.recipients)
        self._problems: dict[Problem, None] = {}
        self._notes: dict[str, None] = {}

    def made(self) -> FidesManifest:
        """Return the manifest."""
        grouped: dict[str, list[tuple[DataActivity, RecordRow]]] = {}
        for activity, row in zip(self._model.facts.activities, self._rows, strict=True):
            grouped.setdefault(self._system_of(activity), []).append((activity, row))
        systems = [self._system(key, found) for key, found in grouped.items()]
        systems += [self._receiver(one) for one in self._model.facts.recipients]
        document = {"dataset": list(_datasets(self._given.datamap)), "system": systems}
        return FidesManifest(document, tuple(self._problems), tuple(self._notes))

    def _system_of(self, activity: DataActivity) -> str:
        if activity.origin != "map":
            return OWN_SYSTEM
        dataset = _dataset_of(activity)
        return self._given.datamap.datasets[dataset].system or dataset

    def _system(self, key: str, found: list[tuple[DataActivity, RecordRow]]) -> dict[str, Any]:
        site, datamap = self._model.facts.site, self._given.datamap
        datasets = dict.fromkeys(_dataset_of(one) for one, _ in found if one.origin == "map")
        receiving = {
            one.id: one for activity, _ in found for one in self._model.facts.receiving(activity)
        }
        abroad = [one for one in receiving.values() if one.outside]
        told = {
            "fides_key": _plain(key),
            "name": key,
            "description": datamap.systems[key].description if key in datamap.systems else "",
            "system_type": "Service" if key == OWN_SYSTEM else "Application",
            "responsibility": ["Processor" if self._role == "processor" else "Controller"],
            "legal_name": site.name,
            "legal_address": site.address,
            "dpo": site.officer,
            "joint_controller_info": "; ".join(site.joint),
            "does_international_transfers": bool(abroad),
            "legal_basis_for_transfers": sorted({one.safeguard for one in abroad} - {""}),
            "data_security_practices": found[0][1].measures,
            "uses_profiling": any(Use.PROFILING_SIGNIFICANT in one.uses for one, _ in found),
            "dataset_references": list(map(_plain, datasets)),
            "egress": [{"fides_key": self._keys[id_], "type": "system"} for id_ in receiving],
        }
        declared = [one for pair in found for one in self._declarations(*pair)]
        return _said(told) | {"privacy_declarations": declared}

    def _declarations(self, activity: DataActivity, row: RecordRow) -> Iterator[dict[str, Any]]:
        receiving = self._model.facts.receiving(activity)
        others = [one for one in receiving if one.role == "third_party"]
        basis, subjects = self._basis(activity), self._subjects(activity)
        for use in self._uses(activity):
            told = {
                "name": row.activity,
                "data_use": use,
                "data_subjects": subjects,
                "dataset_references": _referenced(activity),
                "egress": [self._keys[one.id] for one in receiving],
                "legal_basis_for_processing": _BASES.get(basis, ""),
                "retention_period": row.retention,
                "processes_special_category_data": any(map(is_special, activity.categories)),
                "data_shared_with_third_parties": bool(others),
                "third_parties": "; ".join(one.name for one in others if one.name),
                "shared_categories": list(activity.categories) if others else [],
                "cookies": [
                    {"name": one.name}
                    for one in self._model.facts.cookies
                    if activity.origin == "visits" and one.purpose == activity.purpose
                ],
            }
            yield _said(told) | {"data_categories": list(activity.categories)}

    def _uses(self, activity: DataActivity) -> list[str]:
        """Return the data uses of *activity*: stated, else those of its uses of the law."""
        if activity.origin == "own":
            return [_OWN_USE]
        own = self._given.said.purposes.get(activity.purpose)
        if own is not None and own.data_use:
            return [own.data_use]
        table = self._given.settings.purposes.get(activity.purpose)
        uses = activity.uses or (tuple(table.uses) if table is not None else ())
        known = list(dict.fromkeys(_USES[use] for use in map(Use, uses) if use in _USES))
        if activity.purpose and (not known or any(Use(use) not in _USES for use in uses)):
            key = f"notice.purposes.{activity.purpose}.data_use"
            message = "which data use of fideslang the purpose is is not stated"
            hint = f"write {key}; a use without one is left out of the manifest"
            self._problems[Problem("PK397", CONFIG, key, message, hint)] = None
        return known

    def _subjects(self, activity: DataActivity) -> list[str]:
        found: dict[str, None] = {}
        for person in activity.persons:
            key = _subject(person)
            if key:
                found[key] = None
            else:
                who = text_of(self._writer.value(person))
                self._notes[f"{activity.id}: fideslang has no data subject for '{who}'"] = None
        return list(found)

    def _basis(self, activity: DataActivity) -> str:
        laws = (law for law in self._model.facts.laws if law.family == "gdpr")
        return next((basis_of(activity, law)[0] for law in laws), "")

    def _receiver(self, one: RecipientFact) -> dict[str, Any]:
        third = one.role == "third_party"
        told = {
            "fides_key": self._keys[one.id],
            "name": one.name or one.id,
            "legal_name": one.name,
            "system_type": "Third Party" if third else "Processor",
            "responsibility": ["Controller" if third else "Processor"],
            "description": one.kind,
        }
        return _said(told) | {"privacy_declarations": []}


def _said(told: dict[str, Any]) -> dict[str, Any]:
    """Return what is said in *told*: a key without a value says nothing to Fides."""
    return {key: value for key, value in told.items() if value not in ("", [])}


def _dataset_of(activity: DataActivity) -> str:
    return activity.where[0].partition(".")[0]


def _referenced(activity: DataActivity) -> list[str]:
    return [_plain(_dataset_of(activity))] if activity.origin == "map" else []


def _keys_of(ids: Iterable[str]) -> dict[str, str]:
    """Return a key of Fides for each of *ids*, each its own."""
    found: dict[str, str] = {}
    for id_ in ids:
        plain = f"recipient_{_plain(id_)}"
        taken = set(found.values())
        others = (f"{plain}_{number}" for number in range(2, len(found) + 3))
        found[id_] = plain if plain not in taken else next(k for k in others if k not in taken)
    return found


def _plain(name: str) -> str:
    """Return *name* with the characters that a key of Fides may have."""
    return _KEY.sub("_", name)


def _subject(person: Value) -> str:
    """Return the data subject of fideslang that *person* names, empty where it has none."""
    if isinstance(person, Word):
        return _PERSONS.get(person.key, "")
    text = person.text if isinstance(person, Written) else str(person)
    plain = "_".join(text.casefold().split())
    return next((key for key in (plain, plain.removesuffix("s")) if key in DATA_SUBJECTS), "")


def _datasets(datamap: DataMap) -> Iterator[dict[str, Any]]:
    for name, table in datamap.datasets.items():
        collections = [
            {
                "name": collection,
                "fields": [
                    _field(column, tuple(field.category), field.identity)
                    for column, field in mapped.fields.items()
                ],
            }
            for collection, mapped in datamap.of(name).items()
        ]
        told = {"fides_key": _plain(name), "name": name, "description": table.description}
        yield _said(told) | {"collections": collections}


def _field(name: str, categories: tuple[str, ...], identity: str | None) -> dict[str, Any]:
    meta = {"identity": identity} if identity else {}
    return _said({"name": name, "data_categories": list(categories), "fides_meta": meta or ""})
