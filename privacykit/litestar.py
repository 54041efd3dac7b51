"""
Litestar: the decision as a dependency and a guard. ``PrivacyMiddleware`` wraps it from outside.

A plugin cannot wrap: Litestar runs its middleware after its router, so that requests without a
route, and ``/privacy/``, would never reach it. Where the application is not wrapped, whoever asks
for the decision is told so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from privacykit.collect.privacy import NoPrivacy, Privacy
from privacykit.errors import MissingExtraError
from privacykit.web.scope import decision_in, refusal_of

try:
    from litestar import Request
    from litestar.di import NamedDependency, Provide
    from litestar.exceptions import PermissionDeniedException
    from litestar.params import SkipValidation
    from litestar.plugins import InitPlugin
except ModuleNotFoundError:
    raise MissingExtraError("litestar", "privacykit.litestar") from None

if TYPE_CHECKING:
    from litestar.config.app import AppConfig
    from litestar.connection import ASGIConnection
    from litestar.handlers import BaseRouteHandler

NAME = "privacy"
"""Of the dependency."""
GivenPrivacy = NamedDependency[SkipValidation[Privacy]]
"""The type of a parameter that is given the decision; where we failed, one that allows nothing."""


def provide_privacy(request: Request[Any, Any, Any]) -> Privacy | NoPrivacy:
    """
    Return the decision about the present request.

    Raises:
        ConfigurationError: PK005: the application is not wrapped.
    """
    return decision_in(request.scope)


class PrivacyPlugin(InitPlugin):
    """Gives handlers that have a parameter ``privacy`` the decision."""

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        """Add the dependency, unless the application has one of that name."""
        app_config.dependencies.setdefault(NAME, Provide(provide_privacy, sync_to_thread=False))
        return app_config


def requires(
    purpose: str,
) -> Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], None]:
    """
    Return a guard that goes on only where *purpose* may happen.

    Elsewhere the answer is 403, with purpose and reasons in its ``extra``.

    Args:
        purpose: One purpose of the configuration.
    """

    def required(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        refusal = refusal_of(decision_in(connection.scope), purpose)
        if refusal is not None:
            raise PermissionDeniedException(str(refusal["title"]), extra=refusal)

    return required
