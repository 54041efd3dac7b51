"""Recipients of data: sinks, those of the data map, hosters; as the public may read. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from privacykit.documents.facts.laws import EEA, establishments
from privacykit.documents.facts.parts import CONFIG, RecipientFact
from privacykit.documents.statement import StatementSource
from privacykit.govern.datamap import DataMap
from privacykit.settings.duties.notice import NoticeRecipient, NoticeTable
from privacykit.settings.duties.receivers import NamedReceiver, named_receivers, sink_receivers
from privacykit.settings.model import Settings
from privacykit.settings.named_stores import EVENT_STORE
from privacykit.settings.values import Url


def region_of(settings: Settings, said: NoticeTable) -> tuple[str, ...]:
    """Return the countries that count as at home, sorted."""
    if said.region:
        return tuple(sorted(set(said.region)))
    home = {place[:2] for place in establishments(settings)}
    return tuple(sorted(home | EEA if home & {*EEA, "EU"} else home))


def recipients_of(
    settings: Settings, datamap: DataMap, said: NoticeTable
) -> Iterator[RecipientFact]:
    """Yield each: sinks as configured, whom purposes name, those of the data map, hosters."""
    region = frozenset(region_of(settings, said))
    for one, table in sink_receivers(settings):
        host, encrypted = host_of(table.url)
        yield _made(
            one.id,
            _public(said, one),
            region,
            StatementSource(CONFIG, f"sinks.{one.sink}"),
            role=table.role,
            purposes=tuple(table.purposes),
            host=f"{table.type} {host}",
            encrypted=encrypted,
        )
    for one in named_receivers(settings):
        yield _made(
            one.id,
            _public(said, one),
            region,
            StatementSource(CONFIG, _stated(said, one)),
            role=one.role or "third_party",  # the one that promises less
            purposes=tuple(k for k, it in settings.purposes.items() if one.id in it.recipients),
        )
    for name, known in datamap.recipients.items():
        purposes = tuple(sorted(_purposes(datamap, name)))
        stated = said.recipients.get(name)
        public = NoticeRecipient(
            name=stated.name if stated else known.name,
            country=(stated.country if stated else None) or known.country or None,
            safeguard=stated.safeguard if stated else "",
            contact=stated.contact if stated else "",
            kind=stated.kind if stated else "",
        )
        source = StatementSource(settings.datamap.file, f"recipients.{name}")
        yield _made(name, public, region, source, role=known.role, purposes=purposes)
    for i, public in enumerate(said.hosts):
        source = StatementSource(CONFIG, f"notice.hosts.{i}")
        yield _made(f"host {public.name}", public, region, source, role="processor", purposes=())


def _stated(said: NoticeTable, one: NamedReceiver) -> str:
    return f"notice.recipients.{one.id}" if one.id in said.recipients else "notice.recipients"


def _public(said: NoticeTable, one: NamedReceiver) -> NoticeRecipient | None:
    if one.id in said.recipients:
        return said.recipients[one.id]
    return NoticeRecipient.model_construct(name=one.name) if one.name else None


def host_of(url: Url | None) -> tuple[str, bool | None]:
    """Return the host that *url* names, if it is written out, and whether it speaks TLS."""
    if not isinstance(url, str):
        return "", None
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "", None
    return host, parts.scheme in {"https", "amqps", "mqtts", "rediss", "tls"} if host else None


def _made(
    name: str,
    public: NoticeRecipient | None,
    region: frozenset[str],
    source: StatementSource,
    *,
    role: str,
    purposes: tuple[str, ...],
    host: str = "",
    encrypted: bool | None = None,
) -> RecipientFact:
    country = (public.country or "") if public else ""
    asked = source.key if source.key.startswith("notice.") else f"notice.recipients.{name}"
    return RecipientFact(
        id=name,
        name=public.name if public else "",
        role="third_party" if role == "third_party" else "processor",
        country=country,
        outside=bool(country and region) and country not in region,
        safeguard=public.safeguard if public else "",
        purposes=purposes,
        source=source,
        asked=asked,
        contact=public.contact if public else "",
        kind=public.kind if public else "",
        host=host,
        encrypted=encrypted,
    )


def _purposes(datamap: DataMap, recipient: str) -> set[str]:
    return {
        purpose
        for dataset, table in datamap.datasets.items()
        if table.kind != EVENT_STORE
        for name in datamap.of(dataset)
        if recipient in datamap.recipients_of(dataset, name)
        for purpose in datamap.purposes(dataset, name)
    }
