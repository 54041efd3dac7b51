"""The request form before strangers: they hold, end, approve and read nothing of anybody's."""

from __future__ import annotations

import pytest

from privacykit.errors import InputError
from privacykit.govern.records import RequestStatus
from privacykit.govern.requests.identity_proof import assurance
from privacykit.operate.approval import Approval
from privacykit.operate.context import OperatorContext
from privacykit.operate.protocols.form import FormDesk
from privacykit.web.preferences.limits import Rate
from privacykit.web.requests import form
from tests.web.requests.conftest import ASKED, OWN, Shop, confirmed, status_of, token_in


def test_who_asked_first_for_somebody_neither_holds_nor_follows_their_request(shop):
    """An opt-out needs no proof of oneself; a stranger's is still a stranger's."""
    browser, asked = shop.visitor(), {"right": "opt_out_sale_sharing"}
    theirs = confirmed(browser, who="agent", email="x@evil.example", about=ASKED["email"], **asked)
    own = status_of(confirmed(browser, **asked))
    assert len(shop.requests()) == 2
    token = token_in(browser.get(status_of(theirs)).text)
    taken = browser.post("/privacy/request/cancel", data={"t": token}, headers=OWN)
    assert "It was taken back." in taken.text
    assert "It has arrived and is being looked at." in browser.get(own).text


def test_what_a_stranger_asked_is_approved_when_an_operator_noted_a_proof(shop):
    """Otherwise a stranger ends what somebody agreed to, and learns whether we know them."""
    browser, told = shop.visitor(), {"email": "x@evil.example", "about": "kim@example.org"}
    for who, right in (("agent", "objection"), ("parent", "opt_out_sale_sharing")):
        confirmed(browser, who=who, right=right, **told)
    filed = shop.requests()
    assert len(filed) == 2
    context = OperatorContext(str(shop.path))
    op = context.operator("op")
    for request in (it.request for it in filed):
        assert approved(context, request, op) is None
        assert approved(context, noted(context, request, op, "asserted"), op) is None
        proven = noted(context, request, op, "agent_authorisation")
        assert approved(context, proven, op) is RequestStatus.ACCEPTED
    context.close()


def noted(context, request, op, method):
    """Note a proof; return the request as it stands then."""
    now = context.clock()
    proof = assurance(method, at=now, by=op)
    return context.desk.prove(request.subject_request_id, proof, now=now, actor=op)


def approved(context, request, op):
    """Say yes; return the status then, ``None`` where it is refused for want of a proof."""
    try:
        return Approval(context, op).approve(request)[0].status
    except InputError as error:
        return None if "needs a proof" in str(error) else str(error)


def test_ones_own_objection_needs_no_more_than_the_mail(shop):
    """As easy as it was."""
    confirmed(shop.visitor(), right="objection")
    (filed,) = shop.requests()
    context = OperatorContext(str(shop.path))
    op = context.operator("op")
    assert approved(context, filed.request, op) is RequestStatus.ACCEPTED
    context.close()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "", 200),
        ("GET", "/status?t=abc", 404),
        ("GET", "/confirm?t=abc", 400),
        ("POST", "/cancel?t=abc", 404),
        ("POST", "/confirm?t=abc", 400),
        ("POST", "/status?t=abc", 405),
        ("GET", "/cancel?t=abc", 405),
        ("GET", "/status/?t=abc", 404),
    ],
)
def test_no_page_tells_the_token_in_its_address(still, method, path, status):
    """The shop's own application is told no more than the origin, either."""
    browser = still.visitor(number=70_000)
    answer = browser.request(method, f"/privacy/request{path}", headers=OWN)
    assert (answer.status_code, answer.headers["referrer-policy"]) == (status, "strict-origin")


def test_a_page_that_says_too_often_or_not_now_tells_no_token(tmp_path, monkeypatch):
    """Nor one of a foreign form."""
    monkeypatch.setattr(form, "LOOKS", Rate(1, 0))
    monkeypatch.setattr(FormDesk, "look", lambda *_: 1 / 0)
    browser = Shop(tmp_path).visitor()
    foreign = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    answers = [browser.post("/privacy/request/cancel?t=abc", headers=foreign)]
    answers += [browser.get("/privacy/request/status?t=abc") for _ in range(2)]
    assert [it.status_code for it in answers] == [403, 503, 429]
    assert {it.headers["referrer-policy"] for it in answers} == {"strict-origin"}
