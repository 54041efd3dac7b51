"""Web frameworks: how each is told, which cookies it sets, how it is wrapped. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

ASGI_IMPORT = "from privacykit import PrivacyMiddleware"
WSGI_IMPORT = "from privacykit import PrivacyWSGIMiddleware"
LAST = "{app} = PrivacyMiddleware({app}{config})  # the last line: outermost"
_WSGI_LAST = "{app} = PrivacyWSGIMiddleware({app}{config})  # the last line: outermost"
_PLUGIN = """\
from datasette import hookimpl
from privacykit import PrivacyMiddleware

@hookimpl(trylast=True)
def asgi_wrapper(datasette):
    return {wrapper}"""
_DJANGO = """\
INSTALLED_APPS += ["privacykit.django"]
MIDDLEWARE.insert(1, "privacykit.django.middleware.PrivacyDjangoMiddleware")  # after Security"""
_ADDED = "{app}.add_middleware(PrivacyMiddleware{config})  # after every other: outermost"


@dataclass(frozen=True, slots=True)
class Framework:
    """
    A web framework.

    Attributes:
        name: As its own documentation spells it.
        packages: Distributions and modules, by which it is told.
        makers: What makes an application when it is called.
        cookies: What it sets where the project uses it at all.
        session: What its session cookie is called where nobody renames it; empty: it sets none
            until a session middleware is used.
        wrap: The line that wraps ``{app}``, with ``{config}`` where another file is named.
        imports: The line that imports what wraps.
        plugin: The file whose whole text *wrap* is, with ``{wrapper}`` for what wraps an
            application: its users make none themselves.
        serve: The command that serves the application with the plug-in.
        unwrapped: What else must be said of serving it: its own command may pass the wrapping by.
        settings: Whether *wrap* belongs into its settings, whichever way it is served.
        asgi: Whether it speaks ASGI by itself.
    """

    name: str
    packages: tuple[str, ...]
    makers: tuple[str, ...]
    cookies: tuple[str, ...] = ()
    session: str = ""
    wrap: str = LAST
    imports: str = ASGI_IMPORT
    plugin: str = ""
    serve: str = ""
    unwrapped: str = ""
    settings: bool = False
    asgi: bool = True


FRAMEWORKS = (
    Framework(
        "Django",
        ("django",),
        ("get_asgi_application", "get_wsgi_application"),
        ("sessionid", "csrftoken", "django_language", "messages"),
        wrap=_DJANGO,
        imports="",
        settings=True,
        asgi=False,
    ),
    Framework("FastAPI", ("fastapi",), ("FastAPI",), session="session", wrap=_ADDED),
    Framework(
        "Litestar",
        ("litestar",),
        ("Litestar",),
        session="session",
        unwrapped="`litestar run` looks for a Litestar object and fails at a wrapped one",
    ),
    Framework(
        "Quart",
        ("quart",),
        ("Quart",),
        ("session",),
        wrap="{app}.asgi_app = PrivacyMiddleware({app}.asgi_app{config})",
    ),
    Framework("BlackSheep", ("blacksheep",), ("Application",), session="session"),
    Framework("Sanic", ("sanic",), ("Sanic",)),
    Framework(
        "Datasette",
        ("datasette",),
        (),
        ("ds_actor", "ds_csrftoken", "ds_messages"),
        wrap=_PLUGIN,
        plugin="plugins/privacy.py",
        # Its uvicorn takes no option, but believes no forwarding header where this is empty.
        serve="FORWARDED_ALLOW_IPS= datasette serve FILE.db --plugins-dir plugins",
    ),
    Framework("Falcon", ("falcon",), ("falcon.asgi.App",)),
    Framework("Starlette", ("starlette",), ("Starlette",), session="session", wrap=_ADDED),
    Framework(
        "Flask",
        ("flask",),
        ("Flask",),
        ("session",),
        wrap="PrivacyKit({app}{config})  # after ProxyFix, where there is one",
        imports="from privacykit.flask import PrivacyKit",
        asgi=False,
    ),
    Framework(
        "Pyramid",
        ("pyramid",),
        ("make_wsgi_app",),
        ("session",),
        wrap=_WSGI_LAST,
        imports=WSGI_IMPORT,
        asgi=False,
    ),
    Framework("Bottle", ("bottle",), ("Bottle",), wrap=_WSGI_LAST, imports=WSGI_IMPORT, asgi=False),
)
"""In the order in which they are looked for: what stands on another comes before it."""


def framework_of(imported: Collection[str], required: Collection[str]) -> Framework | None:
    """
    Return the framework of a project; what its code imports says more than what it requires.

    Args:
        imported: Top-level modules that its code imports.
        required: Distributions that it requires, lower case.
    """
    for names in (imported, required):
        for framework in FRAMEWORKS:
            if any(package in names for package in framework.packages):
                return framework
    return None
