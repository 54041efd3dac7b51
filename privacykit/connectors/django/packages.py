"""
Models of Django itself and of well-known packages, and what their fields hold. Pure.

A field is known by its model's label and its name; of a model that a later version changed only
what is still there is told.
"""

from __future__ import annotations

from typing import Any

_NAME, _CREDENTIALS = "user.account.username", "user.authorization.credentials"
_AXES = {
    "user_agent": "user.device",
    "ip_address": "user.device.ip_address",
    "username": _NAME,
    "http_accept": "user.device",
    "path_info": "user.behavior.browsing_history",
    "attempt_time": "user.behavior",
}
_USER = {
    "password": "user.authorization.password",
    "last_login": "user.behavior",
    "date_joined": "user.account",
    "first_name": "user.name.first",
    "last_name": "user.name.last",
    "username": _NAME,
    "email": "user.contact.email",
    "is_staff": "user.authorization",
    "is_superuser": "user.authorization",
    "is_active": "user.account",
}
"""Of every model of users, ``AUTH_USER_MODEL``, as far as it has them."""
_KNOWN: dict[str, dict[str, str]] = {
    "account.EmailAddress": {"email": "user.contact.email", "verified": "user.account"},
    "account.EmailConfirmation": {"key": _CREDENTIALS},
    "admin.LogEntry": {
        "object_id": "user.content",
        "object_repr": "user.content",
        "change_message": "user.content",
        "action_time": "user.behavior",
    },
    "authtoken.Token": {"key": _CREDENTIALS},
    "axes.AccessAttempt": _AXES | {"get_data": "user.content", "post_data": "user.content"},
    "axes.AccessFailureLog": _AXES,
    "axes.AccessLog": _AXES | {"logout_time": "user.behavior", "session_hash": "user.unique_id"},
    "mfa.Authenticator": {"data": _CREDENTIALS},
    "socialaccount.SocialAccount": {
        "uid": "user.unique_id",
        "extra_data": "user",
        "last_login": "user.behavior",
        "date_joined": "user.account",
    },
    "socialaccount.SocialToken": {"token": _CREDENTIALS, "token_secret": _CREDENTIALS},
    "usersessions.UserSession": {
        "ip": "user.device.ip_address",
        "user_agent": "user.device",
        "session_key": _CREDENTIALS,
    },
}
EXCLUDED = {
    "socialaccount.SocialApp": "allauth: keys of the application itself at those it signs in by",
    "sites.Site": "django.contrib.sites: the hosts of the application",
}
"""Models that hold nothing of a person."""
_TYPES = {"EmailField": "user.contact.email", "GenericIPAddressField": "user.device.ip_address"}
"""Kinds of fields that hold one thing, whatever they are called."""


def known_fields(model: Any) -> dict[str, str]:
    """Return what is known of the fields of *model*: by its label, or by their kinds."""
    fields = {field.name: field for field in model._meta.local_concrete_fields}
    kinds = {name: _TYPES.get(type(field).__name__, "") for name, field in fields.items()}
    known = _KNOWN.get(model._meta.label, {})
    if model._meta.swappable == "AUTH_USER_MODEL" or is_user(model):
        known = _USER
    found = {name: kind for name, kind in kinds.items() if kind}
    return found | {name: key for name, key in known.items() if name in fields}


def is_user(model: Any) -> bool:
    """Tell whether *model* is that of the project's users."""
    from django.conf import settings

    return bool(model._meta.label == settings.AUTH_USER_MODEL)
