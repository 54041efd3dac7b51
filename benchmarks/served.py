"""What `benchmarks.http` serves: one ASGI application, chosen by the variable VARIANT."""

from __future__ import annotations

import os
from typing import Any

from benchmarks.apps import starlette, wrapped


def _build(variant: str) -> Any:
    if variant == "privacy":
        return wrapped(starlette(), durable=False)
    if variant == "privacy, durable":
        return wrapped(starlette(), durable=True)
    if variant == "id":
        from asgi_correlation_id import CorrelationIdMiddleware

        return CorrelationIdMiddleware(starlette())
    if variant == "matomo":
        from asgi_matomo import MatomoMiddleware

        return MatomoMiddleware(
            starlette(), matomo_url=os.environ["MATOMO_STUB"], idsite=1, access_token="t"
        )
    return starlette()


app = _build(os.environ.get("VARIANT", "starlette"))
