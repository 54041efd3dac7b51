"""``privacykit otel``: OpenTelemetry outside the process."""

from privacykit.cli.otel.command import register

__all__ = ["register"]
