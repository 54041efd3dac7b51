"""The record as a manifest of Fides: its structure, its keys, and nothing guessed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from privacykit.cli.documents.manifest import manifest_text
from privacykit.documents.record.fides import _keys_of, fides_manifest
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.datamap.fides import import_fides
from privacykit.personal.categories import CATEGORIES
from privacykit.personal.uses import DATA_SUBJECTS, DATA_USES
from tests.documents.samples import ALL, CONSENTED, MAP, SOLD, model, writer
from tests.documents.samples import given as given_of

LINES = (Path(__file__).parents[1] / "vectors" / "fideslang-taxonomy.txt").read_text().splitlines()
USES = {line.removeprefix("use ") for line in LINES if line.startswith("use ")}
SUBJECTS = {line.removeprefix("subject ") for line in LINES if line.startswith("subject ")}

KEY = {"type": "string", "pattern": "^[a-zA-Z0-9_.<>-]+$"}
KEYS = {"type": "array", "items": KEY}
TEXT = {"type": "string", "minLength": 1}
FLAG = {"type": "boolean"}


def shape(required, **properties):
    """Return the schema of an object without other keys: Fides would drop them in silence."""
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


DECLARATION = shape(
    ["data_categories", "data_use"],
    name=TEXT,
    data_categories={"type": "array", "items": {"enum": sorted(CATEGORIES)}},
    data_use={"enum": sorted(USES)},
    data_subjects={"type": "array", "items": {"enum": sorted(SUBJECTS)}},
    dataset_references=KEYS,
    egress=KEYS,
    legal_basis_for_processing={
        "enum": [
            "Consent",
            "Contract",
            "Legal obligations",
            "Vital interests",
            "Public interest",
            "Legitimate interests",
        ]
    },
    retention_period=TEXT,
    processes_special_category_data=FLAG,
    data_shared_with_third_parties=FLAG,
    third_parties=TEXT,
    shared_categories={"type": "array", "items": TEXT},
    cookies={"type": "array", "items": shape(["name"], name=TEXT)},
)
SYSTEM = shape(
    ["fides_key", "system_type", "privacy_declarations"],
    fides_key=KEY,
    name=TEXT,
    description=TEXT,
    system_type=TEXT,
    responsibility={"type": "array", "items": {"enum": ["Controller", "Processor"]}},
    legal_name=TEXT,
    legal_address=TEXT,
    dpo=TEXT,
    joint_controller_info=TEXT,
    does_international_transfers=FLAG,
    legal_basis_for_transfers={"type": "array", "items": TEXT},
    data_security_practices=TEXT,
    uses_profiling=FLAG,
    dataset_references=KEYS,
    egress={
        "type": "array",
        "items": shape(["fides_key", "type"], fides_key=KEY, type={"const": "system"}),
    },
    privacy_declarations={"type": "array", "items": DECLARATION},
)
FIELD = shape(
    ["name"],
    name=TEXT,
    data_categories={"type": "array", "items": {"enum": sorted(CATEGORIES)}},
    fides_meta=shape(["identity"], identity=TEXT),
)
DATASET = shape(
    ["fides_key", "collections"],
    fides_key=KEY,
    name=TEXT,
    description=TEXT,
    collections={
        "type": "array",
        "items": shape(["name", "fields"], name=TEXT, fields={"type": "array", "items": FIELD}),
    },
)
MANIFEST = Draft202012Validator(
    shape(
        ["dataset", "system"],
        dataset={"type": "array", "items": DATASET},
        system={"type": "array", "items": SYSTEM},
    )
)
"""What fideslang 3 asks of the parts that we write (``models.py``)."""


def manifest(text=CONSENTED, datamap=MAP, role="controller"):
    """Return the manifest of a configuration."""
    return fides_manifest(model(text, datamap), given_of(text, datamap), writer(), role)


def declared(found):
    """Return every declaration by its system."""
    return [
        (system["fides_key"], one)
        for system in found.document["system"]
        for one in system["privacy_declarations"]
    ]


def test_our_keys_are_those_of_fideslang():
    """Those that it has deprecated are none of ours."""
    assert set(DATA_USES) == {key for key in USES if not key.startswith("-")}
    assert set(DATA_SUBJECTS) == SUBJECTS


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_manifest_has_the_structure_of_fides(name):
    """No key that it does not know: those are dropped there without a word."""
    found = manifest(*ALL[name])
    assert [it.message for it in MANIFEST.iter_errors(found.document)] == []


@pytest.mark.parametrize("name", sorted(ALL))
def test_what_is_referred_to_is_there(name):
    """Datasets, receiving systems, and the flows of the very system."""
    document = manifest(*ALL[name]).document
    keys = [one["fides_key"] for one in (*document["system"], *document["dataset"])]
    systems = [one["fides_key"] for one in document["system"]]
    datasets = {one["fides_key"] for one in document["dataset"]}
    assert len(set(systems)) == len(systems)
    for system in document["system"]:
        flows = {flow["fides_key"] for flow in system.get("egress", [])}
        assert flows <= set(keys)
        assert set(system.get("dataset_references", [])) <= datasets
        for one in system["privacy_declarations"]:
            assert set(one.get("egress", [])) <= flows
            assert set(one.get("dataset_references", [])) <= set(
                system.get("dataset_references", [])
            )


def test_a_purpose_is_a_declaration_with_its_facts():
    """Use, people, basis, time, recipients and cookies of the statistics of a shop."""
    found = {one["name"]: (key, one) for key, one in declared(manifest())}
    key, one = found["Statistics"]
    assert key == "privacykit"
    assert (one["data_use"], one["data_subjects"]) == ("analytics.reporting", ["visitor"])
    assert one["legal_basis_for_processing"] == "Consent"
    assert one["retention_period"].startswith("13 months")
    assert one["egress"] == ["recipient_stats", "recipient_mirror"]
    assert one["cookies"] == [{"name": "_pk*"}]


def test_a_use_that_nobody_stated_is_left_out_and_told():
    """Orders and newsletter are known by the data map alone; stated, they are there."""
    found = manifest()
    assert [one.key for one in found.problems] == [
        "notice.purposes.orders.data_use",
        "notice.purposes.newsletter.data_use",
    ]
    assert {one.id for one in found.problems} == {"PK397"}
    assert not {"Orders", "Newsletter"} & {one["name"] for _, one in declared(found)}
    text = CONSENTED.replace(
        "[notice.purposes.orders]", '[notice.purposes.orders]\ndata_use = "essential.service"'
    ).replace(
        "[notice.purposes.newsletter]",
        '[notice.purposes.newsletter]\ndata_use = "marketing.communications.email"',
    )
    stated = manifest(text)
    assert stated.problems == ()
    uses = {one["name"]: (key, one["data_use"]) for key, one in declared(stated)}
    assert uses["Orders"] == ("shop", "essential.service")
    assert uses["Newsletter"] == ("shop", "marketing.communications.email")
    assert [one["data_subjects"] for _, one in declared(stated) if one["name"] == "Orders"] == [
        ["customer"]
    ]


def test_people_without_a_word_of_fideslang_are_told():
    """Requesters may be anybody; whom a person named otherwise is said, not translated."""
    notes = manifest(CONSENTED.replace('["customers"]', '["garden friends"]')).notes
    assert any("'garden friends'" in note for note in notes)
    assert any(note.startswith("own-requests:") for note in notes)


def test_a_sale_is_told_as_sharing_with_third_parties():
    """Several uses of the law are several declarations."""
    sold = [one for _, one in declared(manifest(SOLD, ""))]
    uses = {one["data_use"] for one in sold}
    assert {"marketing.advertising", "third_party_sharing"} <= uses
    shared = [one for one in sold if one["data_shared_with_third_parties"]]
    assert all(one["shared_categories"] == one["data_categories"] for one in shared)


def test_a_processor_says_so():
    """GDPR Art. 30(2)."""
    systems = manifest(role="processor").document["system"]
    assert systems[0]["responsibility"] == ["Processor"]


def test_no_credential_is_in_it():
    """Nor a host: Fides is told who, not where."""
    told = repr(manifest().document)
    assert not re.search(r"s3cret|t0ken|shop:pw|10\.1\.2\.3|mirror\.internal", told)


def test_datasets_come_back_as_they_went():
    """What our own import reads of it has the same categories and identities."""
    datamap = parse_datamap(MAP, "datamap.toml")
    read, _ = import_fides(manifest().document, "fides.yml")
    back = read["collections"]
    for dataset, collections in datamap.collections.items():
        for name, collection in collections.items():
            for column, field in collection.fields.items():
                if not field.personal:
                    continue
                told = back[dataset][name]["fields"][column]
                category = told if isinstance(told, str | list) else told["category"]
                assert [category] if isinstance(category, str) else category == list(field.category)
                if field.identity:
                    assert told["identity"] == field.identity


@given(st.lists(st.text("aA b.-/", min_size=1, max_size=4), unique=True, max_size=8))
def test_every_recipient_has_a_key_of_its_own(names):
    """Whatever its name has in it."""
    keys = _keys_of(names)
    assert list(keys) == names
    assert len(set(keys.values())) == len(names)
    assert all(re.fullmatch(KEY["pattern"], key) for key in keys.values())


@pytest.mark.parametrize(
    "name", ["no", "on", "y", "null", "~", "1e3", "12:30:00", "2026-11-30", "=", "a: b #c"]
)
def test_a_name_is_a_name_to_every_reader_of_yaml(name):
    """Fides reads YAML 1.1, where a field called ``no`` would be false."""
    document = {"dataset": [{"fides_key": name, name: [name], "is": False}]}
    text = manifest_text(document)
    assert yaml.safe_load(text) == document
    assert YAML(typ="safe").load(text) == document
