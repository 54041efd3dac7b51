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
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any, Literal

from privacykit.collect.compiling import no_finer
from privacykit.logs.paths import MASK, clean_path
from privacykit.logs.route import NO_PAGE, page
from privacykit.logs.servers import covered_servers
from privacykit.pseudonym.address import pack
from privacykit.pseudonym.ip import IPMethod, Truncate

NOTHING = "-"
LOGGED_IPV4_BITS = 16
LOGGED_IPV6_BITS = 48
"""As few as any policy asks for: a log line is written without knowing the place."""
UVICORN_ARGUMENTS = 5
LONGEST_METHOD = 16
COMMON_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_KEPT = {
    "h": frozenset({"l", "t", "s", "st", "S", "H", "b", "B", "T", "D", "M", "L", "p"}),
    "addr": frozenset({"time", "dt_ms", "status", "scheme", "protocol"}),
}
"""Atoms that pass as they are: hypercorn's and gunicorn's, granian's."""

Weaken = Callable[[str], str | None]
Paths = Literal["cleaned", "route"]


truncate_logged: Weaken = Truncate(LOGGED_IPV4_BITS, LOGGED_IPV6_BITS).text
"""The first 16 bits of IPv4 and 48 of IPv6, ``None`` for what is no address."""


class _Atoms(dict[str, Any]):
    """What a format string may ask for; everything we did not keep is nothing."""

    def __missing__(self, key: str) -> str:
        return NOTHING


class AccessLogFilter(logging.Filter):
    """
    Weaken access records of uvicorn, hypercorn, granian and gunicorn.

    Args:
        weaken: Address text to what may be logged of it, ``None`` for nothing; by default
            :data:`LOGGED_IPV4_BITS` and :data:`LOGGED_IPV6_BITS` are kept.
        paths: ``cleaned`` shows the route template where it is known and else the path without
            query and tokens; ``route`` shows ``*`` where no template is known.
    """

    def __init__(self, weaken: Weaken | None = None, paths: Paths = "cleaned") -> None:
        super().__init__()
        self._weaken = weaken or truncate_logged
        self._clean = clean_path if paths == "cleaned" else _masked
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
                self._client(client) if shown is None else shown + ":0",
                method if method in COMMON_METHODS else _method(method),
                self._clean(path) if (noted := page()) == NO_PAGE else noted[1:-1],
                version,
                status,
            )
        except Exception:  # noqa: BLE001 - P2: what cannot be weakened is not logged
            self.dropped += 1
            return False
        return True

    def _other(self, record: logging.LogRecord, args: object) -> bool:
        if isinstance(args, Mapping):
            record.args = self._atoms(args)
        elif '"WebSocket %s"' in str(record.msg) and isinstance(args, tuple):
            record.args = (self._client(args[0]), self._path(args[1]), *args[2:])
        elif not record.name.endswith(".error"):
            self.dropped += 1
            return False
        return True

    def _atoms(self, args: Mapping[str, Any]) -> _Atoms:
        kind = "h" if "h" in args else "addr"
        atoms = _Atoms({key: args[key] for key in _KEPT[kind] if key in args})
        atoms[kind] = self._client(args[kind])
        if kind == "addr":
            atoms["method"], atoms["path"] = _method(args["method"]), self._path(args["path"])
            return atoms
        method, path = _method(args["m"]), self._path(args["U"])
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
            return weakened + ":0"
        return self._weaken(text) or NOTHING


def weaken_logged(method: IPMethod) -> Weaken:
    """
    Return what weakens addresses in logs where *method* weakens them elsewhere: never finer.

    A method that hides the whole address behind a key would be a pseudonym in a log, where nobody
    expects one: such addresses are truncated.
    """
    coarse = no_finer(method, LOGGED_IPV4_BITS, LOGGED_IPV6_BITS)
    if isinstance(coarse, Truncate):
        return coarse.text

    def weaken(text: str) -> str | None:
        packed = pack(text)
        return None if packed is None else coarse.weaken(packed)

    return weaken


def _masked(_path: str) -> str:
    return MASK


def _method(method: object) -> str:
    text = str(method)
    return text if len(text) <= LONGEST_METHOD and text.isalpha() else NOTHING


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
