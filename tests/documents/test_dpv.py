"""The notice as linked data: parsed by a library, every term one of the pinned vocabulary."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import RDF, Graph, Literal, URIRef
from rdflib.namespace import XSD

from privacykit.documents.notice.dpv import CATEGORIES, OTHERWISE, category_term, dpv_text
from privacykit.personal.categories import CATEGORIES as KEYS
from tests.documents.samples import ALL, CONSENTED, LAWS, MAP, by_law, model, writer

TERMS = frozenset(
    (Path(__file__).parents[1] / "vectors" / "dpv-2.3-terms.txt").read_text().splitlines()[1:]
)
"""W3C Data Privacy Vocabularies 2.3, as its repository has them."""
DPV = "https://w3id.org/dpv"
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


def graph(text=CONSENTED, datamap=MAP):
    """Return the notice as a graph."""
    return Graph().parse(data=dpv_text(model(text, datamap), writer()), format="json-ld")


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_term_is_one_of_dpv(name):
    """Terms moved between DPV 1 and 2; one that is gone says nothing to anybody."""
    found = {str(node) for triple in graph(*ALL[name]) for node in triple if DPV in str(node)}
    assert found
    assert sorted(found - TERMS) == []


def test_every_category_has_a_term_of_dpv():
    """Of every key of fideslang that is a person's, in the whole table."""
    names = {"pd": f"{DPV}/pd#", "dpv": f"{DPV}#"}
    for key in (*KEYS, *(branch for branch, _ in CATEGORIES)):
        prefix, _, name = category_term(key).partition(":")
        assert f"{names[prefix]}{name}" in TERMS, key
    assert category_term("user.health.condition") == "pd:Health"
    assert category_term("user.sensor") == OTHERWISE


def test_each_activity_is_a_process_with_its_time_and_basis():
    """Of Statistics: consent, 13 months, and both recipients."""
    made = graph()
    (process,) = made.subjects(
        URIRef("http://purl.org/dc/terms/title"), Literal("Statistics", lang="en")
    )
    terms = {
        p.removeprefix(f"{DPV}#"): {str(o) for o in made.objects(process, p)}
        for p in set(made.predicates(process))
    }
    assert (process, RDF.type, URIRef(f"{DPV}#Process")) in made
    assert terms["hasLegalBasis"] == {f"{DPV}/legal/eu/gdpr#A6-1-a"}
    assert terms["hasRecipient"] == {
        "urn:privacykit:recipient:matomo-cloud",
        "urn:privacykit:recipient:mirror-sarl",
    }
    assert Literal("P13M", datatype=XSD.duration) in set(made.objects())


def test_the_same_model_gives_the_same_bytes():
    """Deterministic, and nothing inner in it."""
    first, second = (dpv_text(model(CONSENTED, MAP), writer()) for _ in range(2))
    assert first == second
    assert not any(word in first for word in ("s3cret", "internal", "sinks", "customers"))


@pytest.mark.parametrize("family", LAWS)
def test_without_european_law_no_basis_of_it_is_told(family):
    """A6-1-a is an article of the GDPR."""
    text = dpv_text(model(by_law(CONSENTED, family), MAP), writer())
    assert ("A6-1-" in text) == (family == "gdpr")
