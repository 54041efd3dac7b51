"""The names of our pages, beside the routing table of a site that has all of them."""

from __future__ import annotations

import re

from privacykit.web.preferences.endpoints.names import NAMES
from tests.whole.test_canary import routes

ELSEWHERE = {
    "GET /privacy",
    "GET /privacy/static/{name}",
    "GET /privacy/static/tags.js",
    "GET /.well-known/gpc.json",
    "GET /.well-known/security.txt",
}
"""Files, and what has its name already."""
OF_MACHINES = re.compile(r"[A-Z]+ (/privacy/requests/|/dsrdelete\.json$)")
"""By which a request comes from a machine: no template writes such an address."""


def test_every_route_of_ours_has_a_name(tmp_path):
    """Frameworks make addresses of names; one that is missing has to be spelled in templates."""
    named = {f"{m} /privacy{path}" for path, methods in NAMES.values() for m in methods}
    pages = {route for route in routes(tmp_path) if not OF_MACHINES.match(route)}
    assert pages - ELSEWHERE == named
