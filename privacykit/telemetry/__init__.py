"""
Traces and error reports as weak as logs: redaction for OpenTelemetry and Sentry. Pure.

:mod:`privacykit.telemetry.otel` wraps exporters, :mod:`privacykit.telemetry.sentry` has the hooks
of ``sentry_sdk.init``, :mod:`privacykit.telemetry.collector` writes the configuration of a
collector. What is personal is decided by :class:`privacykit.logs.weakener.Weakener`, as in logs;
this room only knows which attribute is what.
"""
