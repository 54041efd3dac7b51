"""Transport and files: nobody on the way or beside reads what we keep and send. Does I/O."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from privacykit.errors import ConfigurationError
from privacykit.operate.context import OperatorContext
from privacykit.settings.datasets import revealed
from privacykit.settings.named_stores import named_sinks, outbox_url
from privacykit.settings.values import Url
from privacykit.verify.stated import Stated
from privacykit.verify.tested.claim import Untouched

_OTHERS = 0o077
_OPEN_SCHEMES = frozenset({"http", "mqtt", "amqp", "nats", "redis", "ws", "kafka"})
_TLS = {
    "postgresql": ("sslmode", frozenset({"require", "verify-ca", "verify-full"})),
    "mysql": ("ssl", frozenset({"true", "1", "required"})),
    "mariadb": ("ssl", frozenset({"true", "1", "required"})),
}
_MARIADB = ("ssl_ca", "ssl_cert", "ssl_verify_cert", "ssl_verify_identity")


class TransportClaim(Untouched):
    """
    What is kept is its owner's alone, and what travels is encrypted.

    Args:
        stated: The policy in force.
        context: The stores.
    """

    name = "transport"
    says = "keys and stores are private files, and sinks and databases are reached encrypted"
    cannot_show = (
        "It sees modes and URLs, not who else is the same user, nor whether a server's certificate "
        "is any good. This machine and sockets of it count as no way."
    )

    def __init__(self, stated: Stated, context: OperatorContext) -> None:
        super().__init__()
        self._settings = stated.settings
        self._datamap = stated.datamap
        self._context = context

    def settle(self) -> None:
        """Look at modes and URLs."""
        for name, path in self._files():
            self._mode(name, path)
        for key, given in self._databases():
            self._database(key, given)
        for i, name, table in named_sinks(self._settings):
            for url in (table.url, table.deletion.url if table.deletion else None):
                if url is not None:
                    self._sink(f"sinks.{i}.url", name, url)
        if self._settings.reports.hook is not None:
            self._sink("reports.hook", "reports", self._settings.reports.hook)

    def _files(self) -> Iterator[tuple[str, Path]]:
        """Yield every file of ours, journals and periods beside the databases too."""
        yield "key file", self._context.paths.file(self._settings.keys.file)
        for key, given in self._databases():
            url = self._told(key, given)
            if url is None or url.get_backend_name() != "sqlite" or key.startswith("datasets."):
                continue
            main = Path(str(url.database))
            for path in sorted(main.parent.glob(f"{main.stem}*")):
                if path == main or path.name.startswith((f"{main.name}-", f"{main.stem}_")):
                    yield key.partition(".")[0], path

    def _mode(self, name: str, path: Path) -> None:
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            if name == "key file":
                self.unread(name, "PK316 it is not there")
            return
        except OSError as error:
            self.unread(name, f"PK316 its mode cannot be read ({type(error).__name__})")
            return
        self.seen(name)
        if stat.S_IMODE(mode) & _OTHERS:
            words = "a file that others than its owner may open"
            self.found("PK313", f"{name}: {path.name}", words, f"chmod 600 {path.name}")

    def _databases(self) -> Iterator[tuple[str, Url]]:
        settings = self._settings
        if settings.collects:
            if settings.events.url is not None:
                yield "events.url", settings.events.url
            yield "outbox.url", outbox_url(settings)
            yield "salts.url", settings.salts.url
        yield "records.url", settings.records.url
        for i, _, table in named_sinks(settings):
            if table.type == "sql" and table.url is not None:
                yield f"sinks.{i}.url", table.url
        for name, dataset in self._datamap.datasets.items() if self._datamap else ():
            url = revealed(dataset.url, self._context.paths) if dataset.kind == "sql" else None
            if url:
                yield f"datasets.{name}.url", url

    def _told(self, key: str, given: Url) -> URL | None:
        try:
            return make_url(self._context.paths.url(given, key))
        except (ArgumentError, ValueError, ConfigurationError):
            return None

    def _database(self, key: str, given: Url) -> None:
        url = self._told(key, given)
        if url is None:
            self.unread(key, "PK316 not the URL of a database, or kept where there is none")
            return
        self.seen(key)
        backend = url.get_backend_name()
        if backend == "sqlite" or url.drivername.startswith("memory") or is_near(url.host):
            return
        if backend == "redis" or url.drivername.startswith("unix"):
            encrypted = url.drivername in {"rediss", "unix"}
        else:
            parameter, wanted = _TLS.get(backend, ("", frozenset()))
            told = str(url.query.get(parameter, "")).lower()
            encrypted = told in wanted or any(name in url.query for name in _MARIADB)
        if url.drivername != "rediss" and not encrypted:
            words = "a database is reached over a network without TLS"
            advice = "PostgreSQL: ?sslmode=verify-full, MariaDB: ?ssl_ca=FILE, Redis: rediss://"
            self.found("PK314", key, words, advice)

    def _sink(self, key: str, name: str, given: Url) -> None:
        try:
            parts = urlsplit(self._context.paths.url(given, key))
            host = parts.hostname
        except (ConfigurationError, ValueError):
            self.unread(key, "PK316 its URL is kept where there is none, or is none")
            return
        self.seen(f"sink {name}")
        if parts.scheme.partition("+")[0] in _OPEN_SCHEMES and not is_near(host):
            words = "events travel to a sink without TLS"
            self.found("PK314", key, words, "use the scheme that is encrypted, such as https")


def is_near(host: str | None) -> bool:
    """Tell whether *host* is this machine: no host is a socket."""
    if not host or host == "localhost" or host.startswith("/"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
