"""The origin of a site: which addresses are its own, and which hosts are somebody else's. Pure."""

from __future__ import annotations

from fnmatch import fnmatchcase
from urllib.parse import urljoin, urlsplit, urlunsplit

from privacykit.errors import InputError

_PORTS = {"http": 80, "https": 443}
_LONGEST = 2048


class SiteOrigin:
    """
    Scheme, host and port of a site (RFC 6454), and the hosts that belong to it besides.

    A host below the site's own, leaving out ``www.``, is the site's. No list of public suffixes is
    asked: what the site has under another name belongs to it only if *hosts* say so.

    Args:
        url: Where it begins: ``http`` or ``https``, without a user.
        hosts: Further hosts of the site; ``*.shop.example`` is any below.

    Raises:
        InputError: It is no such address.

    Attributes:
        url: The address to begin at.
        root: Scheme, host and port, without a slash at the end.
        host: The host, in lower case.
        secure: Whether it is asked over TLS.
    """

    def __init__(self, url: str, hosts: tuple[str, ...] = ()) -> None:
        try:
            parts = urlsplit(url if "//" in url else f"https://{url}")
            port = parts.port
        except ValueError:
            raise InputError(_NO_ADDRESS) from None
        if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
            raise InputError(_NO_ADDRESS)
        if len(url) > _LONGEST or not url.isprintable() or " " in url:
            raise InputError(_NO_ADDRESS)
        self.scheme, self.host = parts.scheme, parts.hostname.lower()
        self.port = port or _PORTS[parts.scheme]
        self.root = f"{parts.scheme}://{parts.netloc.lower()}"
        self.url = urlunsplit((parts.scheme, parts.netloc, parts.path or "/", parts.query, ""))
        self.secure = parts.scheme == "https"
        self._hosts = tuple(host.lower().rstrip(".") for host in hosts if host != "*")
        self._base = self.host.removeprefix("www.")

    def is_own(self, host: str) -> bool:
        """Tell whether *host*, in any case, is the site's."""
        name = host.lower().lstrip(".").rstrip(".")
        if name == self._base or name.endswith(f".{self._base}"):
            return True
        return any(fnmatchcase(name, own) for own in self._hosts)

    def is_same(self, url: str) -> bool:
        """Tell whether *url* is of this very origin: scheme, host and port."""
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS.get(parts.scheme, 0)
        except ValueError:
            return False
        mine = (self.scheme, self.host, self.port)
        return (parts.scheme, (parts.hostname or "").lower(), port) == mine

    def joined(self, base: str, link: str) -> str:
        """Return *link* as seen from the page *base*, without its fragment; empty if it is none."""
        try:
            parts = urlsplit(urljoin(base, link.strip()))
        except ValueError:
            return ""
        if parts.scheme not in _PORTS or not parts.netloc:
            return ""
        return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", parts.query, ""))


def host_in(url: str) -> str:
    """Return the host in *url*, in lower case; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


_NO_ADDRESS = "write the site as https://shop.example/, without a user in it"
