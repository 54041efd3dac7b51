"""Values of any store as JSON (RFC 8259), none of them lost. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(enc_hook=str)


def json_line(value: Any) -> bytes:  # noqa: ANN401 - a row, or a column's value
    """Return *value* as JSON; a number that JSON has not, such as an infinite one, as text."""
    line = _encoder.encode(value)
    return _encoder.encode(_finite(value)) if b"null" in line else line


def _finite(value: Any) -> Any:  # noqa: ANN401 - the same, or what is in it
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {name: _finite(each) for name, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list | tuple) else value
