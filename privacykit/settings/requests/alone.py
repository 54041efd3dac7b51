"""
The settings of a server that takes subject requests and serves nothing else. Pure.

A file for requests only has no site; what is served then is one of our pages alone, under the host
that ``[requests] url`` names and those of this machine, and nothing is collected.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from privacykit.errors import ConfigurationError, Problem
from privacykit.settings.model import PurposeTable, Settings, SiteTable

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def own_hosts(settings: Settings) -> tuple[str, ...]:
    """Return the hosts under which requests arrive where nothing else is served."""
    name = urlsplit(settings.requests.url or "").hostname
    return tuple(dict.fromkeys([*([name] if name else []), *LOOPBACK]))


def requests_alone(settings: Settings, file: str) -> Settings:
    """
    Return *settings* with something to serve: as they are where they have a site.

    Args:
        settings: The configuration.
        file: Its name, for messages.

    Raises:
        ConfigurationError: PK450, no request could arrive.
    """
    if not settings.requests.served:
        words = "there is nothing by which a request could arrive"
        hint = "add [requests.form], or a protocol: see docs/how-to/requests-by-protocol.md"
        raise ConfigurationError(Problem("PK450", file, "requests", words, hint))
    if settings.collects:
        return settings
    site = SiteTable(
        id="requests",
        hosts=list(own_hosts(settings)),
        timezone=settings.timezone,
        establishments=settings.controller.establishments,
    )
    necessary = PurposeTable.model_validate(
        {"uses": ["strictly_necessary"], "visitor": "none", "label": "Answering requests"}
    )
    return settings.model_copy(
        update={
            "site": [site],
            "purposes": {"requests": necessary},
            "events": settings.events.model_copy(
                update={"url": None, "page": "requests", "statuses": []}
            ),
            "outbox": settings.outbox.model_copy(
                update={"deliver": False, "url": settings.outbox.url or settings.records.url}
            ),
        }
    )
