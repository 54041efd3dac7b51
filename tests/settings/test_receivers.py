"""Who receives data is one list: banner, receipt and notice name the same."""

from __future__ import annotations

import pytest

from privacykit.collect.consent.terms import ReceiptRecipient
from privacykit.runtime.sites import purposes_of
from privacykit.settings.consent.receipts import receipt_terms
from privacykit.settings.load import parse
from tests.documents.samples import CONSENTED, model

BASE = CONSENTED.replace('label = "Statistics"\n', 'label = "Statistics"\nrecipients = {named}\n')
LOCAL = '[[sinks]]\ntype = "jsonl"\nname = "file"\npath = "e.jsonl"\npurposes = ["analytics"]\n'


@pytest.mark.parametrize(
    ("named", "more", "expected"),
    [
        ([], "", ["Matomo Cloud", "Mirror SARL"]),
        (["Ads Ltd", "Ads Ltd"], "", ["Ads Ltd", "Matomo Cloud", "Mirror SARL"]),
        (["Mirror SARL"], "", ["Matomo Cloud", "Mirror SARL"]),
        (["mirror"], "", ["Matomo Cloud", "Mirror SARL"]),
        ([], LOCAL, ["Matomo Cloud", "Mirror SARL"]),
        ([], f'{LOCAL}recipient = "Host AG"\n', ["Host AG", "Matomo Cloud", "Mirror SARL"]),
    ],
)
def test_every_page_and_proof_names_the_same(named, more, expected):
    """By the public name, whether a purpose names them or a sink; files here are nobody."""
    text = more + BASE.replace("{named}", repr(named).replace("'", '"'))
    settings = parse(text)
    (shown,) = (one.recipients for one in purposes_of(settings) if one.id == "analytics")
    (told,) = (it for it in receipt_terms(settings, "shop").purposes if it.id == "analytics")
    facts = model(text).facts
    (visits,) = (one for one in facts.activities if one.purpose == "analytics")
    assert sorted(shown) == expected
    assert sorted(one.name for one in told.recipients) == expected
    assert sorted(one.name for one in facts.receiving(visits)) == expected


def test_as_what_nobody_stated_is_not_made_up():
    """A receipt calls them a recipient."""
    settings = parse(BASE.replace("{named}", '["Ads Ltd"]'))
    (told,) = (it for it in receipt_terms(settings, "shop").purposes if it.id == "analytics")
    assert told.recipients[0] == ReceiptRecipient("Ads Ltd", None)
