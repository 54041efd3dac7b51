"""
Names of our pages, for ``{% url "privacykit:preferences" %}``.

``path("", include("privacykit.django.urls"))``: the middleware answers before Django looks here.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import path

from privacykit.collect.privacy import NO_PRIVACY
from privacykit.django.engine import config_of, project_engine
from privacykit.django.pages import answer_of
from privacykit.errors import ConfigurationError
from privacykit.settings.load import load
from privacykit.web.preferences.endpoints.names import NAMES

app_name = "privacykit"


def answer(request: Any) -> HttpResponse:  # noqa: ANN401 - Django has no types
    """Answer where the middleware is not there to."""
    return answer_of(request, getattr(request, "privacy", NO_PRIVACY), project_engine())


def _prefix() -> str:
    """Return where our pages are; a configuration that is wrong is for others to name."""
    try:
        table = load(config_of()).choice
    except ConfigurationError:
        return ""
    return f"{table.prefix}/".removeprefix("/") if table.enabled else ""


_PREFIX = _prefix()
urlpatterns = [
    path(f"{_PREFIX}{place.removeprefix('/')}", answer, name=name)
    for name, (place, _) in NAMES.items()
    if _PREFIX
]
