"""From the tables of the configuration to the frozen sites that flow 1 reads. Pure."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace

import msgspec

from privacykit.collect.cookies import CookieGate
from privacykit.collect.site import (
    DEFAULT_ASSETS,
    STRANGER,
    PageRule,
    Purpose,
    SinkRule,
    Site,
)
from privacykit.errors import ConfigurationError, Problem
from privacykit.policy.audience import Audience
from privacykit.pseudonym.ip import IPMethod, method
from privacykit.pseudonym.pages import Pages
from privacykit.settings.model import PurposeTable, Settings, SiteTable


def sites_of(settings: Settings, sinks: Sequence[SinkRule]) -> dict[str, Site]:
    """Return the configured sites by id; *sinks* are those of all of them."""
    return {table.id: _site(table, settings, tuple(sinks)) for table in settings.site}


def stranger_of(settings: Settings) -> Site:
    """Return what stands for hosts that are no site's: decided like the first, never collected."""
    site = _site(settings.site[0], settings, ())
    return replace(site, id=STRANGER, hosts=(), pages=replace(site.pages, purpose=None))


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
        purposes=tuple(_purpose(id_, found) for id_, found in settings.purposes.items()),
        pages=_pages(settings),
        cookies=CookieGate(tuple(settings.cookies.items())),
        sinks=sinks,
        gpc_scope=settings.signals.gpc_scope,
        strict=settings.policies.strict,
        query_keep=frozenset(settings.text.query_keep),
        referrer=settings.text.referrer,
        bots=settings.events.bots,
    )


def _purpose(id_: str, table: PurposeTable) -> Purpose:
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
    )


def _pages(settings: Settings) -> PageRule:
    table = settings.events
    excluded = table.not_content_types
    return PageRule(
        purpose=table.page,
        methods=frozenset(method.upper() for method in table.methods),
        statuses=frozenset(table.statuses),
        content_types=tuple(kind.encode() for kind in table.content_types),
        not_content_types=DEFAULT_ASSETS
        if excluded is None
        else tuple(kind.encode() for kind in excluded),
        not_pages=frozenset(msgspec.json.encode(page).decode() for page in table.not_pages),
    )


def site_of_host(settings: Settings) -> dict[bytes, str]:
    """Return site ids by host, lower case and without port; ``*`` and ``*.name`` are wildcards."""
    return {host.lower().encode(): table.id for table in settings.site for host in table.hosts}


def ip_method_of(settings: Settings) -> IPMethod:
    """
    Return the configured way to weaken addresses.

    Raises:
        ConfigurationError: There is none of that name, or it wants something else.
        KeyMaterialError: Its key is not what it wants.
    """
    table = settings.ip
    key = table.key.reveal() if table.key is not None else None
    try:
        raw = bytes.fromhex(key) if key is not None else None
    except ValueError:
        raise ConfigurationError(
            Problem("PK024", "privacykit.toml", "ip.key", "not hexadecimal", "write it as hex text")
        ) from None
    return method(
        table.mode,
        ipv4_bits=table.v4_bits,
        ipv6_bits=table.v6_bits,
        key=raw,
        randomness=os.urandom,
        basis=table.basis or "",
    )


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
        end = b"]" if name.startswith(b"[") else b":"
        name = name.partition(end)[0]
        hosts = self._hosts
        if name in hosts:
            return hosts[name]
        rest = name
        while b"." in rest:
            rest = rest.partition(b".")[2]
            if b"*." + rest in hosts:
                return hosts[b"*." + rest]
        return hosts.get(b"*")
