"""The ASGI scope beside its headers: its shapes, what gateways leave, what was decided. Pure."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from privacykit.collect.address.client_ip import Peer
from privacykit.collect.privacy import NoPrivacy, Privacy
from privacykit.errors import ConfigurationError, Problem

Scope = MutableMapping[str, Any]

MARK = "privacykit"
"""Where the scope says that a request was decided: the outermost wrapper acts."""
ROOT = "privacykit.root"
"""Where a scope or an environ says what our pages lie below, if that is not the host's root."""
NOBODY = "0.0.0.0"  # noqa: S104 - a client address that names nobody, never bound
LOOK_SECONDS = 0.005
"""How often a request that waits for the start looks whether it is over."""

GATEWAY_KEYS = ("aws.event", "aws.context", "wsgi_environ")
"""Where gateways (Mangum, a2wsgi) put the whole request as it came, the client's address in it."""

NO_CERTIFICATE: Mapping[str, object] = {
    "client_cert_chain": (),
    "client_cert_name": None,
    "client_cert_error": None,
}
"""What the TLS extension of ASGI says of a client without a certificate."""


def peer_of(client: object) -> Peer | None:
    """Return address text and port of *client*, an ASGI ``client``; ``None`` for none."""
    if not isinstance(client, Sequence) or isinstance(client, str) or not client:
        return None
    if not isinstance(client[0], str):
        return None
    port = client[1] if len(client) > 1 else None
    return client[0], port if isinstance(port, int) else None


def known_of(state: object) -> Mapping[str, object]:
    """
    Return what ``scope["state"]`` holds, for a dictionary of the connection's own.

    A server may give one object to all connections, and what is decided about one visitor must not
    be read by another: nothing is ever written to it.
    """
    return state if isinstance(state, Mapping) else {}


def hide_client(scope: Scope) -> None:
    """
    Take out of *scope* what names the client besides its headers and address.

    That is what gateways leave (:data:`GATEWAY_KEYS`) and the client's certificate.
    """
    for key in GATEWAY_KEYS:
        scope.pop(key, None)
    extensions = scope.get("extensions", {})
    if not isinstance(extensions, Mapping):
        scope["extensions"] = {}
        return
    if "tls" not in extensions:
        return
    tls = extensions["tls"] if isinstance(extensions["tls"], Mapping) else {}
    shown = {k: v for k, v in tls.items() if not str(k).startswith("client_")}
    known = {k: v for k, v in NO_CERTIFICATE.items() if k in tls}
    scope["extensions"] = {**extensions, "tls": shown | known}


def decision_in(scope: Mapping[str, Any]) -> Privacy | NoPrivacy:
    """
    Return what was decided about the request in *scope*.

    Raises:
        ConfigurationError: PK005: the application is not wrapped, so nothing was.
    """
    found: Privacy | NoPrivacy | None = scope.get(MARK)
    if found is None:
        message = "it is not wrapped, so nothing was decided about this request"
        hint = "put PrivacyMiddleware around it, outermost"
        raise ConfigurationError(Problem("PK005", "application", "", message, hint))
    return found


def refusal_of(privacy: Privacy | NoPrivacy, purpose: str) -> dict[str, object] | None:
    """
    Return why *purpose* may not happen, as members of a problem (RFC 9457); ``None`` where it may.

    Args:
        privacy: The decision about the request.
        purpose: One purpose of the configuration.

    Raises:
        InputError: The configuration has no such purpose.
    """
    if privacy.allows(purpose):
        return None
    made = privacy.decision.get(purpose)
    reasons = [str(reason.code) for reason in made.reasons] if made is not None else []
    return {
        "title": "The visitor's privacy choices do not allow this",
        "purpose": purpose,
        "reasons": list(dict.fromkeys(reasons)),
    }
