"""Sites as flow 1 reads them, frozen, from the configuration and the package's list of sources."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files

import msgspec

from privacykit.collect.channel.source import Kind, Sources
from privacykit.collect.cookies.gate import CookieGate
from privacykit.collect.cookies.kept import KeptCookie
from privacykit.collect.plans.purpose_terms import LIFETIME
from privacykit.collect.site import (
    DEFAULT_ASSETS,
    STRANGER,
    PageRule,
    Purpose,
    SinkRule,
    Site,
)
from privacykit.errors import ConfigurationError, KeyMaterialError, Problem
from privacykit.policy.audience import Audience
from privacykit.pseudonym.addresses.ip import IPMethod, method
from privacykit.pseudonym.url.pages import Pages
from privacykit.settings.checks.hosts import host_key
from privacykit.settings.duties.notice import SESSION
from privacykit.settings.duties.receivers import shown_names
from privacykit.settings.model import PurposeTable, Settings, SiteTable
from privacykit.settings.values import DurationText
from privacykit.signals.choice.cookies import ChoiceCookies


def sites_of(settings: Settings, sinks: Sequence[SinkRule]) -> dict[str, Site]:
    """Return the configured sites by id; *sinks* are those of all of them."""
    return {
        table.id: _site(table, settings, tuple(rule for rule in sinks if rule.serves(table.id)))
        for table in settings.site
    }


def stranger_of(settings: Settings) -> Site:
    """Return what stands for hosts that are no site's: decided like the first, never collected."""
    site = _site(settings.site[0], settings, ())
    return replace(site, id=STRANGER, hosts=(), pages=replace(site.pages, purpose=None))


@cache
def known_sources() -> Sources:
    """Return the search engines, networks and shops that the package knows."""
    text = (files("privacykit.collect.channel") / "sources.toml").read_text(encoding="utf-8")
    return Sources(msgspec.convert(tomllib.loads(text), dict[Kind, dict[str, list[str]]]))


def _site(table: SiteTable, settings: Settings, sinks: tuple[SinkRule, ...]) -> Site:
    audience = table.audience
    return Site(
        id=table.id,
        hosts=tuple(host.lower() for host in table.hosts),
        timezone=table.timezone,
        audience=Audience(
            establishments=tuple(table.establishments),
            child_directed=audience.child_directed,
            online_platform=audience.online_platform,
            data_types=frozenset(audience.data_types),
            thresholds_met=audience.thresholds_met,
        ),
        purposes=purposes_of(settings),
        pages=_pages(settings),
        cookies=CookieGate(tuple(settings.cookies.items())),
        sinks=sinks,
        gpc_scope=settings.signals.gpc_scope,
        strict=settings.policies.strict,
        query_keep=frozenset(settings.text.query_keep),
        referrer=settings.text.referrer,
        bots=settings.events.bots,
        sources=known_sources(),
    )


def purposes_of(settings: Settings) -> tuple[Purpose, ...]:
    """Return the purposes of every site, in the order of their bits in a choice."""
    return tuple(
        _purpose(id_, table, shown_names(settings, id_), tuple(_kept(settings, id_, table)))
        for id_, table in settings.purposes.items()
    )


def _kept(settings: Settings, purpose: str, table: PurposeTable) -> Iterator[KeptCookie]:
    """Yield the cookies of *purpose*, with the life stated for each, else for all of them."""
    said = settings.notice.cookies if settings.notice is not None else {}
    most = table.properties.get(LIFETIME)
    for glob, owner in settings.cookies.items():
        if owner != purpose:
            continue
        own = said.get(glob)
        if own is None:
            yield KeptCookie(glob, months=most if type(most) is int and most > 0 else 0)
        elif own.life == SESSION:
            yield KeptCookie(glob, own.by, session=True)
        else:
            span = DurationText.parse(own.life)
            yield KeptCookie(glob, own.by, span.months, span.days)


def _purpose(
    id_: str, table: PurposeTable, recipients: tuple[str, ...], kept: tuple[KeptCookie, ...]
) -> Purpose:
    return Purpose(
        id=id_,
        uses=tuple(table.uses),
        retention_months=table.retention.months,
        retention_days=table.retention.days,
        properties=dict(table.properties),
        visitor=table.visitor,
        identified=table.identified,
        explicit=table.explicit,
        otherwise=table.otherwise,
        label=table.label or id_.replace("_", " ").capitalize(),
        description=table.description,
        recipients=recipients,
        kept=kept,
        texts={tag: (text.label, text.description) for tag, text in table.texts.items()},
    )


def _pages(settings: Settings) -> PageRule:
    table = settings.events
    excluded = table.not_content_types
    return PageRule(
        purpose=table.page,
        methods=frozenset(method.upper() for method in table.methods),
        statuses=frozenset(table.statuses),
        content_types=tuple(kind.lower().encode() for kind in table.content_types),
        not_content_types=DEFAULT_ASSETS
        if excluded is None
        else tuple(kind.lower().encode() for kind in excluded),
        not_pages=frozenset(msgspec.json.encode(page).decode() for page in table.not_pages),
    )


def site_of_host(settings: Settings) -> dict[bytes, str]:
    """Return site ids by host, lower case and without port; ``*`` and ``*.name`` are wildcards."""
    return {host_key(host).encode(): table.id for table in settings.site for host in table.hosts}


_IP_KEYS = {"PK100": "ip.mode", "PK102": "ip.mode", "PK103": "ip.basis", "PK104": "ip.key"}
"""The key to look at for what :func:`privacykit.pseudonym.addresses.ip.method` refuses."""


def ip_method_of(settings: Settings) -> IPMethod:
    """
    Return the configured way to weaken addresses.

    Raises:
        ConfigurationError: There is none of that name, or it wants something else, as another key.
    """
    table = settings.ip
    key = table.key.reveal() if table.key is not None else None
    try:
        raw = bytes.fromhex(key) if key is not None else None
    except ValueError:
        raise ConfigurationError(
            Problem("PK024", "privacykit.toml", "ip.key", "not hexadecimal", "write it as hex text")
        ) from None
    try:
        return method(
            table.mode,
            ipv4_bits=table.v4_bits,
            ipv6_bits=table.v6_bits,
            key=raw,
            randomness=os.urandom,
            basis=table.basis or "",
        )
    except KeyMaterialError as error:
        id_, _, message = str(error).partition(" ")
        hint = "make one with a source of randomness, such as `openssl rand -hex 32`"
        raise ConfigurationError(Problem(id_, "privacykit.toml", "ip.key", message, hint)) from None
    except ConfigurationError as error:
        # Who weakens addresses knows no file; this is the one that the mode stands in.
        named = (
            replace(it, file="privacykit.toml", key=_IP_KEYS.get(it.id, "ip"))
            for it in error.problems
        )
        raise ConfigurationError(*named) from None


def patterns_of(settings: Settings) -> Callable[[str], str | None] | None:
    """Return what names pages by ``[pages] patterns``, if there are any."""
    return Pages(settings.pages.patterns) if settings.pages.patterns else None


LONGEST_HOST = 300
"""Bytes of a ``Host`` header that are read: 253 of a name (RFC 1035), a port, some grace."""


class HostMap:
    """
    Raw ``Host`` header to site id.

    Args:
        hosts: As :func:`site_of_host` returns them.
    """

    def __init__(self, hosts: dict[bytes, str]) -> None:
        self._hosts = hosts

    def __call__(self, host: bytes) -> str | None:
        """Return the site's id, ``None`` when the host is no site's."""
        if len(host) > LONGEST_HOST:
            return self._hosts.get(b"*")
        name = host.lower()
        name = name[1:].partition(b"]")[0] if name[:1] == b"[" else name.partition(b":")[0]
        hosts = self._hosts
        if name in hosts:
            return hosts[name]
        rest = name
        while b"." in rest:
            rest = rest.partition(b".")[2]
            if b"*." + rest in hosts:
                return hosts[b"*." + rest]
        return hosts.get(b"*")


def under_hosts(hosts: Iterable[str]) -> Callable[[bytes], bool]:
    """Return what tells of a raw ``Host`` header whether it names one of *hosts*."""
    known = HostMap({host_key(host).encode(): host for host in hosts})
    return lambda host: known(host) is not None


def choice_cookies(settings: Settings, sign_keys: Sequence[bytes]) -> dict[str, ChoiceCookies]:
    """Return the choice cookies of each site; *sign_keys* sign and verify grants."""
    choice, marks = settings.choice, {p.id: p.mark for p in purposes_of(settings)}
    return {
        table.id: ChoiceCookies(
            site=table.id,
            purposes=list(settings.purposes),
            sign_keys=sign_keys,
            secure=choice.secure,
            domain=choice.domain,
            marks=marks,
        )
        for table in settings.site
    }
