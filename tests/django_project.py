"""
Worker: a Django project in one file, asked as its users ask theirs; prints JSON of what came of it.

``python django_project.py told FOLDER``; with other words it is the project's ``manage.py``.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import execute_from_command_line
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.template import engines
from django.urls import include, path, re_path

OURS = "privacykit.django.middleware.PrivacyDjangoMiddleware"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"

settings.configure(
    SECRET_KEY="k" * 50,
    DEBUG=False,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    WSGI_APPLICATION=None,
    INSTALLED_APPS=["django.contrib.sessions", "privacykit.django"],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    SESSION_COOKIE_NAME="session",
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        OURS,
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "privacykit.django.context.privacy",
                ]
            },
        }
    ],
    PRIVACYKIT={"CONFIG": Path(os.environ.get("PROJECT", "."), "privacykit.toml")},
)
PAGE = (
    "{{ privacy.place }} {{ request.META.REMOTE_ADDR }} {% url 'privacykit:preferences' %}"
    " {{ request.headers|length }}"
)


def page(request, **_):
    """Look at everything, sign in, set a cookie of each kind, emit."""
    request.session["user"] = 7
    request.privacy.emit_durably_sync("seen", props={"query": request.GET.urlencode()})
    response = HttpResponse(engines["django"].from_string(PAGE).render({}, request))
    response.set_cookie("_ga", "1")
    request.privacy.set_cookie(response, "seg", "1", purpose="ads")
    request.privacy.set_cookie(response, "cart", "1", purpose="necessary", max_age=60)
    return response


async def looks(request):
    """Answer in async with what is seen."""
    await request.privacy.emit_durably("waited")
    seen = [request.META["REMOTE_ADDR"], request.headers.get("x-forwarded-for"), request.COOKIES]
    return JsonResponse({"seen": seen, "ads": request.privacy.allows("ads")})


def asks(request):
    """Show the banner, as text, which is no page."""
    tags = "{% load privacykit %}{% privacy_banner 'fr' nonce='n0' %}"
    html = engines["django"].from_string(tags).render({}, request)
    return HttpResponse(html, content_type="text/plain")


def stream(_request):
    """Stream a page."""
    return StreamingHttpResponse(iter(["one", "two"]))


def upload(request):
    """Take a file."""
    return HttpResponse(str(request.FILES["file"].size))


def broken(_request):
    """Fail."""
    raise ZeroDivisionError


urlpatterns = [
    path("users/<slug:name>/", page),
    re_path(r"^blog/(?P<year>[0-9]{4})/$", page),
    path("looks/", looks),
    path("stream/", stream),
    path("asks/", asks),
    path("upload/", upload),
    path("broken/", broken),
    path("", include("privacykit.django.urls")),
]


def requests_of(get, post):
    """Yield what is asked, by name."""
    return {
        "page": lambda: get("/users/jane/?mail=anna@example.org"),
        "regex": lambda: get("/blog/1999/"),
        "looks": lambda: get("/looks/", cookie="session=1; _ga=2"),
        "stream": lambda: get("/stream/"),
        "asks": lambda: get("/asks/?page=2"),
        "slash": lambda: get("/users/jane"),
        "lost": lambda: get("/none/jane/"),
        "broken": lambda: get("/broken/"),
        "upload": lambda: post("/upload/", {"file": SimpleUploadedFile("a.txt", b"content")}),
        "ours": lambda: get("/privacy/"),
        "refusal": lambda: post("/privacy/opt-out", {}),
        "refused": lambda: get("/users/jane/", cookie="pk-no=*:2026-11; _ga=2"),
    }


def shown(response):
    """Return what is looked at of a response."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    cookies = [cookie.OutputString() for cookie in response.cookies.values()]
    return {
        "status": response.status_code,
        "body": body.decode()[:4000],
        "cookies": cookies,
        "cache": response.headers.get("cache-control"),
        "location": response.headers.get("location"),
    }


def headers_of(**more):
    """Return the headers of a visitor from Germany."""
    from privacykit.geo.synthetic import address_of

    return {"x-forwarded-for": address_of("DE", 9), "user-agent": FIREFOX, "accept": "text/html",
            **more}  # fmt: skip


def told_in_sync():
    """Ask in sync, as WSGI does."""
    from django.test import Client

    client = lambda: Client(raise_request_exception=False)  # noqa: E731
    seen = {"host": "testserver"}  # which the client in async sends by itself
    get = lambda path, **more: client().get(path, headers=headers_of(**more, **seen))  # noqa: E731
    post = lambda path, data: client().post(path, data, headers=headers_of(**seen))  # noqa: E731
    return {name: shown(ask()) for name, ask in requests_of(get, post).items()}


async def told_in_async():
    """Ask in async, as ASGI does."""
    from django.test import AsyncClient

    class Connected(AsyncClient):
        """Has a port; Django's has none, as if a server had read the address from a header."""

        def _base_scope(self, **request):
            return super()._base_scope(**request) | {"client": ("127.0.0.1", 5000)}

    client = lambda: Connected(raise_request_exception=False)  # noqa: E731
    get = lambda path, **more: client().get(path, headers=headers_of(**more))  # noqa: E731
    post = lambda path, data: client().post(path, data, headers=headers_of())  # noqa: E731
    told = {}
    for name, ask in requests_of(get, post).items():
        response = await ask()
        if response.is_async if response.streaming else False:
            response.streaming_content = [part async for part in response.streaming_content]
        told[name] = shown(response)
    return told


def checked():
    """Return the ids of what the system checks say under other settings."""
    from django.core.checks import run_checks
    from django.test import override_settings

    listed = settings.MIDDLEWARE
    cases = {
        "as it is": {},
        "missing": {"MIDDLEWARE": [name for name in listed if name != OURS]},
        "behind": {"MIDDLEWARE": [name for name in listed if name != OURS] + [OURS]},
        "no file": {"PRIVACYKIT": {"CONFIG": "no.toml"}},
        "proxy": {"SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")},
        "scope": {
            "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
            "PRIVACYKIT": {"CONFIG": Path(os.environ["PROJECT"], "scope.toml")},
        },
    }
    found = {}
    for name, changed in cases.items():
        with override_settings(**changed):
            found[name] = sorted(each.id for each in run_checks(tags=["privacykit"]))
    return found


def main():
    """Tell everything."""
    import django

    django.setup()
    from privacykit.django.engine import project_engine

    engine = project_engine()
    engine.start()
    pages = []
    accept = engine.runtime.accept
    engine.runtime.accept = lambda item: pages.append(json.loads(item.page)) or accept(item)
    told = {}
    for name, ask in {"sync": told_in_sync, "async": lambda: asyncio.run(told_in_async())}.items():
        told[name] = ask()
        told[f"{name} pages"] = [page for page in pages if page]
        pages.clear()
    told["checks"] = checked()
    engine.stop(5)
    told["counts"] = engine.counts()
    print(json.dumps(told))


if __name__ == "__main__":
    sys.modules["django_project"] = sys.modules[__name__]
    if sys.argv[1] == "told":
        main()
    else:
        execute_from_command_line(sys.argv)
