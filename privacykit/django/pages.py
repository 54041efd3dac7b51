"""Our pages in Django's words. Reads the body of a form."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from privacykit.collect.privacy import NoPrivacy, Privacy
from privacykit.django.answers import change
from privacykit.runtime.engine import Engine
from privacykit.web.headers import Headers
from privacykit.web.wsgi.environ import read_lines, shape_of
from privacykit.web.wsgi.pages import MOST, answer_page


def answer_of(
    request: Any,  # noqa: ANN401 - Django has no types
    privacy: Privacy | NoPrivacy,
    engine: Engine,
    lines: Headers | None = None,
) -> HttpResponse:
    """
    Return the answer of a page of ours; a form is committed before it returns.

    Args:
        request: Django's.
        privacy: What was decided about it.
        engine: The whole.
        lines: Its headers as they came in; by default those that are left of them.
    """
    meta = request.META
    came = read_lines(meta, shape_of(meta)) if lines is None else lines

    def body() -> bytes | None:
        try:
            return bytes(request.read(MOST))
        except Exception:  # noqa: BLE001 - the client left, or the server's stream broke
            return None

    page = answer_page(meta, came, privacy, engine, body)
    response = HttpResponse(page.body, status=page.status)
    del response.headers["Content-Type"]
    change(response, page.headers)
    return response
