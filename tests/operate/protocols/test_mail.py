"""The mail that confirms: handed to a mail server as SMTP has it, or to a hook, and never waited for."""

from __future__ import annotations

import smtplib
import socket
import threading
from contextlib import contextmanager

import pytest

from privacykit.errors import ConfigurationError, InputError
from privacykit.operate.protocols.mail import MOST_WAITING, MailThread, hook_of, send_by_smtp
from privacykit.settings.load import parse
from privacykit.settings.requests.tables import SmtpTable
from privacykit.testing.layout import CONFIG
from privacykit.web.requests.ports import ConfirmationMail
from tests.waiting import eventually

MAIL = ConfirmationMail("mara@example.org", "Bitte bestätigen", "Öffnen:\n\nhttps://x", "de")


@contextmanager
def mail_server(*, refuses=""):
    """Speak as much SMTP (RFC 5321) as one mail needs; give the port and what was said."""
    said = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def serve():
            with listener.accept()[0] as door, door.makefile("rwb") as file:

                def answer(line):
                    file.write(line.encode() + b"\r\n")
                    file.flush()

                answer("220 mail.example")
                data = False
                while line := file.readline():
                    text = line.decode().rstrip("\r\n")
                    said.append(text)
                    if data and text != ".":
                        continue
                    data = text.upper() == "DATA"
                    if text.upper() == "QUIT":
                        answer("221 bye")
                    elif refuses and text.upper().startswith(refuses):
                        answer("550 no")
                    else:
                        answer("354 go on" if data else "250 ok")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], said
        thread.join(10)


def table(port, security="none", **more):
    """Return the table of a server on loopback."""
    told = {"host": "127.0.0.1", "port": port, "security": security, "sender": "p@shop.example"}
    return SmtpTable.model_validate(told | more)


def test_a_mail_is_handed_over_whole():
    """In its language, and so that no absence note answers it (RFC 3834)."""
    with mail_server() as (port, said):
        send_by_smtp(table(port), MAIL)
    assert "rcpt TO:<mara@example.org>" in said
    assert "Auto-Submitted: auto-generated" in said
    assert "Content-Language: de" in said
    assert any(line.startswith("Subject: Bitte =?utf-8?") for line in said)


@pytest.mark.parametrize(
    "address",
    ["=?utf-8?q?=76ictim?=@x.de", "=?utf-8?q?boss=40victim.de=2C_a?=@evil.example", "x", "@x.de"],
)
def test_an_address_that_would_be_read_as_another_gets_no_mail(address):
    """No server is asked; the header would be decoded (RFC 2047)."""
    with pytest.raises(InputError, match="one address"):
        send_by_smtp(table(1), ConfirmationMail(address, "s", "t", "en"))


def test_the_envelope_names_the_one_address_that_was_given():
    """And the header the same."""
    with mail_server() as (port, said):
        send_by_smtp(table(port), ConfirmationMail("m.o'x+a=b@x.example", "s", "t", "en"))
    assert [line for line in said if line.startswith("rcpt")] == ["rcpt TO:<m.o'x+a=b@x.example>"]
    assert "To: m.o'x+a=b@x.example" in said


def test_a_server_that_cannot_encrypt_gets_no_mail():
    """Nothing of a person travels in the clear because a server offered less."""
    with mail_server() as (port, said), pytest.raises(smtplib.SMTPException):
        send_by_smtp(table(port, "starttls"), MAIL)
    assert not any("mara" in line for line in said)


def test_a_server_that_refuses_is_told_to_whoever_counts():
    """Without the address, which its own words hold."""
    told = []
    with mail_server(refuses="RCPT") as (port, _):
        thread = MailThread(lambda mail: send_by_smtp(table(port), mail))
        thread.put(MAIL, told.append)
        thread.wait()
    assert [str(error) for error in told] == [
        "PK372 a confirmation was not sent: SMTPRecipientsRefused"
    ]


def test_so_many_mails_wait_and_no_more():
    """A mail server that hangs does not fill our memory."""
    go, told, sent = threading.Event(), [], []

    def send(mail):
        go.wait(20)
        sent.append(mail)

    thread = MailThread(send)
    for _ in range(MOST_WAITING + 3):
        thread.put(MAIL, told.append)
    assert len(told) == 3
    go.set()
    eventually(lambda: len(sent) == MOST_WAITING)
    thread.wait()


@pytest.mark.parametrize("name", ["nowhere.at.all:send", "json:nothing", "json:__doc__"])
def test_a_hook_that_is_none_is_named_at_the_start(name):
    """PK371."""
    with pytest.raises(ConfigurationError, match="PK371"):
        hook_of(name)


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("[requests.form]", "PK365"),
        (
            '[requests.form]\nsend = "a:b"\n[requests.form.smtp]\nhost = "m"\nsender = "a@b"',
            "PK365",
        ),
        (
            '[requests.form.smtp]\nhost = "mail.example"\nsender = "a@b"\nsecurity = "none"',
            "PK365",
        ),
        ('[requests]\nurl = "http://shop.example"\n[requests.form]\nsend = "a:b"', "PK366"),
        ('[requests.drop]\nkey = "k"\nurl = "http://drop.example"', "PK368"),
    ],
)
def test_what_would_send_in_the_clear_or_nowhere_is_named_at_the_start(text, id_):
    """With the key of the file."""
    with pytest.raises(ConfigurationError, match=id_):
        parse(f"{CONFIG}\n{text}\n")


def test_a_site_of_wildcards_alone_has_no_address_for_links():
    """What a request says of its host is not believed."""
    config = CONFIG.replace(
        'hosts = ["shop.example", "testserver", "127.0.0.1", "localhost"]', 'hosts = ["*"]'
    )
    with pytest.raises(ConfigurationError, match="PK366"):
        parse(f'{config}\n[requests.form]\nsend = "a:b"\n')
    assert parse(
        f'{config}\n[requests]\nurl = "https://shop.example"\n[requests.form]\nsend = "a:b"'
    )
