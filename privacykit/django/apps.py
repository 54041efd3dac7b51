"""The application as Django knows it. Imports its checks and marks models, and opens nothing."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from privacykit.connectors.django.marks import all_marks
from privacykit.errors import ConfigurationError
from privacykit.personal.marks import declare


class PrivacyKitApp(AppConfig):  # type: ignore[misc]
    """``privacykit.django``; it has no models."""

    name = "privacykit.django"
    label = "privacykit"
    verbose_name = "privacykit"

    def ready(self) -> None:
        """
        Register the system checks, and mark the fields of all models for logs and events.

        Raises:
            ImproperlyConfigured: A mark names no data category, field or model.
        """
        import_module("privacykit.django.checks")
        try:
            for model, marks in all_marks(getattr(settings, "PRIVACYKIT", {})):
                declare(model, **marks)
        except ConfigurationError as error:
            raise ImproperlyConfigured(str(error)) from None
