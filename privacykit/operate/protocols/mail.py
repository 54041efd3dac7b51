"""
The mail that confirms a request: sent by SMTP or by a hook of the application. Does network I/O.

A thread of its own sends, one mail after another, so that no form waits for a mail server and the
answer takes as long whatever becomes of the mail.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.headerregistry import Address
from email.message import EmailMessage
from importlib import import_module
from threading import BoundedSemaphore

from privacykit import forks
from privacykit.errors import BackendError, ConfigurationError, InputError, Problem
from privacykit.settings.load import DEFAULT_FILE
from privacykit.settings.requests.tables import FormTable, SmtpTable
from privacykit.web.requests.ports import ConfirmationMail

TIMEOUT_SECONDS = 20.0
MOST_WAITING = 100
"""Mails that wait to be sent; what comes while so many do is refused and counted."""

SendMail = Callable[[ConfirmationMail], object]
"""Sends one mail, and returns when it was taken."""
Failed = Callable[[Exception], object]


class MailThread:
    """
    Sends mails, each after the one before.

    Args:
        send: Sends one.
    """

    def __init__(self, send: SendMail) -> None:
        self._send = send
        self.after_fork_in_child()
        forks.renew(self)

    def after_fork_in_child(self) -> None:
        """Begin anew: the thread is the parent's."""
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="privacykit-mail")
        self._room = BoundedSemaphore(MOST_WAITING)

    def put(self, mail: ConfirmationMail, failed: Failed) -> None:
        """Send *mail* soon; *failed* is told why it was not."""
        if not self._room.acquire(blocking=False):
            failed(BackendError("PK372 too many confirmations wait for the mail server"))
            return
        self._pool.submit(self._sent, mail, failed)

    def wait(self) -> None:
        """Wait until all of them are sent; no further one is taken."""
        self._pool.shutdown()

    def _sent(self, mail: ConfirmationMail, failed: Failed) -> None:
        try:
            self._send(mail)
        except Exception as error:  # noqa: BLE001 - whatever a hook or a mail server does
            # Its own words may quote the address.
            failed(BackendError(f"PK372 a confirmation was not sent: {type(error).__name__}"))
        finally:
            self._room.release()


def sender_of(form: FormTable) -> SendMail:
    """
    Return what sends the mails of *form*.

    Raises:
        ConfigurationError: PK371, the hook cannot be imported, or is no function.
    """
    if form.smtp is not None:
        table = form.smtp
        return lambda mail: send_by_smtp(table, mail)
    return hook_of(form.send or "")


def hook_of(name: str) -> SendMail:
    """
    Return the function that *name*, ``module:function``, names.

    Raises:
        ConfigurationError: PK371.
    """
    module, _, function = name.partition(":")
    try:
        found = vars(import_module(module)).get(function)
    except Exception:  # noqa: BLE001 - whatever the application's module does
        found = None
    if not callable(found):
        hint = "write module:function, of a module that can be imported"
        words = "the hook that sends confirmations cannot be found"
        raise ConfigurationError(Problem("PK371", DEFAULT_FILE, "requests.form.send", words, hint))
    made: SendMail = found
    return made


def send_by_smtp(table: SmtpTable, mail: ConfirmationMail) -> None:
    """
    Send *mail* by the server of *table*.

    Raises:
        InputError: It would be read as another address than the one that was given.
        OSError: It cannot be reached, or its certificate is not to be believed.
        smtplib.SMTPException: It refuses.
    """
    message = EmailMessage()
    message["From"], message["To"] = table.sender, _address(mail.to)
    message["Subject"] = mail.subject
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence note answers it
    message.set_content(mail.text)
    message["Content-Language"] = mail.language
    host, tls = table.host.partition(":")[0], ssl.create_default_context()
    if table.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, table.port, timeout=TIMEOUT_SECONDS, context=tls
        )
    else:
        server = smtplib.SMTP(host, table.port, timeout=TIMEOUT_SECONDS)
    with server:
        if table.security == "starttls":
            server.starttls(context=tls)
        password = table.password.reveal() if table.password is not None else None
        if table.user and password:
            server.login(table.user, password)
        server.send_message(message, to_addrs=[mail.to])


def _address(text: str) -> Address:
    """
    Return *text* as the one address that it is.

    Raises:
        InputError: It holds an encoded word (RFC 2047), which a header's reader decodes.
    """
    local, _, domain = text.rpartition("@")
    if "=?" in text or not (local and domain):
        raise InputError("a confirmation is sent to one address, written as it is")
    return Address(username=local, domain=domain)
