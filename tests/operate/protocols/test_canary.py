"""P1 for the protocols: no answer and no line of a log names whom a request is about."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from tests.operate.protocols.authority import speaking
from tests.operate.protocols.conftest import ProtocolShop
from tests.operate.protocols.test_ddrf import Party, claims_of, ddrf, packet
from tests.operate.protocols.test_drp import ASK, Agent, drp
from tests.operate.protocols.test_opendsr import BASE, BEARER, NUMBER, opendsr, order

EMAIL = "canary.7f3a@example.org"


def identity(kind="email"):
    """Return an OpenDSR identity."""
    told = {"identity_type": kind, "identity_value": EMAIL, "identity_format": "raw"}
    return {"subject_identities": [told]}


@pytest.mark.parametrize("good", [True, False], ids=["taken", "refused"])
def test_no_answer_names_whom_it_is_about(tmp_path, caplog, good):
    """But for what the party sent and the protocol has us send back, as it came."""
    party = Party()
    with speaking(party) as port:
        party.domain = f"localhost:{port}"
        ways = [opendsr(tmp_path), drp(), ddrf(tmp_path, party)]
        first, *others = ways
        tables = first + "".join(way[way.index("[requests.", 20) :] for way in others)
        shop = ProtocolShop(tmp_path, tables)
        http = shop.through()
        told = [*of_opendsr(http, good=good), *of_drp(http, shop, good=good)]
        told += of_ddrf(http, shop, party, good=good)
    text = "\n".join(told)
    assert len(told) == 8
    assert EMAIL not in text
    assert EMAIL not in caplog.text
    assert len(shop.requests()) == (3 if good else 0)


def of_opendsr(http, *, good):
    """Send, look, cancel."""
    body = order(**identity("email" if good else "shoe_size"))
    sent = http.post(f"{BASE}/requests", json=body, headers=BEARER)
    yield sent.text
    yield http.get(f"{BASE}/requests/{NUMBER}", headers=BEARER).text
    yield http.delete(f"{BASE}/requests/{EMAIL}", headers=BEARER).text


def of_drp(http, shop, *, good):
    """Send, look, revoke."""
    agent = Agent(http, shop.now).sets_up()
    sent = agent.asks(email=EMAIL, exercise="deletion" if good else EMAIL)
    yield sent.text
    yield agent.looks(sent.json().get("request_id", EMAIL)).text
    yield http.post(f"{ASK}", content=b64encode(EMAIL.encode()), headers=agent.headers).text


def of_ddrf(http, shop, party, *, good):
    """Send a token, and a broken one."""
    sub = {
        "identifierValue": EMAIL,
        "identifierType": "email" if good else EMAIL,
        "identifierFormat": "raw",
    }
    token = packet(shop, party, party, sub=sub)
    receipt = http.post("/privacy/requests/ddrf", json={"rqJWT": token}).json()["acJWT"]
    claims = claims_of(receipt)
    assert claims.pop("rqJWT") == token
    yield json.dumps(claims)
    yield http.post("/privacy/requests/ddrf", json={"rqJWT": EMAIL}).headers["content-type"]
