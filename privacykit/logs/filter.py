"""
A filter for access logs, and an installer that survives every later log configuration.

The filter rewrites the arguments of a record before any handler or formatter sees them: the client
is weakened, the path is the route template or has no query and no tokens, user agent, referrer and
all other headers are dropped. It weakens the client even where the middleware did so before, since
servers also log what no application ever saw: requests they refuse, and websockets before they
open. A record of a shape it does not know is dropped, not passed on (P2).

Why on the loggers: ``dictConfig`` and ``fileConfig`` replace handlers and their filters, never the
filters of a logger; a record passes them once, before it is copied to any handler or queue.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from itertools import chain
from typing import Any, Literal

from privacykit.logs.addresses import NOTHING, Weaken, truncate_logged
from privacykit.logs.request_line import COMMON_METHODS, method_of
from privacykit.logs.route import NO_PAGE, page
from privacykit.logs.servers import covered_servers
from privacykit.logs.weakener import Weakener, weaken_extras
from privacykit.pseudonym.url.paths import scrub_path

MASK = "*"
"""Where a path could be and no template is known."""
UVICORN_ARGUMENTS = 5
GUNICORN_ERROR, WAITRESS, DJANGO = "gunicorn.error", "waitress", "django."
_REFUSED = re.compile(r"(Invalid request from ip=)(\S*?):?(?=\s|$)")
"""What gunicorn says of what it cannot read: what follows the address quotes it."""

_KEPT = {
    "h": frozenset({"l", "t", "s", "st", "S", "H", "b", "B", "T", "D", "M", "L", "p"}),
    "addr": frozenset({"time", "dt_ms", "status", "scheme", "protocol"}),
}
"""Atoms that pass as they are: hypercorn's and gunicorn's, granian's."""

Paths = Literal["cleaned", "route"]


class _Atoms(dict[str, Any]):
    """What a format string may ask for; everything we did not keep is nothing."""

    def __missing__(self, key: str) -> str:
        return NOTHING


class AccessLogFilter(logging.Filter):
    """
    Weaken access records of uvicorn, hypercorn, granian and gunicorn.

    Args:
        weaken: Address text to what may be logged of it, ``None`` for nothing; by default
            :data:`~privacykit.logs.addresses.truncate_logged`.
        paths: ``cleaned`` shows the route template where it is known and else the path as
            :func:`.scrub_path` leaves it; ``route`` shows ``*`` where no template is known.
    """

    def __init__(self, weaken: Weaken | None = None, paths: Paths = "cleaned") -> None:
        super().__init__()
        self._weaken = weaken or truncate_logged
        self._weakener = Weakener(weaken)
        self._clean = scrub_path if paths == "cleaned" else _masked
        self.dropped = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Weaken *record* in place; ``False`` drops what cannot be weakened."""
        args: Any = record.args
        try:
            if type(args) is not tuple or len(args) != UVICORN_ARGUMENTS:
                return self._other(record, args)
            client, method, path, version, status = args
            shown = self._weaken(client.rpartition(":")[0])
            record.args = (
                self._client(client) if shown is None else _without_port(shown),
                method if method in COMMON_METHODS else method_of(method),
                self._clean(path) if (noted := page()) == NO_PAGE else noted[1:-1],
                version,
                status,
            )
            weaken_extras(record, self._weakener)
        except Exception:  # noqa: BLE001 - P2: what cannot be weakened is not logged
            self.dropped += 1
            return False
        return True

    def _other(self, record: logging.LogRecord, args: object) -> bool:
        if record.name == GUNICORN_ERROR:
            self._of_gunicorn(record, args)
        elif record.name == WAITRESS:
            self._of_waitress(record)
        elif record.name.startswith(DJANGO):
            return self._of_django(record, args)
        elif isinstance(args, Mapping):
            record.args = self._atoms(args)
        elif '"WebSocket %s"' in str(record.msg) and isinstance(args, tuple):
            record.args = (self._client(args[0]), self._path(args[1]), *args[2:])
        elif not record.name.endswith(".error"):
            self.dropped += 1
            return False
        return True

    def _of_gunicorn(self, record: logging.LogRecord, args: object) -> None:
        """Weaken what gunicorn says of a request that failed, or that it cannot read."""
        refused = _REFUSED.match(str(record.msg))
        if refused is not None:
            record.msg, record.args = f"{refused[1]}{self._client(refused[2])}", ()
        elif (
            args
            and isinstance(args, tuple)
            and str(record.msg).startswith("Error handling request")
        ):
            *method, target = args
            record.args = (*map(method_of, method), self._path(target))

    def _of_waitress(self, record: logging.LogRecord) -> None:
        """Weaken what waitress says of a request that failed."""
        told, failed, path = record.getMessage().partition("Exception while serving ")
        if failed:
            record.msg, record.args = "%s%s%s", (told, failed, self._path(path))

    def _of_django(self, record: logging.LogRecord, args: object) -> bool:
        """Weaken what Django says of a request; the request itself leaves the record."""
        record.__dict__.pop("request", None)
        if not isinstance(args, tuple):
            return not args
        record.args = tuple(self._said(each) if isinstance(each, str) else each for each in args)
        return not any(isinstance(each, tuple | list) for each in args)  # whose pipe broke

    def _said(self, text: str) -> str:
        """Weaken the path that *text* is, or the request line."""
        if text.startswith("/"):
            return self._path(text)
        method, blank, rest = text.partition(" ")
        target, _, version = rest.rpartition(" ")
        if blank and version.startswith("HTTP/"):
            return f"{method_of(method)} {self._path(target)} {version}"
        return text if text.isascii() and text.replace(" ", "").isalnum() else NOTHING

    def _atoms(self, args: Mapping[str, Any]) -> _Atoms:
        kind = "h" if "h" in args else "addr"
        atoms = _Atoms({key: args[key] for key in _KEPT[kind] if key in args})
        atoms[kind] = self._client(args[kind])
        if kind == "addr":
            atoms["method"], atoms["path"] = method_of(args["method"]), self._path(args["path"])
            return atoms
        method, path = method_of(args["m"]), self._path(args["U"])
        line = f"{method} {path} {args['H']}"
        atoms |= {"m": method, "U": path, "Uq": path, "r": line, "R": line}
        return atoms

    def _path(self, path: object) -> str:
        return self._clean(str(path)) if (noted := page()) == NO_PAGE else noted[1:-1]

    def _client(self, client: object) -> str:
        """Weaken ``host:port`` or ``host``; the port goes: behind a shared address it tells."""
        text = str(client)
        host, colon, _ = text.rpartition(":")
        weakened = self._weaken(host) if colon else None
        if weakened is not None:
            return _without_port(weakened)
        return self._weaken(text) or NOTHING


def _without_port(address: str) -> str:
    """Return *address* as a server writes it before a port, and 0 for that (RFC 3986, 3.2.2)."""
    return f"[{address}]:0" if ":" in address else f"{address}:0"


def _masked(_path: str) -> str:
    return MASK


def install_first(weaken: Weaken | None = None) -> None:
    """Do what :func:`install` does, unless that was done: for a process that may not serve yet."""
    installed = chain.from_iterable(
        logging.getLogger(name).filters for name in chain.from_iterable(covered_servers().values())
    )
    if not any(isinstance(each, AccessLogFilter) for each in installed):
        install(weaken)


def install(weaken: Weaken | None = None, paths: Paths = "cleaned") -> AccessLogFilter:
    """
    Put one filter on the access loggers of every server we cover; safe to call again.

    It stays through later calls of ``logging.config``, so it may be called before or after the
    server configures its logs, in every process that serves.

    Args:
        weaken: As for :class:`AccessLogFilter`.
        paths: As for :class:`AccessLogFilter`.

    Returns:
        The filter; add it to loggers of your own that carry access records.
    """
    made = AccessLogFilter(weaken, paths)
    for name in chain.from_iterable(covered_servers().values()):
        logger = logging.getLogger(name)
        for old in [each for each in logger.filters if isinstance(each, AccessLogFilter)]:
            logger.removeFilter(old)
        logger.addFilter(made)
    return made
