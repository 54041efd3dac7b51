"""Stand-ins for what hands events on: collectors, gateways and telemetry."""
