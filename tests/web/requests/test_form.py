"""The request form: asked, confirmed by mail, filed, looked at and taken back; of nobody else."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from privacykit.cli.main import app as cli
from privacykit.errors import InputError
from privacykit.govern.records import RequestStatus, RequestType
from privacykit.operate.approval import Approval
from privacykit.operate.context import OperatorContext
from privacykit.web.language.catalogues import catalogue
from privacykit.web.preferences.limits import Rate
from privacykit.web.requests import form
from privacykit.web.requests.link import opened, sealed
from privacykit.web.requests.ports import AskedRequest
from tests.waiting import eventually
from tests.web.requests import mailbox
from tests.web.requests.conftest import (
    ASKED,
    OWN,
    Shop,
    ask,
    confirmed,
    mailed,
    status_of,
    token_in,
)


def test_nothing_is_written_before_the_link_is_used(shop):
    """Strangers cannot fill our records."""
    browser = shop.visitor()
    assert ask(browser).status_code == 200
    mailed()
    assert browser.get(mailbox.link()).status_code == 200
    assert shop.requests() == []


def test_a_confirmed_request_is_filed_proven_and_waits_for_an_operator(shop):
    """Nothing runs by itself."""
    page = confirmed(shop.visitor())
    (filed,) = shop.requests()
    request = filed.request
    assert request.subject_request_type is RequestType.ERASURE
    assert [it.value for it in request.subject_identities] == ["mara@example.org"]
    assert (request.assurance.method, request.status) == ("email_link", RequestStatus.INITIATED)
    assert request.place == "DE"
    assert "We answer by " in page


def test_a_link_that_is_used_twice_files_once(shop):
    """A button is clicked twice."""
    browser = shop.visitor()
    ask(browser)
    mailed()
    token = token_in(browser.get(mailbox.link()).text)
    pages = [
        browser.post("/privacy/request/confirm", data={"t": token}, headers=OWN).text
        for _ in range(2)
    ]
    assert len(shop.requests()) == 1
    assert status_of(pages[0]) == status_of(pages[1])


def test_who_asks_again_is_shown_what_is_there(shop):
    """The same person asks for the same once."""
    browser = shop.visitor()
    first, second = confirmed(browser), confirmed(browser)
    assert len(shop.requests()) == 1
    assert status_of(first) != status_of(second)
    for page in (first, second):
        assert browser.get(status_of(page)).status_code == 200


def test_somebody_who_asks_for_another_is_not_proven_by_their_own_mail(shop):
    """An agent has to show more."""
    page = confirmed(
        shop.visitor(), who="agent", email="agent@law.example", about="kim@example.org"
    )
    (filed,) = shop.requests()
    assert filed.request.assurance is None
    assert [it.value for it in filed.request.subject_identities] == ["kim@example.org"]
    assert "signed permission" in page
    context = OperatorContext(str(shop.path))
    with pytest.raises(InputError, match="needs a proof"):
        Approval(context, "op").approve(filed.request)
    (channel,) = context.channels.of(filed.request.subject_request_id)
    assert (channel.details["relation"], b"agent@law.example" in channel.private) == ("agent", True)
    context.close()


def test_a_request_of_an_agent_is_no_answer_to_the_person(shop):
    """Otherwise a stranger's unproven request would swallow the person's own."""
    browser = shop.visitor()
    confirmed(browser, who="parent", email="mum@example.org", about="mara@example.org")
    confirmed(browser)
    assert [it.request.assurance is None for it in shop.requests()].count(True) == 1
    assert len(shop.requests()) == 2


def test_a_status_page_shows_how_it_stands_and_takes_it_back(shop):
    """By the token, without an account."""
    browser = shop.visitor()
    there = status_of(confirmed(browser))
    page = browser.get(there)
    assert "It has arrived and is being looked at." in page.text
    token = token_in(page.text)
    assert browser.get(f"/privacy/request/status?lang=de&t={token}").status_code == 200
    assert f'href="?lang=de&amp;t={token}" lang="de"' in page.text
    taken = browser.post("/privacy/request/cancel", data={"t": token}, headers=OWN)
    assert "It was taken back." in taken.text
    (filed,) = shop.requests()
    assert filed.request.status is RequestStatus.CANCELLED
    assert filed.request.subject_identities == ()
    again = browser.post("/privacy/request/cancel", data={"t": token}, headers=OWN)
    assert (again.status_code, "It was taken back." in again.text) == (200, True)


def test_a_token_that_nobody_has_shows_nothing(still):
    """And says no more than that."""
    browser = still.visitor()
    page = browser.get("/privacy/request/status?t=abc")
    assert (page.status_code, "abc" in page.text) == (404, False)
    assert 'href="?lang=de" lang="de"' in page.text
    cancel = browser.post("/privacy/request/cancel", data={"t": "abc"}, headers=OWN)
    assert cancel.status_code == 404


def test_of_a_token_only_a_hash_is_kept(shop):
    """Who reads our database takes nobody's request back."""
    there = status_of(confirmed(shop.visitor()))
    token = there.partition("t=")[2].encode()
    kept = b"".join(path.read_bytes() for path in shop.folder.glob("privacykit-records.db*"))
    assert kept
    assert token not in kept


def test_the_answer_is_the_same_whoever_is_asked_about(shop):
    """Nobody learns by the form whom we know."""
    browser = shop.visitor()
    confirmed(browser)
    known, unknown = ask(browser), ask(browser, email="lea@example.org")
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)


def test_one_address_gets_few_mails_and_the_answer_does_not_say_so(shop):
    """A form must not be a weapon."""
    browser = shop.visitor()
    answers = {ask(browser).text for _ in range(6)}
    ask(browser, email="last@example.org")
    eventually(lambda: mailbox.MAILS and mailbox.MAILS[-1].to == "last@example.org")
    assert len(answers) == 1
    assert [mail.to for mail in mailbox.MAILS].count("mara@example.org") == 3


def test_who_asks_for_somebody_else_sees_for_whom(shop):
    """Before it is confirmed: the mail may be opened days later."""
    ask(shop.visitor(), who="agent", about="dora@example.org")
    mailed()
    page = shop.visitor().get(mailbox.link()).text
    assert "<bdi>d…@example.org</bdi>" in page
    mailbox.MAILS.clear()
    ask(shop.visitor())
    mailed()
    assert "<bdi>" not in shop.visitor().get(mailbox.link()).text


@pytest.mark.parametrize("email", ["unknown@example.org", "na@example.org"])
def test_what_names_nobody_is_refused_before_anything_is_sent(shop, email):
    """Else the link would confirm what cannot be filed."""
    assert ask(shop.visitor(), email=email).status_code == 400
    assert mailbox.MAILS == []


def test_pages_behind_links_count_by_themselves(tmp_path, monkeypatch):
    """Who looked often may still ask."""
    monkeypatch.setattr(form, "LOOKS", Rate(2, 0))
    browser = Shop(tmp_path).visitor()
    codes = [browser.get("/privacy/request/status?t=abc").status_code for _ in range(3)]
    assert codes == [404, 404, 429]
    assert ask(browser).status_code == 200


def test_a_network_that_asks_too_often_is_refused(tmp_path, monkeypatch):
    """So many at once, then as many a minute as come back; here none do."""
    monkeypatch.setattr(form, "NETWORK", Rate(3, 0))
    shop = Shop(tmp_path)
    browser = shop.visitor()
    codes = [ask(browser, email=f"p{n}@example.org").status_code for n in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    assert ask(shop.visitor(number=70_000)).status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"right": "everything"},
        {"right": ""},
        {"email": "mara"},
        {"email": "mara@example"},
        {"email": "a@b.example, c@d.example"},
        {"email": "mara@example.org\nBcc: all@example.org"},
        {"email": "m" * 250 + "@example.org"},
        {"email": "m" * 65 + "@example.org"},
        {"email": "=?utf-8?q?=76ictim?=@x.example"},
        {"email": "=?utf-8?q?boss=40victim.example=2C_a?=@evil.example"},
        {"email": "a@=?utf-8?q?x?=.example"},
        {"email": "m\uff41ra@example.org"},
        {"email": "m\u200dara@example.org"},
        {"email": "mara@10.0.0.1"},
        {"email": "mara..x@example.org"},
        {"who": "agent", "about": "=?utf-8?q?=76ictim?=@x.example"},
        {"who": "agent", "about": ""},
        {"who": "somebody", "about": "kim@example.org"},
    ],
    ids=" ".join,
)
def test_a_form_that_says_too_little_sends_nothing(still, fields):
    """Nothing is guessed."""
    told = {"email": "still@example.org"} | fields
    assert ask(still.visitor(number=50_000), **told).status_code == 400
    assert told["email"] not in [mail.to for mail in mailbox.MAILS]


def test_an_address_as_people_have_it_gets_a_mail(shop):
    """Nobody is kept from their rights for the letters of their name (RFC 6531)."""
    browser = shop.visitor()
    written = ["o'neil+a=b@mail.example.org", "jörg@exämple.example", "हिन्दी@डाटामेल.भारत"]
    assert [ask(browser, email=it).status_code for it in written] == [200, 200, 200]
    mailed(3)
    assert [mail.to for mail in mailbox.MAILS] == written


def test_a_form_of_another_site_is_refused(still):
    """Nobody has our visitors ask."""
    browser = still.visitor()
    foreign = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    assert browser.post("/privacy/request", data=ASKED, headers=foreign).status_code == 403


def test_the_link_leads_where_the_configuration_says(shop):
    """Whatever host a request names."""
    browser = shop.visitor()
    browser.post("/privacy/request", data=ASKED, headers=OWN | {"x-forwarded-host": "evil.example"})
    mailed()
    assert "https://shop.example/privacy/request/confirm?t=" in mailbox.MAILS[-1].text
    assert "evil" not in mailbox.MAILS[-1].text


def test_the_mail_speaks_the_language_of_the_page(shop):
    """And its link goes on in it."""
    browser = shop.visitor()
    browser.post("/privacy/request?lang=de", data=ASKED, headers=OWN)
    mailed()
    mail = mailbox.MAILS[-1]
    assert mail.subject == f"{catalogue('de')['request_mail_subject']} (shop.example)"
    assert "Meine Daten löschen" in mail.text
    assert "Bestätigen" in browser.get(mailbox.link()).text


def test_a_mail_that_fails_is_counted_and_names_nobody(shop, caplog):
    """The person sees the same page; the operator sees a number."""
    browser = shop.visitor()
    answer = ask(browser, email="broken@example.org")
    assert answer.status_code == 200
    eventually(lambda: "PK372" in caplog.text)
    assert "broken@example.org" not in caplog.text


ASKED_LINK = AskedRequest("erasure", "m@example.org", "self", "m@example.org", "DE", 1000, "tok")
KEY, OTHER = b"k" * 32, b"o" * 32


def test_a_sealed_link_opens_with_an_older_key():
    """Keys are rotated while links are on their way."""
    text = sealed(ASKED_LINK, KEY, b"n" * 12)
    assert opened(text, (OTHER, KEY), 1000, 60) == ASKED_LINK


@pytest.mark.parametrize(
    ("text", "now"),
    [
        (sealed(ASKED_LINK, KEY, b"n" * 12), 1061),
        (sealed(ASKED_LINK, KEY, b"n" * 12), 900),
        (sealed(ASKED_LINK, OTHER, b"n" * 12), 1000),
        (sealed(ASKED_LINK, KEY, b"n" * 12)[:-3] + "AAA", 1000),
        ("", 1000),
        ("é", 1000),
        ("A" * 5000, 1000),
    ],
    ids=["too old", "of the future", "another key", "changed", "empty", "no ascii", "long"],
)
def test_a_link_that_is_not_ours_or_too_old_opens_nothing(text, now):
    """Which of them is not told."""
    assert opened(text, (KEY,), now, 60) is None


def test_what_somebody_asks_does_not_print():
    """An address is in no log."""
    assert "example.org" not in repr(ASKED_LINK)


def test_an_operator_sees_for_whom_somebody_asked_and_whom_to_answer(shop):
    """The latter on demand only, which is audited."""
    confirmed(shop.visitor(), who="agent", email="agent@law.example", about="kim@example.org")
    (filed,) = shop.requests()
    words = ["request", "show", filed.request.subject_request_id, "-c", str(shop.path)]
    shown = CliRunner().invoke(cli, words).stdout
    assert "by form, asked as agent" in shown
    assert "agent@law.example" not in shown
    revealed = CliRunner().invoke(cli, [*words, "--reveal"]).stdout
    assert "answer to agent@law.example" in revealed


def test_nothing_of_the_room_is_imported_where_it_is_not_asked_for():
    """A start without it costs nothing of it."""
    code = (
        "import sys, privacykit.app, privacykit.served, privacykit.web.asgi\n"
        "rooms = ('privacykit.web.requests', 'privacykit.operate.protocols')\n"
        "sys.exit(sum(name.startswith(rooms) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
