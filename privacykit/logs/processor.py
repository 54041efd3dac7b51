"""A structlog processor that weakens the fields applications log about requests."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from privacykit.logs.filter import NOTHING, Weaken, truncate_logged
from privacykit.logs.paths import clean_path

DEEPEST = 4
ADDRESSES = frozenset({
    "addr", "address", "client", "client_addr", "client_address", "client_host", "client_ip",
    "forwarded_for", "host_ip", "ip", "ip_address", "peer", "peer_ip", "real_ip", "remote",
    "remote_addr", "remote_address", "remote_ip", "source_ip", "x_forwarded_for", "x_real_ip",
})  # fmt: skip
PATHS = frozenset({
    "full_path", "http_path", "path", "path_info", "request_path", "request_uri", "target", "uri",
    "url",
})  # fmt: skip
DROPPED = frozenset({
    "authorization", "body", "cookie", "cookies", "form", "forwarded", "headers", "http_referer",
    "http_user_agent", "json", "params", "password", "query", "query_params", "query_string",
    "referer", "referrer", "session", "session_id", "set_cookie", "token", "user_agent",
})  # fmt: skip


class PrivacyProcessor:
    """
    Weaken an event dictionary of structlog by the names of its keys.

    Put it first among the processors that see the merged context, before any renderer. Names are
    compared without case, ``-`` and ``.`` read as ``_``, and by their end: ``http.user_agent`` and
    ``User-Agent`` are both dropped. What stands in free text is out of its reach.

    Args:
        weaken: Address text to what may be logged of it; by default as in
            :class:`.AccessLogFilter`.
    """

    def __init__(self, weaken: Weaken | None = None) -> None:
        self._weaken = weaken or truncate_logged

    def __call__(
        self,
        logger: object,  # noqa: ARG002 (structlog's signature)
        method_name: str,  # noqa: ARG002
        event_dict: MutableMapping[str, Any],
    ) -> MutableMapping[str, Any]:
        """Weaken *event_dict* in place and return it."""
        for key, value in list(event_dict.items()):
            event_dict[key] = self._weakened(key, value, 0)
        return event_dict

    def _weakened(self, key: object, value: object, depth: int) -> object:
        name = str(key).lower().replace("-", "_").replace(".", "_")
        if _is_one(name, DROPPED):
            return NOTHING
        if _is_one(name, ADDRESSES):
            return self._address(value)
        if _is_one(name, PATHS):
            return _path(value)
        if isinstance(value, Mapping):
            if depth == DEEPEST:
                return NOTHING
            return {k: self._weakened(k, v, depth + 1) for k, v in value.items()}
        return value

    def _address(self, value: object) -> str:
        if isinstance(value, list | tuple):  # an ASGI client: host and port
            value = value[0] if value else NOTHING
        return self._weaken(str(value)) or NOTHING


def _is_one(name: str, names: frozenset[str]) -> bool:
    return name in names or any(name.endswith(f"_{each}") for each in names if "_" in each)


def _path(value: object) -> str:
    text = str(value)
    scheme, found, rest = text.partition("://")
    if not found:
        return clean_path(text)
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{clean_path(slash + path)}"
