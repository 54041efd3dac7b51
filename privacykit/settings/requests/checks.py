"""The checks of ``[requests]``: what a form and a protocol need besides their own keys. Pure."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from urllib.parse import urlsplit

from privacykit.errors import Problem
from privacykit.settings.model import Settings
from privacykit.settings.requests.tables import DropTable, FormTable, RequestsTable

PUBLIC_KEY_BYTES = 32
"""Of Ed25519 (RFC 8032)."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def request_problems(settings: Settings) -> Iterator[Problem]:
    """Yield what is wrong between the keys of ``[requests]`` and the rest; each lacks its file."""
    table = settings.requests
    if table.form is not None:
        yield from _form(table.form)
    if table.served:
        yield from _address(settings)
    if table.drp is not None:
        for at, agent in enumerate(table.drp.agents):
            keys = [agent.verify_key] if isinstance(agent.verify_key, str) else agent.verify_key
            if not all(map(_is_key, keys)):
                key = f"requests.drp.agents.{at}.verify_key"
                hint = "ask the agent for it, or look in the directory"
                yield Problem("PK367", "", key, "not an Ed25519 key: 32 bytes in base64", hint)
    if table.drop is not None:
        yield from _drop(table.drop)
    yield from _twice(table)


def _form(form: FormTable) -> Iterator[Problem]:
    if (form.smtp is None) == (form.send is None):
        hint = 'write [requests.form.smtp], or send = "module:function"'
        words = "a confirmation has to be sent in exactly one way"
        yield Problem("PK365", "", "requests.form", words, hint)
    smtp = form.smtp
    if smtp is None:
        return
    host = smtp.host.partition(":")[0]
    if smtp.security == "none" and host not in _LOOPBACK:
        words = "mail with an address in it would travel in the clear"
        hint = 'write security = "starttls" or "tls"'
        yield Problem("PK365", "", "requests.form.smtp.security", words, hint)


def _address(settings: Settings) -> Iterator[Problem]:
    if settings.requests.url is None:
        for at, site in enumerate(settings.site):
            if all("*" in host for host in site.hosts):
                words = "no host of this site is one that a link could lead to"
                hint = 'write url = "https://…" in [requests]'
                yield Problem("PK366", "", f"site.{at}.hosts", words, hint)
    elif not _is_private(settings.requests.url):
        words, hint = "people's requests would travel in the clear", "write an https:// address"
        yield Problem("PK366", "", "requests.url", words, hint)
    if not settings.choice.enabled:
        words = "requests arrive over our pages, and those are switched off"
        yield Problem("PK366", "", "choice.enabled", words, "switch them on")


def _drop(drop: DropTable) -> Iterator[Problem]:
    if not _is_private(drop.url):
        words, hint = "the lists and our key would travel in the clear", "write an https:// address"
        yield Problem("PK368", "", "requests.drop.url", words, hint)


def _twice(table: RequestsTable) -> Iterator[Problem]:
    """Yield the parties that are named twice: whose request it is would be a guess."""
    named = {
        "requests.opendsr.controllers": [p.id for p in table.opendsr.controllers]
        if table.opendsr
        else [],
        "requests.drp.agents": [p.id for p in table.drp.agents] if table.drp else [],
    }
    for key, ids in named.items():
        for at, id_ in enumerate(ids):
            if id_ in ids[:at]:
                words, hint = "two have the same id", "give each its own"
                yield Problem("PK369", "", f"{key}.{at}.id", words, hint)


def _is_private(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)


def _is_key(text: str) -> bool:
    try:
        return len(b64decode(text, validate=True)) == PUBLIC_KEY_BYTES
    except ValueError:
        return False
