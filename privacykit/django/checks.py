"""System checks: the middleware and its place, the configuration, who names the client."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 - Django's word

from privacykit.django.engine import config_of
from privacykit.errors import ConfigurationError
from privacykit.settings.load import load

MIDDLEWARE = "privacykit.django.middleware.PrivacyDjangoMiddleware"
INSIDE = frozenset({
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.cache.UpdateCacheMiddleware",
})  # fmt: skip
"""What has to stand behind ours: it sets cookies, keeps answers, or asks who the client is."""


@register("privacykit")  # type: ignore[untyped-decorator]
def check_middleware(**_: Any) -> list[CheckMessage]:  # noqa: ANN401 - what Django gives
    """Look whether the middleware is there, and before what it has to see the answers of."""
    listed = list(settings.MIDDLEWARE)
    if MIDDLEWARE not in listed:
        message = f"'{MIDDLEWARE}' is not in MIDDLEWARE"
        hint = "add it after SecurityMiddleware; or wrap the application in wsgi.py and asgi.py"
        return [Warning(message, hint=hint, id="privacykit.W001")]
    before = [name for name in listed[: listed.index(MIDDLEWARE)] if name in INSIDE]
    hint = f"put '{MIDDLEWARE}' before it: what it sets or keeps is not seen else"
    return [
        Error(f"'{name}' stands before privacykit in MIDDLEWARE", hint=hint, id="privacykit.E002")
        for name in before
    ]


@register("privacykit")  # type: ignore[untyped-decorator]
def check_configuration(**_: Any) -> list[CheckMessage]:  # noqa: ANN401
    """Look whether the configuration can be read, and who says who the client is."""
    try:
        found = load(config_of())
    except ConfigurationError as error:
        hint = "manage.py privacykit check says more"
        return [
            Error(str(line), hint=hint, id="privacykit.E003") for line in str(error).splitlines()
        ]
    behind = getattr(settings, "SECURE_PROXY_SSL_HEADER", None) or settings.USE_X_FORWARDED_HOST
    if behind and found.client_ip.source == "scope":
        message = "the settings say that a proxy stands in front, and [client_ip] names none"
        hint = 'source = "headers" and trusted_proxies, unless the server resolves the client'
        return [Warning(message, hint=hint, id="privacykit.W004")]
    return []
