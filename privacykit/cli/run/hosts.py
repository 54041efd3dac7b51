"""URLs that a server prints and no site lists: who opens one of them is not counted. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privacykit.cli.run.trial import is_loopback
from privacykit.errors import Problem

if TYPE_CHECKING:
    from privacykit.settings.model import Settings


def url_of(host: str, port: int) -> str:
    """Return what a server that listens on *host* and *port* prints; port 0 is chosen later."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}" if port else f"http://{name}"


def unlisted(settings: Settings, config: str, host: str, port: int) -> Problem | None:
    """
    Return PK006 where no site lists the host of the URL that the server prints.

    Args:
        settings: The configuration.
        config: Its file.
        host: Where the server listens.
        port: The same.
    """
    from privacykit.runtime.sites import HostMap, site_of_host

    url = url_of(host, port)
    if HostMap(site_of_host(settings))(url.partition("//")[2].encode()) is not None:
        return None
    listed = [name for site in settings.site for name in site.hosts if is_loopback(name)]
    other = f" or open {url_of(listed[0].strip('[]'), port)}" if listed else ""
    return Problem(
        "PK006",
        config,
        "site.hosts",
        f"no site lists the host of {url}: what is asked there is not collected",
        f"add '{url_of(host, 0).partition('//')[2]}' to the hosts of a site{other}",
    )
