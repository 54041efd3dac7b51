"""
FastAPI: the decision as a dependency. ``PrivacyMiddleware`` wraps the application as any other.

A dependency of these adds no parameter and no answer to the OpenAPI document: what a visitor said
is in headers that every browser sends, and no client of an API has to know of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from privacykit.collect.privacy import NoPrivacy, Privacy
from privacykit.errors import MissingExtraError
from privacykit.web.scope import decision_in, refusal_of

try:
    from fastapi import Depends, HTTPException
    from fastapi.requests import HTTPConnection
except ModuleNotFoundError:
    raise MissingExtraError("fastapi", "privacykit.fastapi") from None

FORBIDDEN = 403


def privacy(connection: HTTPConnection) -> Privacy | NoPrivacy:
    """
    Return the decision about the present request or websocket, for ``Depends(privacy)``.

    Raises:
        ConfigurationError: PK005: the application is not wrapped.
    """
    return decision_in(connection.scope)


GivenPrivacy = Annotated[Privacy, Depends(privacy)]
"""The type of a parameter that is given the decision."""


def requires(purpose: str) -> Callable[[HTTPConnection], Privacy | NoPrivacy]:
    """
    Return a dependency that goes on only where *purpose* may happen.

    Elsewhere the answer is 403, with purpose and reasons as its detail.

    Args:
        purpose: One purpose of the configuration.
    """

    def required(connection: HTTPConnection) -> Privacy | NoPrivacy:
        found = privacy(connection)
        refusal = refusal_of(found, purpose)
        if refusal is not None:
            raise HTTPException(FORBIDDEN, refusal)
        return found

    return required
