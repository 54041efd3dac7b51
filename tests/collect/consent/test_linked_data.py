"""Consent receipts read as linked data, by somebody else's library."""

from __future__ import annotations

from datetime import date

import pytest
import rdflib
from msgspec.structs import replace
from rdflib import DCTERMS, RDF, Literal, URIRef

from tests.collect.consent.conftest import AT, TEXT

DPV = "https://w3id.org/dpv#"
NOTICE = URIRef("urn:privacykit:notice:0123456789ab")
ID = "a6f58318-72e6-46a2-bfd7-f36d795e30cd"


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_a_receipt_is_linked_data(maker, record):
    """Read as RDF without fetching anything: whose consent, to what, given when."""
    graph = rdflib.Graph()
    record = replace(record, notice="0123456789ab@2026-12-01")
    graph.parse(data=maker.make("iso-27560", record, TEXT, at=AT, id_=ID), format="json-ld")
    receipt, about = URIRef(f"urn:uuid:{ID}"), URIRef(f"urn:privacykit:consent:{record.record}")
    assert (receipt, RDF.type, URIRef(f"{DPV}ConsentReceipt")) in graph
    assert (receipt, URIRef(f"{DPV}hasRecordOfActivity"), about) in graph
    assert (about, DCTERMS.identifier, Literal(record.record)) in graph
    kinds = {
        str(kind).removeprefix(DPV)
        for status in graph.objects(about, URIRef(f"{DPV}hasConsentStatus"))
        for kind in graph.objects(status, RDF.type)
    }
    assert kinds == {"ConsentGiven"}
    times = set(graph.objects(None, URIRef(f"{DPV}isIndicatedAtTime")))
    assert {str(it.datatype) for it in times} == {"http://www.w3.org/2001/XMLSchema#dateTime"}
    notices = set(graph.objects(about, URIRef(f"{DPV}hasNotice")))
    assert notices == {URIRef(f"urn:sha256:{TEXT.hash}"), NOTICE}
    (issued,) = graph.objects(NOTICE, DCTERMS.issued)
    assert issued.toPython() == date(2026, 12, 1)
    words = set(graph.predicates()) | set(graph.objects(None, RDF.type))
    assert {str(it) for it in words if not str(it).startswith(("http", "urn:"))} == set()
