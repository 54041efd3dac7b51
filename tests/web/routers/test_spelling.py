"""Templates are spelled in one way, whatever a framework writes."""

import pytest

from privacykit.web.routers import spelling


@pytest.mark.parametrize(
    ("way", "written", "template"),
    [
        ("braced", "/orders/{id:int}", "/orders/{id}"),
        ("braced", "/files/{rest:path}", "/files/{rest}"),
        ("angled", "users/<slug:name>/orders/<int:id>/", "/users/{name}/orders/{id}/"),
        ("angled", "/reset/<token>", "/reset/{token}"),
        ("angled", "/a/<any(about, help):page>", "/a/{page}"),
        ("named_first", "reset/<token:str>", "/reset/{token}"),
        ("named_first", "orders/<id:int>/<kind>", "/orders/{id}/{kind}"),
        ("mixed", "/cats/{int:id}/<uuid:other>/:third", "/cats/{id}/{other}/{third}"),
        ("expressed", r"^blog/(?P<year>[0-9]{4})/$", "/blog/{year}/"),
        ("expressed", r"/(?P<database>[^\/\.]+)(\.(?P<format>\w+))?$", "/{database}"),
        ("expressed", r"/-/static/(?P<path>.*)$", "/-/static/{path}"),
        ("expressed", r"^feed\.xml$", "/feed.xml"),
        ("expressed", r"/a(?:/b)?/c", "/a/c"),
        ("expressed", r"^(\d+)/[a-z]+/\d{2}$", "/{}/{}/{}"),
        ("expressed", "", "/"),
    ],
)
def test_each_spelling_becomes_ours(way, written, template):
    """Parameters are names in braces; converters, patterns and anchors are gone."""
    assert getattr(spelling, way)(written) == template
